"""The report is made from numbers alone: goals judged, differences marked, wrong files refused."""

import json

import numpy as np
import pytest

from levitor_core.errors import InputError
from levitor_core.evaluation.__main__ import main
from levitor_core.evaluation.toy_report import read_record, toy_report

VIDEOS = ("model", "control_zeroed", "frozen_first_frame", "vae_reconstruction", "true_video")


def record(name="full", error=2.0, front=0.9, scenes=30, **ablation):
    rng = np.random.default_rng(0)

    def column(mean, spread=0.1):
        return (mean + spread * rng.standard_normal(scenes)).round(3).tolist()

    def kind(pair):
        columns = {
            "clip": [f"clip {i}" for i in range(scenes)],
            "centroid_error_px": {v: column(error if v == "model" else 16.0) for v in VIDEOS},
            "mask_iou": {v: column(0.8, 0.01) for v in VIDEOS},
            "psnr_db": {v: column(28 if v == "model" else 25) for v in VIDEOS[:-1]},
        }
        if pair:
            columns["front"] = {
                v: [None] + [float(i < front * (scenes - 1)) for i in range(scenes - 1)] for v in VIDEOS
            }
        return columns

    return {
        "name": name, "ablation": ablation, "seed": 0, "size_hw": [64, 64], "num_frames": 8, "num_inference_steps": 25,
        "guidance": [1.0, 3.0], "device": "CPU", "dtype": "float32", "seconds": 1.0,
        "scenes": {"lone": kind(False), "crossing": kind(True)},
    }  # fmt: skip


def test_goals_are_judged_by_the_numbers():
    good, bad = toy_report(record(), [], []), toy_report(record(error=5, front=0.5), [], [])
    assert good.count("| met |") == 5
    assert "not met" not in good
    assert bad.count("**not met**") == 3


def test_goals_need_the_zeroed_control():
    measured = record()
    for columns in measured["scenes"].values():
        for column in columns.values():
            if isinstance(column, dict):
                del column["control_zeroed"]
    with pytest.raises(InputError, match="--model-only"):
        toy_report(measured, [], [])
    assert "## Ablations" in toy_report(record(), [measured], [])


def test_a_scene_without_a_telling_overlap_is_not_counted():
    assert "(29 scenes that tell)" in toy_report(record(), [], [])


@pytest.mark.parametrize(
    ("front", "said"), [(0.9, "No use of disparity"), (0.6, "Disparity has a part"), (0.1, "disparity decides")]
)
def test_the_use_of_disparity_is_judged_by_the_exchanged_ones(front, said):
    measured = record()
    measured["scenes"]["crossing"]["front"]["disparities_swapped"] = record(front=front)["scenes"]["crossing"]["front"][
        "model"
    ]
    assert said in toy_report(measured, [], [])
    assert "was not measured" in toy_report(record(), [], [])


def test_ablations_are_paired_and_marked():
    full, worse = record(), record("without depth", without_depth=True)
    worse["scenes"]["lone"]["centroid_error_px"]["model"] = [
        value + 1 for value in full["scenes"]["lone"]["centroid_error_px"]["model"]
    ]
    text = toy_report(full, [full, worse], [])
    assert "+1.00 [+1.00, +1.00] (-)" in text
    assert "+0.00 [+0.00, +0.00] (=)" in text
    assert "- **without depth**: worse in centroid error, lone. Path: against the paper's way" in text
    for other in ({"seed": 1}, {"num_inference_steps": 4}, {"guidance": [1.0, 1.0]}):
        with pytest.raises(InputError, match=f"another {next(iter(other))}"):
            toy_report(full, [full, worse | other], [])
    with pytest.raises(InputError, match="full"):
        toy_report(full, [worse], [])


def test_cuts_have_a_table_of_their_own_beside_no_paper(tmp_path):
    paths = [tmp_path / "full.json", tmp_path / "flat.json"]
    for path, made in zip(paths, (record(), record("flat", error=4.0, without_depth=True)), strict=True):
        path.write_text(json.dumps(made))
    output = tmp_path / "report.md"
    assert main(["toy-report", str(paths[0]), "--cuts", *map(str, paths), "--output", str(output)]) == 0
    text = output.read_text()
    assert "control cut" in text and "30 scenes of each kind, 25 steps" in text
    assert "+2.00 [+2.00, +2.00] (-)" in text
    assert "Ablations" not in text


def test_the_command_writes_the_report_with_its_pictures(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "full.json").write_text(json.dumps(record()))
    (tmp_path / "toy" / "full-lone.png").write_bytes(b"")
    output = tmp_path / "report.md"
    assert main(["toy-report", str(tmp_path / "toy" / "full.json"), "--output", str(output)]) == 0
    assert "(toy/full-lone.png)" in output.read_text()


NONE, SAME, AGAINST = "no clear difference here (", "the paper's way (", "against the paper's way ("


@pytest.mark.parametrize(
    ("switch", "shifts", "path", "picture"),
    [
        ("single_point", (0, 0), NONE, NONE),
        ("single_point", (1, -1), SAME, SAME),
        ("single_point", (-1, 1), AGAINST, AGAINST),
        ("without_instance", (1, -1), SAME, SAME),
        ("without_depth", (-1, -1), SAME, SAME),
        ("without_depth", (1, 1), AGAINST, AGAINST),
    ],
)
def test_directions_are_said_whichever_way_they_point(switch, shifts, path, picture):
    full, other = record(), record("other", **{switch: True})
    for key, shift in zip(("centroid_error_px", "psnr_db"), shifts, strict=True):
        column = other["scenes"]["lone"][key]["model"]
        other["scenes"]["lone"][key]["model"] = [value + shift for value in column]
    (line,) = [line for line in toy_report(full, [full, other], []).splitlines() if line.startswith("- **other")]
    assert f"Path: {path}ObjMC" in line
    assert f"Picture: {picture}FVD" in line


def test_an_ablation_that_the_paper_lacks_is_said_to_be():
    other = record("other", single_point=True, without_depth=True)
    assert "The paper has no such ablation." in toy_report(record(), [record(), other], [])


def test_the_papers_tables_stand_beside_ours():
    text = toy_report(record(), [record(), record("other", single_point=True)], [])
    assert "| without depth | 25.45 (+0.04) | 199.44 (+9.00) | 25.40 (-0.57) |" in text
    assert "| single point | 30.91 (+5.50) | 253.73 (+63.29) | 38.21 (+12.24) |" in text


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"name": 1}'])
def test_files_that_are_no_measurement_are_refused(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"broken\.json"):
        read_record(path)
