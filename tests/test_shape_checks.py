"""Annotated shapes and types are checked while the tests run, in every module that annotates any."""

from importlib import import_module

import jaxtyping
import numpy as np
import pytest

from levitor_core.masks import merge
from tests.shape_checks import modules_with_shapes


@pytest.mark.parametrize("name", modules_with_shapes())
def test_every_module_with_shapes_is_checked(name):
    assert "jaxtyping" in type(import_module(name).__spec__.loader).__module__


def test_a_wrong_shape_is_an_error():
    with pytest.raises(jaxtyping.TypeCheckError):
        merge((), np.zeros((4, 4, 1), np.int32))
