"""What is done before the page is up: weights that the host wants are fetched, or done without."""

import os
from collections.abc import Sequence

from levitor_core.checkpoints import Checkpoints
from levitor_core.checkpoints.table import VIDEO_MODEL, weights_named
from levitor_core.devices import on_zero_gpu
from levitor_core.engine import Engine
from levitor_core.errors import LevitorError


def settle(engine: Engine) -> tuple[str, ...]:
    """What a Space wants before its page is up: its GPU functions, and, where GPUs are lent, the best renderer's
    networks; why they could not be loaded, as a sentence."""
    best = engine.renderer("auto")  # makes all
    try:
        if on_zero_gpu():
            best.load()
    except LevitorError as error:
        return (str(error),)
    return ()


def fetch(names: Sequence[str], checkpoints: Checkpoints) -> tuple[str, ...]:
    """Download those weights that are not here; why some could not be, a sentence each."""
    return tuple(filter(None, (_fetched(name, checkpoints) for name in (*names, *_missed(names, checkpoints)))))


def _missed(names: Sequence[str], checkpoints: Checkpoints) -> Sequence[str]:
    """What a Space that is lent GPUs would make videos with, had it a token."""
    lacks = on_zero_gpu() and VIDEO_MODEL not in names and checkpoints.find(VIDEO_MODEL) is None
    return (VIDEO_MODEL,) if lacks else ()


def _fetched(name: str, checkpoints: Checkpoints) -> str | None:
    weights = weights_named(name)
    if weights.gated and "SPACE_ID" in os.environ and "HF_TOKEN" not in os.environ:
        return (
            f"{weights.title} is gated: accept its licence at {weights.source}, put a token of that account into this"
            " Space's secrets as HF_TOKEN and restart it; until then Preview makes the videos."
        )
    try:
        if checkpoints.find(name) is None:
            checkpoints.download(name, asked=True)
    except LevitorError as error:
        return str(error)
    return None
