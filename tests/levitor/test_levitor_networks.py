"""The ControlNet and the steered UNet: equal to the released code's numbers, and lawful."""

from pathlib import Path

import pytest
import torch
from diffusers import UNetSpatioTemporalConditionModel
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from levitor_core.renderers.levitor.controlnet import LeviTorControlNet
from levitor_core.renderers.levitor.residuals import predict
from levitor_core.renderers.levitor.time_context import MixedContext, mix_time_context

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"
TINY = {
    "block_out_channels": (32, 64, 64, 64),
    "num_attention_heads": (2, 4, 8, 8),
    "cross_attention_dim": 32,
    "addition_time_embed_dim": 32,
    "projection_class_embeddings_input_dim": 96,
}
STEP = torch.tensor(0.3)


@pytest.fixture(scope="module")
def golden():
    """The golden networks and their inputs and outputs."""
    if not (GOLDEN / "tiny_io.safetensors").is_file():
        pytest.skip("the golden networks are not here (../shared/golden/tiny_*.safetensors)")
    unet, controlnet = UNetSpatioTemporalConditionModel(num_frames=5, **TINY), LeviTorControlNet(**TINY)
    unet.load_state_dict(load_file(GOLDEN / "tiny_unet.safetensors"))
    controlnet.load_state_dict(load_file(GOLDEN / "tiny_controlnet.safetensors"))
    return unet.eval(), controlnet.eval(), load_file(GOLDEN / "tiny_io.safetensors")


@pytest.fixture(scope="module")
def pair():
    """A random UNet and ControlNet whose residuals are not zero."""
    torch.manual_seed(0)
    unet, controlnet = UNetSpatioTemporalConditionModel(num_frames=3, **TINY), LeviTorControlNet(**TINY)
    for parameter in controlnet.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    return unet.eval(), controlnet.eval()


def random_inputs(batch: int) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """What both networks get (odd latent sizes, as 288 x 512 has), and a control signal of raw values."""
    generator = torch.Generator().manual_seed(1)
    shapes = (batch, 3, 8, 16, 9), (batch, 1, 32), (batch, 3)
    sample, context, ids = (torch.randn(shape, generator=generator) for shape in shapes)
    control = torch.randint(0, 256, (batch, 3, 3, 128, 72), generator=generator).float()
    return (sample, STEP, context, ids), control


@torch.no_grad()
def steered(unet, controlnet, inputs, control, scale=1.0):
    residuals = controlnet(*inputs, controlnet.embed_control(control), scale)
    return predict(unet, *inputs, residuals)


def hook_count(unet) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in unet.modules())


@torch.no_grad()
def test_outputs_equal_the_released_codes(golden):
    unet, controlnet, io = golden
    inputs = io["in1.x"], STEP, io["in1.e"], io["in1.a"]
    down, mid = controlnet(*inputs, controlnet.embed_control(io["in1.cond"]))
    expected = [*(io[f"out1.down{i}"] for i in range(12)), io["out1.mid"]]
    for ours, theirs in zip((*down, mid), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    torch.testing.assert_close(unet(*inputs).sample, io["out1.plain"], rtol=0, atol=1e-5)
    output = steered(unet, controlnet, inputs, io["in1.cond"])
    torch.testing.assert_close(output, io["out1.controlled"], rtol=0, atol=1e-5)


def test_old_mixing_of_guidance_halves_is_not_reproduced(golden):
    """Old diffusers gave every second pixel the other half's context; training, at batch 1, never did."""
    unet, controlnet, io = golden
    inputs = io["in2.x"], STEP, io["in2.e"], io["in2.a"]
    both = steered(unet, controlnet, inputs, io["in2.cond"])
    for half in range(2):
        part = slice(half, half + 1)
        alone = steered(
            unet, controlnet, (inputs[0][part], STEP, inputs[2][part], inputs[3][part]), io["in2.cond"][part]
        )
        torch.testing.assert_close(both[part], alone, rtol=0, atol=2e-5)
    assert (both - io["out2.controlled"]).abs().max() > 0.01


def test_old_mixing_of_guidance_halves_can_be_asked_for(golden):
    """Then it is the released code's to the last bits, in the ControlNet as in the UNet."""
    unet, controlnet, io = golden
    inputs = io["in2.x"], STEP, io["in2.e"], io["in2.a"]
    context = MixedContext(io["in2.e"][:, 0].repeat(2, 1, 1), torch.tensor([0, 1]))
    with torch.no_grad(), mix_time_context(context, unet, controlnet):
        down, mid = controlnet(*inputs, controlnet.embed_control(io["in2.cond"]))
        plain, controlled = unet(*inputs).sample, steered(unet, controlnet, inputs, io["in2.cond"])
    names = [*(f"down{i}" for i in range(12)), "mid", "plain", "controlled"]
    for name, ours in zip(names, (*down, mid, plain, controlled), strict=True):
        torch.testing.assert_close(ours, io[f"out2.{name}"], rtol=0, atol=1e-5)
    assert hook_count(unet) == hook_count(controlnet) == 0


@given(st.integers(1, 3), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_mixed_rows_are_the_released_rule(videos, positions, seed):
    """Of each video by itself: row n of its two halves, laid out one after the other, is told half n mod 2's."""
    embedding = torch.randn(videos, 1, 4, generator=torch.Generator().manual_seed(seed))
    halves = [MixedContext.of(embedding, half) for half in range(2)]
    rows = halves[0].join(halves[1]).rows(positions).reshape(2, videos, positions, 4)
    told = torch.cat([torch.zeros_like(embedding), embedding], dim=1)
    for half in range(2):
        assert torch.equal(halves[half].rows(positions).reshape(videos, positions, 4), rows[half])
        for position in range(positions):
            assert torch.equal(rows[half, :, position], told[:, (half * positions + position) % 2])


def test_full_size_has_the_released_tensors():
    with torch.device("meta"):
        controlnet = LeviTorControlNet(num_attention_heads=(5, 10, 20, 20))
        unet = UNetSpatioTemporalConditionModel()
    assert len(controlnet.state_dict()) == 671
    assert sum(parameter.numel() for parameter in controlnet.parameters()) == 682_021_537
    shared = {name: t.shape for name, t in controlnet.state_dict().items() if not name.startswith("controlnet_")}
    theirs = {name: tensor.shape for name, tensor in unet.state_dict().items()}
    assert shared.items() <= theirs.items()


def test_an_untrained_controlnet_changes_nothing(pair):
    unet, _ = pair
    inputs, control = random_inputs(1)
    with torch.no_grad():
        plain = unet(*inputs).sample
    assert torch.equal(steered(unet, LeviTorControlNet(**TINY).eval(), inputs, control), plain)


def test_control_scale_multiplies_every_residual(pair):
    _, controlnet = pair
    inputs, control = random_inputs(1)
    with torch.no_grad():
        embedding = controlnet.embed_control(control)
        (down, mid), (down3, mid3) = controlnet(*inputs, embedding), controlnet(*inputs, embedding, 3.0)
    for once, thrice in zip((*down, mid), (*down3, mid3), strict=True):
        assert once.abs().max() > 0
        torch.testing.assert_close(thrice, 3 * once)


def test_a_batch_equals_its_videos_one_by_one(pair):
    inputs, control = random_inputs(2)
    together = steered(*pair, inputs, control)
    for i in range(2):
        sample, step, context, ids = inputs
        alone = steered(*pair, (sample[i : i + 1], step, context[i : i + 1], ids[i : i + 1]), control[i : i + 1])
        torch.testing.assert_close(together[i : i + 1], alone, rtol=0, atol=1e-5)


@torch.no_grad()
def test_without_residuals_it_is_diffusers_own_pass(pair):
    inputs, _ = random_inputs(2)
    assert torch.equal(predict(pair[0], *inputs), pair[0](*inputs).sample)
