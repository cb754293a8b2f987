"""A run end to end at toy-toy size: what it writes, that it learns, and that it resumes exactly."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from levitor_core.errors import InputError
from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.renderers.levitor.loading import load_networks
from levitor_core.renderers.levitor.memory import NETWORKS
from levitor_core.training.checkpointing import find_latest
from levitor_core.training.loop import Run, train
from levitor_core.training.networks import Trainee, controlnet_from_unet, load_base, released_state

CPU = dict.fromkeys(NETWORKS, torch.device("cpu"))


def recorded(config) -> list[float]:
    lines = (Path(config.run.output) / "losses.jsonl").read_text().splitlines()
    return [json.loads(line)["loss"] for line in lines]


@pytest.mark.slow
def test_an_interrupted_run_resumes_exactly(trained, changed, squares, tmp_path):
    whole = recorded(trained)
    parted = changed(trained, "run", output=str(tmp_path / "parted"))
    train(changed(parted, "run", seconds=0.0, save_every=1))  # stops after its first step
    assert len(recorded(parted)) == 1
    train(parted, resume=True)
    assert recorded(parted) == whole
    first, second = (find_latest(Path(run.run.output)) for run in (trained, parted))
    weights = "LeviTor/controlnet/diffusion_pytorch_model.safetensors"
    assert (first / weights).read_bytes() == (second / weights).read_bytes()


def test_a_checkpoint_loads_in_the_app_and_holds_the_average(trained):
    folder = find_latest(Path(trained.run.output))
    networks = load_networks(CheckpointFolder(folder), torch.float32, CPU)
    assert networks.controlnet.config["control_patch_side"] == 6
    assert networks.vae.config["latent_channels"] == 4
    assert not list(folder.rglob("*.pkl")) and not list(folder.rglob("*.bin"))


def test_the_average_follows_quickly_at_first(config):
    """Decay of update t: the config's, and at most (1 + t) / (10 + t)."""
    run = Run(config)
    expected = float(run.trained[0].detach().flatten()[0])
    for t in range(1, 100):
        with torch.no_grad():
            run.trained[0].fill_(t)
        run.ema.step(run.trained)
        decay = min(0.9, (1 + t) / (10 + t))
        expected = decay * expected + (1 - decay) * t
    torch.testing.assert_close(run.ema.shadow_params[0], torch.full_like(run.trained[0], expected))


def test_micro_batches_do_not_change_the_losses(trained, changed, squares, tmp_path):
    other = changed(changed(trained, "optimizer", micro_batch=4), "run", output=str(tmp_path / "other"), steps=3)
    train(other)
    assert recorded(other) == pytest.approx(recorded(trained)[:3], rel=1e-4)


def test_control_units_are_an_initialisation_only(config):
    networks, trainee = load_base(config, torch.device("cpu"))
    with torch.no_grad():
        for parameter in trainee.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    control = torch.rand(1, 3, 3, 32, 32) * 255
    released = Trainee(networks.unet, controlnet_from_unet(networks.unet, config.model), (1.0, 1.0, 1.0))
    released.load_state_dict(released_state(trainee.state_dict(), config.model.control_units))
    theirs = released.controlnet.embed_control(control)
    torch.testing.assert_close(trainee.controlnet.embed_control(control / trainee.units), theirs, rtol=1e-4, atol=1e-4)


def test_a_new_controlnet_changes_nothing_and_copies_the_encoder(config):
    networks, trainee = load_base(config, torch.device("cpu"))
    inputs = (torch.randn(1, 3, 8, 8, 8), torch.zeros(1), torch.zeros(1, 1, 32), torch.zeros(1, 3))
    alone = networks.unet(*inputs, return_dict=False)[0]
    torch.testing.assert_close(trainee(*inputs, torch.rand(1, 3, 3, 32, 32)), alone)
    for name, value in networks.controlnet.down_blocks.state_dict().items():
        assert torch.equal(value, networks.unet.down_blocks.state_dict()[name])


def test_a_run_on_a_base_trains_only_what_is_asked(trained, changed, squares, tmp_path):
    first = find_latest(Path(trained.run.output))
    tuned = changed(trained, "model", base=str(first), fresh=False, continue_controlnet=True, train_unet=False)
    tuned = changed(tuned, "run", output=str(tmp_path / "tuned"), steps=2)
    _, trainee = load_base(tuned, torch.device("cpu"))
    assert not any(p.requires_grad for p in trainee.unet.parameters())
    assert all(p.requires_grad for p in trainee.controlnet.parameters())
    folder = train(tuned)
    assert not (folder / "LeviTor" / "unet").exists()
    assert load_networks(CheckpointFolder(folder), torch.float32, CPU).unet is not None


def test_gradient_checkpointing_changes_nothing(trained, changed, squares, tmp_path):
    spare = changed(trained, "run", steps=2, gradient_checkpointing=True, output=str(tmp_path / "spare"))
    train(spare)
    assert recorded(spare) == pytest.approx(recorded(trained)[:2], rel=1e-5)


def test_a_foreign_state_is_refused(trained, config, changed):
    shutil.copytree(trained.run.output, config.run.output)
    other = changed(config, "model", block_out_channels=(32, 64), num_attention_heads=(1, 2))
    with pytest.raises(InputError, match="without --resume"):
        train(other, resume=True)
    shutil.rmtree(config.run.output)
    with pytest.raises(InputError, match="no checkpoint"):
        train(config, resume=True)
