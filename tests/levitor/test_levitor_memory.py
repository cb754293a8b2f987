"""Memory plans: which is chosen, what follows when memory runs out, and weights that return to where they were."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.renderers.attempts import is_out_of_memory
from levitor_core.renderers.levitor.memory import (
    GIGABYTE,
    PLANS,
    Setup,
    at_work,
    best_dtype,
    choose_plan,
    variants_at_once,
)
from levitor_core.renderers.levitor.sampler import NotFiniteError

CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")


@pytest.fixture
def free_memory(monkeypatch):
    """Pretends that the GPU has so many gigabytes free."""

    def pretend(gigabytes: float) -> None:
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(gigabytes * GIGABYTE), 80 * GIGABYTE))

    return pretend


@pytest.mark.parametrize(("free", "name"), [(79, "full"), (10, "balanced"), (7, "lean"), (1, "lean")])
def test_auto_takes_the_fastest_plan_that_fits(free_memory, free, name):
    free_memory(free)
    assert choose_plan("auto", CUDA).name == name


@pytest.mark.parametrize("name", ["full", "balanced", "lean"])
def test_a_named_plan_is_taken_whatever_is_free(free_memory, name):
    free_memory(1)
    assert choose_plan(name, CUDA).name == name


def test_variants_are_batched_only_in_full_and_only_as_memory_allows(free_memory):
    pixels = 16 * 288 * 512
    free_memory(60)
    assert variants_at_once(PLANS["full"], CUDA, pixels, 4) == 4
    assert variants_at_once(PLANS["balanced"], CUDA, pixels, 4) == 1
    assert variants_at_once(PLANS["full"], CPU, pixels, 4) == 1
    free_memory(0.5)
    assert variants_at_once(PLANS["full"], CUDA, pixels, 4) == 1


@given(st.sampled_from(list(PLANS)), st.integers(1, 25), st.integers(8, 160), st.integers(8, 160))
def test_decoding_chunks_are_even_and_bounded(name, num_frames, rows, columns):
    pixels = 64 * rows * columns
    chunk = PLANS[name].frames_decoded_at_once(num_frames, pixels)
    assert 1 <= chunk <= num_frames
    assert chunk == 1 or chunk * pixels <= PLANS[name].decoded_pixels
    rounds = -(-num_frames // chunk)
    assert (rounds - 1) * chunk < num_frames <= rounds * chunk


def test_networks_return_to_where_they_were_even_after_an_error():
    layer = torch.nn.Linear(4, 4)
    before = [tensor.data_ptr() for tensor in layer.parameters()]
    with pytest.raises(ZeroDivisionError), at_work(CPU, layer):
        layer.to(torch.float64)
        raise ZeroDivisionError
    assert [tensor.data_ptr() for tensor in layer.parameters()] == before
    assert layer.weight.dtype == torch.float32


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_parked_weights_leave_the_gpu():
    layer = torch.nn.Linear(1000, 1000)
    before = torch.cuda.memory_allocated()
    with at_work(CUDA, layer):
        assert layer.weight.is_cuda and torch.cuda.memory_allocated() > before
    assert not layer.weight.is_cuda and torch.cuda.memory_allocated() == before


def test_running_out_steps_down_to_the_next_plan_and_says_so():
    setup = Setup(PLANS["full"], CUDA, torch.float16)
    leaner, note = setup.after(setup.out_of_memory())
    assert leaner == Setup(PLANS["balanced"], CUDA, torch.float16)
    assert "full" in note and "balanced" in note


def test_running_out_in_the_leanest_plan_names_the_setting_to_lower():
    setup = Setup(PLANS["lean"], CUDA, torch.float16)
    assert setup.after(setup.out_of_memory()) is None
    assert "number of frames" in str(setup.out_of_memory())


def test_overflow_in_float16_is_tried_again_in_bfloat16_where_the_card_can(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)
    half = Setup(PLANS["full"], CUDA, torch.float16)
    wider, note = half.after(NotFiniteError("."))
    assert wider == Setup(PLANS["full"], CUDA, torch.bfloat16) and "bfloat16" in note
    assert wider.after(NotFiniteError(".")) is None
    assert Setup(PLANS["full"], CPU, torch.float32).after(NotFiniteError(".")) is None
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
    assert half.after(NotFiniteError(".")) is None


@pytest.mark.parametrize(
    ("capability", "dtype"), [((9, 0), torch.float16), ((7, 5), torch.float16), ((5, 2), torch.float32)]
)
def test_precision_is_what_the_card_can_do(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert best_dtype(CUDA) == dtype
    assert best_dtype(CPU) == best_dtype(torch.device("mps")) == torch.float32


def test_out_of_memory_is_recognised_on_every_device():
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))
