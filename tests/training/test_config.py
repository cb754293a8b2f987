"""TOML to a config: the paper's values are the defaults' users, and every mistake is one sentence."""

from dataclasses import replace
from pathlib import Path

import pytest

from levitor_core.errors import InputError
from levitor_core.training.__main__ import main
from levitor_core.training.config import TrainingConfig, read_config

CONFIGS = sorted((Path(__file__).parents[2] / "levitor_core" / "training" / "configs").glob("*.toml"))


def read(tmp_path, text):
    path = tmp_path / "run.toml"
    path.write_text(text)
    return read_config(path)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_configs_that_come_with_it_are_valid(path):
    assert isinstance(read_config(path), TrainingConfig)


def test_the_papers_config_is_the_papers():
    config = read_config(next(path for path in CONFIGS if path.stem == "sa-v"))
    assert (config.data.num_frames, config.data.height, config.data.width) == (16, 512, 288)
    assert (config.optimizer.learning_rate, config.optimizer.total_batch, config.run.steps) == (1e-5, 16, 200_000)
    assert config.model.control_patch_side == 20


def test_what_is_not_written_is_the_default(tmp_path):
    assert read(tmp_path, "") == TrainingConfig()
    config = read(tmp_path, "[optimizer]\nlearning_rate = 1\nbetas = [0, 0.5]\n[run]\nseconds = 60")
    assert config.optimizer.learning_rate == 1.0
    assert config.optimizer.betas == (0.0, 0.5)
    assert config.run.seconds == 60.0


@pytest.mark.parametrize(
    "text",
    [
        "[run]\nstep = 5",
        "[runs]\nsteps = 5",
        "run = 5",
        "[run]\nsteps = 0",
        "[run]\nsteps = 2.5",
        "[run]\nsteps = true",
        "[run]\nprecision = 'int8'",
        "[run]\ngradient_checkpointing = 1",
        "[data]\nkind = 'webvid'",
        "[data]\nheight = 290",
        "[data]\nfps = [7]",
        "[data]\nfps = [7, 8, 9]",
        "[data]\nfps = [7, '8']",
        "[data.fps]\nlow = 7",
        "[data]\nfolder = 2024-01-01",
        "[data]\nnum_frames = -3",
        "[data]\nname = 1",
        "[model]\nblock_out_channels = 96",
        "[model]\nblock_out_channels = [96, 96, 96]",
        "[model]\ncontrol_units = [1, 0, 1]",
        "[model]\ncontrol_patch_side = 7",
        "[model]\nblock_out_channels = [0, 96]\n",
        "[run]\nseed = -1",
        "[data]\nworkers = -1",
        "[optimizer]\ntotal_batch = 3\nmicro_batch = 2",
        "[optimizer]\nema_decay = 1.0",
        "[objective]\ndrop_both = 1.1",
        "[objective]\ndrop_image = -0.1",
        "[objective]\nsigma_std = 0",
        "steps = ",
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, text):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert "pydantic" not in message


def test_a_mistake_is_named(tmp_path):
    for text, name in (
        ("[data]\nheight = 290", "data.height"),
        ("[run]\nstep = 5", "run.step is no setting; use one"),
    ):
        with pytest.raises(InputError, match=name):
            read(tmp_path, text)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_config(tmp_path / "none.toml")


def test_the_command_line_cuts_the_control_and_moves_the_output(monkeypatch, tmp_path):
    """One file serves all ablations: nothing but the switch and the folder differs."""
    seen = []
    monkeypatch.setattr("levitor_core.training.__main__.train", lambda config, resume: seen.append((config, resume)))
    path = next(path for path in CONFIGS if path.stem == "toy-ablation")
    main([str(path)])
    main([str(path), "--without-depth", "--output", str(tmp_path)])
    (plain, _), (cut, resume) = seen
    assert plain == read_config(path) and not resume
    assert cut == replace(
        plain, data=replace(plain.data, without_depth=True), run=replace(plain.run, output=str(tmp_path))
    )
