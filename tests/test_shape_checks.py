"""Annotated shapes and types are checked while the tests run, in every module that annotates any."""

import sys

import jaxtyping
import numpy as np
import pytest

from levitor_core.motion.masks import merge
from tests.shape_checks import ROOT, modules_with_shapes


def test_every_module_with_shapes_is_checked():
    loaders = {name: _loader(name) for name in modules_with_shapes()}
    assert len(loaders) > 50
    assert {name for name, loader in loaders.items() if not loader.startswith("jaxtyping")} == set()


def test_a_wrong_shape_is_an_error():
    with pytest.raises(jaxtyping.TypeCheckError):
        merge((), np.zeros((4, 4, 1), np.int32))


def _loader(name: str) -> str:
    """What would load the module; it stays unloaded, as many bring torch."""
    folder = str(ROOT.joinpath(*name.split(".")[:-1]))
    specs = (finder.find_spec(name, [folder]) for finder in sys.meta_path)
    return type(next(spec for spec in specs if spec is not None).loader).__module__
