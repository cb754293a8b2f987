"""Annotated shapes are checked while the tests run: in every module of ours, wherever they stand."""

import inspect
import sys
from dataclasses import dataclass
from pathlib import Path

import jaxtyping
import numpy as np
import pytest

from levitor_core.motion.masks import merge
from levitor_core.structures import Image, RenderedMasks
from tests.shape_checks import CHECKED, has_shapes, typechecked

ROOT = Path(__file__).resolve().parents[1]
GREY = np.zeros((4, 4), np.uint8)  # no Image
checked = jaxtyping.jaxtyped(typechecker=typechecked)  # what the hook writes before functions and classes


def modules():
    for package in CHECKED:
        for path in (ROOT / package).rglob("*.py"):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_every_module_is_loaded_with_its_checks():
    loaders = {name: loader_of(name) for name in modules()}
    assert len(loaders) > 100
    assert {name for name, loader in loaders.items() if not loader.startswith("jaxtyping")} == set()


def loader_of(name):
    """What would load the module; it stays unloaded, as many bring torch."""
    folder = str(ROOT.joinpath(*name.split(".")[:-1]))
    specs = (finder.find_spec(name, [folder]) for finder in sys.meta_path)
    return type(next(spec for spec in specs if spec is not None).loader).__module__


def test_all_that_is_loaded_and_has_shapes_is_checked():
    loaded = [sys.modules[name] for name in modules() if name in sys.modules]
    classes = [item for module in loaded for item in vars(module).values() if inspect.isclass(item)]
    ours = [*loaded, *(kind for kind in classes if kind.__module__.partition(".")[0] in CHECKED)]
    functions = {item for part in ours for item in vars(part).values() if inspect.isfunction(item)}
    functions -= {*filter(inspect.isasyncgenfunction, functions)}  # whose values beartype does not look at
    with_shapes = [item for item in functions if item.__module__.partition(".")[0] in CHECKED and has_shapes(item)]
    assert len(with_shapes) > 10
    assert [item.__qualname__ for item in with_shapes if not is_checked(item)] == []


def is_checked(function):
    while hasattr(function, "__wrapped__"):
        if "jaxtyping" in function.__code__.co_filename:
            return True
        function = function.__wrapped__
    return False


@checked
def given(image: Image): ...


@checked
def given_many(pairs: list[tuple[Image, str]] | None): ...


@checked
def made() -> Image:
    return GREY


@checked
@dataclass
class Values:
    image: Image | None


@checked
@dataclass
class MoreValues(Values):
    name: str


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: merge((), np.zeros((4, 4, 1), np.int32)),
        lambda: RenderedMasks(np.zeros((2, 4, 4), np.int32), np.zeros((2, 4, 5), np.float32), 1),
        lambda: given(GREY),
        lambda: given_many([(GREY, "grey")]),
        made,
        lambda: Values(GREY),
        lambda: MoreValues(GREY, "grey"),
    ],
)
def test_a_wrong_shape_is_an_error(wrong):
    with pytest.raises(jaxtyping.TypeCheckError):
        wrong()


def test_what_has_no_shape_is_left_alone():
    def plain(text: str): ...

    assert checked(plain) is plain
