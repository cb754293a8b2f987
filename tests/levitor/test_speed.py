"""What makes the video model quicker changes nothing but the time: each way agrees with the plain one."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from diffusers.models.transformers.transformer_temporal import TransformerSpatioTemporalModel
from hypothesis import given, settings
from hypothesis import strategies as st

from levitor_core.errors import RendererError
from levitor_core.renderers.levitor.memory import PLANS, Setup
from levitor_core.renderers.levitor.speed import ALL, NONE, Ways, packages, quicken
from levitor_core.renderers.levitor.speed.attention import OneTokenAttention, SelfAttention, attend, choose_kernels
from levitor_core.renderers.levitor.speed.layout import lay_out
from levitor_core.renderers.levitor.speed.packages import Quick, package_path

FRAMES, CHANNELS, CONTEXT = 3, 32, 24


class Block(torch.nn.Module):
    """A spatial and a temporal transformer block, and the convolutions of their kind."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = TransformerSpatioTemporalModel(2, 16, CHANNELS, cross_attention_dim=CONTEXT)
        self.space = torch.nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.time = torch.nn.Conv3d(CHANNELS, CHANNELS, (3, 1, 1), padding=(1, 0, 0))

    def forward(self, hidden: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        indicator = torch.zeros(len(hidden) // FRAMES, FRAMES)
        hidden = self.space(self.attention(hidden, context, indicator, return_dict=False)[0])
        return hidden + self.time(hidden.unflatten(0, (-1, FRAMES)).transpose(1, 2)).transpose(1, 2).flatten(0, 1)


@pytest.fixture
def block() -> Block:
    torch.manual_seed(0)
    return Block().eval().requires_grad_(False)


def inputs(videos: int = 2, side: int = 4, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(videos * FRAMES, CHANNELS, side, side, generator=generator)
    return hidden, torch.randn(videos, 1, CONTEXT, generator=generator).repeat_interleave(FRAMES, 0)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of packages, empty."""
    monkeypatch.setenv("LEVITOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@settings(max_examples=8)
@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 6), st.integers(0, 99))
def test_attention_to_one_token_is_its_value_whatever_asks(batch, heads, places, seed):
    torch.manual_seed(seed)
    plain = Attention(8 * heads, cross_attention_dim=CONTEXT, heads=heads, dim_head=8).requires_grad_(False)
    hidden, context = torch.randn(batch, places, 8 * heads), torch.randn(batch, 1, CONTEXT)
    told = OneTokenAttention()(plain, hidden, context)
    torch.testing.assert_close(told.expand_as(hidden), AttnProcessor2_0()(plain, hidden, context), rtol=1e-5, atol=1e-6)


@settings(max_examples=8)
@given(st.integers(1, 3), st.integers(1, 3), st.sampled_from([1, 5, 64, 65, 1100]), st.integers(0, 99))
def test_every_length_attends_as_plain_attention_does(batch, heads, places, seed):
    torch.manual_seed(seed)
    plain = Attention(8 * heads, heads=heads, dim_head=8).requires_grad_(False)
    hidden = torch.randn(batch, places, 8 * heads)
    torch.testing.assert_close(SelfAttention()(plain, hidden), AttnProcessor2_0()(plain, hidden), rtol=1e-5, atol=1e-6)
    query, key, value = torch.randn(3, batch, heads, places, 8)
    expected = ((query @ key.mT / 8**0.5).softmax(-1)) @ value
    torch.testing.assert_close(attend(query, key, value), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("change", [choose_kernels, lay_out])
def test_each_way_keeps_the_numbers_and_the_names(block, change):
    before, names = block(*inputs()), list(block.state_dict())
    change(block)
    torch.testing.assert_close(block(*inputs()), before, rtol=1e-5, atol=1e-5)
    assert list(block.state_dict()) == names


def test_all_ways_off_leave_the_network_itself(block):
    assert quicken(block, "block", NONE) is block


def test_without_a_package_or_with_a_damaged_one_it_runs_as_it_is(block, cache):
    before = block(*inputs())
    quick = quicken(block, "block", ALL)
    torch.testing.assert_close(quick(*inputs()), before, rtol=1e-5, atol=1e-5)
    path = package_path("block", block, inputs())
    cache.mkdir()
    path.write_bytes(b"not a package")
    torch.testing.assert_close(quicken(block, "block", ALL)(*inputs()), before, rtol=1e-5, atol=1e-5)


def test_a_package_is_for_one_network_one_size_and_one_precision(block, cache):
    paths = {package_path("block", block, inputs(videos, side)) for videos in (1, 2) for side in (4, 5)}
    paths |= {package_path("other", block, inputs()), package_path("block", block, tuple(x.half() for x in inputs()))}
    paths.add(package_path("block", block.half(), inputs()))
    assert len(paths) == 7
    assert {path.parent for path in paths} == {cache}


def test_other_shapes_are_prepared_anew_and_few_are_kept(block):
    quick = Quick(block, "block", packages=False, graphs=False)
    for side in (4, 5, 6, 7, 8, 4):
        assert quick(*inputs(side=side)).shape == inputs(side=side)[0].shape
    assert len(quick._ready) <= 4


def test_a_compiler_that_fails_says_so_in_a_sentence_and_leaves_nothing(block, cache, monkeypatch):
    def fail(*arguments: object, **options: object) -> None:
        raise OSError("no C compiler\nwas found")

    monkeypatch.setattr(torch, "compile", fail)
    with pytest.raises(RendererError, match=r"could not be compiled here.*no C compiler was found"):
        Quick(block, "block", packages=True, graphs=False, make=True)(*inputs())
    assert not list(cache.glob("*.package"))


class Fragile:
    """A compiled network that works until it is told to fail."""

    def __init__(self, network: torch.nn.Module, error: Exception) -> None:
        self.network, self.error, self.fails, self.calls = network, error, False, 0

    def __call__(self, *given: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if self.fails:
            raise self.error
        return self.network(*given)


@pytest.fixture
def packed(block, cache, monkeypatch):
    """Of a Quick with a package for every shape: the Quick, and a function that makes their code fail from now on."""
    loaded: list[Fragile] = []

    def load(path: object, network: torch.nn.Module) -> Fragile:
        loaded.append(Fragile(network, failure[0]))
        return loaded[-1]

    def fail(error: Exception) -> list[Fragile]:
        for one in loaded:
            one.fails, one.error, one.calls = True, error, 0
        return loaded

    failure: list[Exception] = [RuntimeError("not yet")]
    monkeypatch.setattr(packages, "is_file", lambda path: True)
    monkeypatch.setattr(packages, "load_package", load)
    return Quick(block, "block", packages=True, graphs=False), fail


@pytest.mark.parametrize("error", [RuntimeError("a guard"), TypeError("strides"), AssertionError(), OSError("gone")])
def test_compiled_code_that_fails_in_a_later_video_costs_time_and_no_video(block, packed, caplog, error):
    quick, fail = packed
    sides = (4, 6)
    expected = {side: block(*inputs(side=side)) for side in sides}
    for side in sides:
        torch.testing.assert_close(quick(*inputs(side=side)), expected[side])
    loaded = fail(error)
    for side in (*sides, *sides):
        torch.testing.assert_close(quick(*inputs(side=side)), expected[side])
    assert [one.calls for one in loaded] == [1, 1]  # each is left aside, and the log says so once
    assert sum("uncompiled from now on" in record.message for record in caplog.records) == 2


def test_memory_that_runs_out_and_the_network_s_own_mistakes_are_not_taken_for_the_compiler_s(block, packed):
    quick, fail = packed
    quick(*inputs())
    fail(torch.OutOfMemoryError("full"))
    with pytest.raises(torch.OutOfMemoryError):
        quick(*inputs())
    with pytest.raises(RuntimeError):
        quick(torch.zeros(3, CHANNELS + 1, 4, 4), inputs()[1][:3])


@pytest.fixture
def zero_gpu(monkeypatch):
    """A ZeroGPU Space's library, whose packages note what they are made of and double what the network says."""

    def save(folder: Path, exported: list[torch.Size]) -> None:
        (folder / "root").mkdir()
        (folder / "root" / "package.pt2").write_text(str(exported))

    def patch(network: torch.nn.Module, folder: Path) -> None:
        text, plain = (folder / "root" / "package.pt2").read_text(), network.forward

        def forward(*given: torch.Tensor) -> torch.Tensor:
            if str([one.shape for one in given]) != text:
                raise ValueError("made for other shapes")
            return 2 * plain(*given)

        network.forward = forward

    library = SimpleNamespace(aoti_compile_and_save=save, aoti_load_from_package_dir=patch)
    monkeypatch.setitem(sys.modules, "spaces", library)
    monkeypatch.setattr(torch.export, "export", lambda network, given: [one.shape for one in given])
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    return library


def test_on_zero_gpu_its_own_packages_are_made_and_found_and_the_network_stays_as_it_is(block, cache, zero_gpu):
    before = block(*inputs())
    orders = [parameter.stride() for parameter in block.parameters()]
    quick = quicken(block, "block", Ways(graphs=False), make=True)
    for side in (4, 5):
        torch.testing.assert_close(quick(*inputs(side=side)), 2 * block(*inputs(side=side)), rtol=1e-5, atol=1e-5)
    later = quicken(block, "block", Ways(graphs=False))
    torch.testing.assert_close(later(*inputs()), 2 * before, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(later(*inputs(side=6)), block(*inputs(side=6)), rtol=1e-5, atol=1e-5)  # has no package
    assert orders == [parameter.stride() for parameter in block.parameters()]
    assert len(list(cache.glob("*.package"))) == 2


def test_a_space_without_packages_or_whose_library_fails_works_at_eager_speed(block, cache, zero_gpu, monkeypatch):
    before = block(*inputs())
    torch.testing.assert_close(quicken(block, "block", Ways(graphs=False))(*inputs()), before, rtol=1e-5, atol=1e-5)
    quicken(block, "block", Ways(graphs=False), make=True)(*inputs())
    monkeypatch.delattr(zero_gpu, "aoti_load_from_package_dir")
    torch.testing.assert_close(quicken(block, "block", Ways(graphs=False))(*inputs()), before, rtol=1e-5, atol=1e-5)
    monkeypatch.delattr(zero_gpu, "aoti_compile_and_save")
    with pytest.raises(RendererError, match="could not be compiled here"):
        quicken(block, "block", Ways(graphs=False), make=True)(*inputs(side=7))
    assert len(list(cache.glob("*"))) == 1


@pytest.mark.parametrize(
    ("plan", "step", "decoder"), [("full", True, True), ("balanced", True, False), ("lean", False, False)]
)
def test_a_lent_gpu_gets_packages_where_weights_stay_and_no_graphs(plan, step, decoder, monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    setup = Setup(PLANS[plan], torch.device("cuda"), torch.float16, quick=True)
    assert (setup.ways.packages, setup.ways_to_frames.packages) == (step, decoder)
    assert not setup.ways.graphs and not setup.ways_to_frames.graphs
