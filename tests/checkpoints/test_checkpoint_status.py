"""What lies in the checkpoints folder is told as it is: by `checkpoints`, on the page and where a stand-in steps in."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from levitor_core.checkpoints import Checkpoints
from levitor_core.cli import main
from levitor_core.engine import Engine
from levitor_core.errors import MissingWeightsError
from levitor_core.readers import segmenter_reader
from levitor_core.renderers.levitor import LeviTorRenderer
from levitor_core.segmentation.quick import QuickSegmenter
from levitor_core.structures import PointPrompt
from tests.levitor.conftest import write_controlnet, write_svd
from tests.scenes import flat_scene, project_of
from ui.app import status_line

SVD, CONTROLNET, UNET = "stable-video-diffusion-img2vid-xt", "levitor-controlnet", "levitor-unet"
SAM, SMALL, LARGE = "sam_vit_b", "depth-anything-v2-small", "depth-anything-v2-large"
WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """Nothing is asked for."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The video model, the ControlNet and LeviTor/unet at toy size, in the released layout. Copy it to damage it."""
    torch.manual_seed(3)
    root = tmp_path_factory.mktemp("checkpoints")
    write_svd(root / SVD)
    write_controlnet(root / "LeviTor" / "controlnet")
    shutil.copytree(root / SVD / "unet", root / "LeviTor" / "unet")
    return root


@pytest.fixture
def root(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "checkpoints"))


def row_of(root, name):
    (row,) = (row for row in Checkpoints(root).table() if row.name == name)
    return row


def half(file: Path) -> None:
    """As a download that broke off."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


SAM_FILES = {
    "truncated": (lambda: b"PK\x03\x04" + bytes(1000), "1,004 bytes instead of 375,042,383"),
    "empty": (lambda: b"", "0 bytes"),
    "a web page": (lambda: b"<!DOCTYPE html><html>Sign in</html>", "is a web page"),
    "a pointer": (lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
}


@pytest.mark.parametrize("case", SAM_FILES)
def test_a_sam_file_that_fails_its_check_is_told_as_such_everywhere(case, tmp_path, capsys):
    content, says = SAM_FILES[case]
    file = tmp_path / "sam_vit_b_01ec64.pth"
    file.write_bytes(content())
    row = row_of(tmp_path, SAM)
    assert row.path is None and says in row.problem and str(file) in row.problem and "\n" not in row.problem
    assert main(["--checkpoints", str(tmp_path), "checkpoints"]) == 0
    assert row.problem in capsys.readouterr().out
    engine = Engine(Checkpoints(tmp_path), device="cpu")
    masks = engine.models()[1]
    assert masks.is_stand_in and masks.reason == row.problem
    assert says in status_line((masks,)) and 'class="stand-in"' in status_line((masks,))


def test_a_sam_file_of_the_right_size_but_other_content_is_told_as_such(tmp_path):
    with (tmp_path / "sam_vit_b_01ec64.pth").open("wb") as file:
        file.truncate(375_042_383)
    assert "is damaged or of another model" in row_of(tmp_path, SAM).problem


def test_a_stand_in_on_the_command_line_says_why(tmp_path, capsys):
    (tmp_path / "sam_vit_b_01ec64.pth").write_bytes(b"x" * 5)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 96, 3), np.uint8)).save(tmp_path / "photo.png")
    options = ["--checkpoints", str(tmp_path), "--device", "cpu"]
    assert main([*options, "new", str(tmp_path / "photo.png"), "-o", str(tmp_path / "job.levitor")]) == 0
    _, depth, masks = capsys.readouterr().out.splitlines()
    assert depth.startswith("depth by ") and "HF_HUB_OFFLINE is set" in depth
    assert masks.startswith("masks by Quick picker: ") and "5 bytes instead of" in masks


def test_good_weights_are_told_as_such(root):
    checkpoints = Checkpoints(root)
    rows = {row.name: row for row in checkpoints.table()}
    for name, place in {SVD: SVD, CONTROLNET: "LeviTor/controlnet", UNET: "LeviTor/unet"}.items():
        assert rows[name].path == root / place and rows[name].problem == ""
    assert LeviTorRenderer(checkpoints, device="cpu").unavailable_reason() is None


DAMAGE = {
    "a truncated ControlNet": (CONTROLNET, lambda r: half(r / "LeviTor/controlnet" / WEIGHTS), "damaged or incomplete"),
    "another ControlNet": (
        CONTROLNET,
        lambda r: shutil.copy(r / SVD / "unet" / WEIGHTS, r / "LeviTor/controlnet" / WEIGHTS),
        "lacks",
    ),
    "other heads": (CONTROLNET, lambda r: edit(r / "LeviTor/controlnet", num_attention_heads=[4] * 4), "get both from"),
    "an id feature": (CONTROLNET, lambda r: edit(r / "LeviTor/controlnet", with_id_feature=True), "id feature"),
    "another schedule": (
        SVD,
        lambda r: edit(r / SVD / "scheduler", "scheduler_config.json", prediction_type="epsilon"),
        'prediction_type is "epsilon" instead of "v_prediction"',
    ),
    "a truncated half beside a good whole": (
        SVD,
        lambda r: (r / SVD / "unet" / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"x" * 99),
        "damaged or incomplete",
    ),
    "only pickled weights": (
        CONTROLNET,
        lambda r: (r / "LeviTor/controlnet" / WEIGHTS).rename(r / "LeviTor/controlnet/diffusion_pytorch_model.bin"),
        "(diffusion_pytorch_model.bin is there, but only a .safetensors file",
    ),
    "pieces": (
        SVD,
        lambda r: (r / SVD / "unet" / WEIGHTS).rename(r / SVD / "unet/diffusion_pytorch_model-1-of-2.safetensors"),
        "-1-of-2.safetensors is there, but",
    ),
    "nonsense for a config": (
        CONTROLNET,
        lambda r: edit(r / "LeviTor/controlnet", block_out_channels=[-3]),
        "config.json",
    ),
}


def edit(folder, name="config.json", **changes):
    values = json.loads((folder / name).read_text()) | changes
    (folder / name).write_text(json.dumps(values))


@pytest.mark.parametrize("case", DAMAGE)
def test_what_is_wrong_with_the_video_model_is_told_before_anything_is_made(case, root):
    name, damage, says = DAMAGE[case]
    damage(root)
    checkpoints = Checkpoints(root)
    problem = checkpoints.problem(name)
    assert says in problem and problem.endswith(".") and "\n" not in problem
    engine = Engine(checkpoints, device="cpu")
    assert engine.renderer("auto").entry.name == "preview"
    assert engine.renderer("levitor").unavailable_reason()


@pytest.mark.parametrize("variant", [".fp16", ""])
def test_half_or_full_weights_alone_are_found(variant, root):
    for path in list(root.rglob("*.safetensors")):
        path.rename(path.with_name(f"{path.name.split('.')[0]}{variant}.safetensors"))
    assert [Checkpoints(root).problem(name) for name in (SVD, CONTROLNET)] == ["", ""]


def test_a_controlnet_without_the_fields_it_shares_is_whole(root):
    path = root / "LeviTor/controlnet/config.json"
    kept = {
        name: value for name, value in json.loads(path.read_text()).items() if "embedding" in name or "_class" in name
    }
    path.write_text(json.dumps(kept | {"nobody_knows": 1}))
    assert Checkpoints(root).problem(CONTROLNET) == ""


def test_one_trained_here_is_a_controlnet_too(root):
    edit(root / "LeviTor/controlnet", _class_name="LeviTorControlNet")
    assert Checkpoints(root).problem(CONTROLNET) == ""


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("depth_anything_v2_vits.pth", SMALL),
        ("depth_anything_v2_vitb.pth", SMALL),
        ("depth_anything_v2_vitl.pth", LARGE),
        ("Depth-Anything-V2-Large/depth_anything_v2_vitl.pth", LARGE),
        ("Depth-Anything-V2/checkpoints/depth_anything_v2_vitl.pth", LARGE),
        ("depth_anything_v2_vits_fp16.safetensors", SMALL),
        ("svd_xt.safetensors", SVD),
    ],
)
def test_files_in_another_form_are_known_and_the_right_folder_is_named(place, name, tmp_path):
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes(b"x")
    row = row_of(tmp_path, name)
    assert row.path is None and str(tmp_path / place) in row.how_to_get and f"the folder {row.place}" in row.how_to_get
    assert f"checkpoints download {name}" in row.how_to_get
    with pytest.raises(MissingWeightsError) as caught:
        Checkpoints(tmp_path).require(name)
    assert str(tmp_path / place) in str(caught.value) and "\n" not in str(caught.value)


def test_an_original_file_inside_the_right_folder_is_known_too(tmp_path):
    folder = tmp_path / "Depth-Anything-V2-Small-hf"
    folder.mkdir()
    (folder / "depth_anything_v2_vits.pth").write_bytes(b"x")
    assert "depth_anything_v2_vits.pth is there, but" in row_of(tmp_path, SMALL).problem
    depth = Engine(Checkpoints(tmp_path), device="cpu")._depth.status()
    assert depth.is_stand_in and "depth_anything_v2_vits.pth" in depth.reason


def test_what_was_mended_is_looked_at_again(root):
    checkpoints, file = Checkpoints(root), root / "LeviTor/controlnet/config.json"
    good = file.read_text()
    for _ in range(2):
        file.write_text(good.replace("false", "true"))
        assert "id feature" in checkpoints.problem(CONTROLNET)
        file.write_text(good)
        assert checkpoints.problem(CONTROLNET) == ""


@dataclass(frozen=True)
class Sam(QuickSegmenter):
    """Reads, as the real one does, only what it has encoded itself."""

    def segment(self, embedding, prompts, box):
        assert embedding.segmenter == self.name
        return super().segment(embedding, prompts, box)


@pytest.fixture
def sam(tmp_path, monkeypatch):
    """Makes a file of SAM's weights hold something (None: nothing is there); "good" is good. Counts what is done."""
    done = []

    def check(weights, path, *_):
        done.append("checked")
        if path.read_text() != "good":
            raise MissingWeightsError(f"{path} is damaged.")

    def load(path, *_):
        done.append("loaded")
        return Sam(f"SAM of {path.name}")

    def hold(content, name=SAM):
        file = tmp_path / {SAM: "sam_vit_b_01ec64.pth", "sam_vit_h": "sam_vit_h_4b8939.pth"}[name]
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_text(content)

    monkeypatch.setattr("levitor_core.checkpoints.verify", check)
    monkeypatch.setattr("levitor_core.segmentation.sam.load_sam", load)
    return hold, done


@pytest.mark.parametrize(
    ("life", "asked_first"),
    [((None, "good", None), False), (("bad", "good", "worse", "good"), True), (("good", "bad!", None), False)],
)
def test_weights_that_come_go_or_change_are_taken_for_what_they_are_at_the_next_photo(tmp_path, sam, life, asked_first):
    hold, done = sam
    engine = Engine(Checkpoints(tmp_path), device="cpu")
    project = project_of((), flat_scene(((30, 30), 8, 120))[0])
    for content in life:
        hold(content)
        done.clear()
        if asked_first:
            assert engine.models()[1].is_stand_in == (content != "good")
        engine.segment(project, [PointPrompt(30, 30)])
        made = engine.find_instances(project)  # finds it as it was
        assert made.scene.segmentation_is_stand_in == (content != "good") == engine.models()[1].is_stand_in
        assert done == {None: [], "good": ["checked", "loaded"]}.get(content, ["checked"])
        told = [used.reason for used in engine.stand_ins() if used.purpose == "masks"]
        assert told == ([] if content == "good" else [engine.models()[1].reason])


def test_the_large_model_is_taken_when_it_comes_to_a_gpu(tmp_path, sam):
    hold, _ = sam
    reader = segmenter_reader(Checkpoints(tmp_path), "cuda")
    for weights, name in ((SAM, "SAM ViT-B"), ("sam_vit_h", "SAM ViT-H")):
        hold("good", weights)
        assert reader.status().name == reader.get().status.name == reader.status().name == name
