"""Every example: what the stage draws live is what the engine renders."""

from pathlib import Path

import numpy as np
import pytest

from levitor_core.files.project_file import open_project
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from tests.browser.conftest import ROOT
from tests.browser.driving import OPEN, REVEALED, as_labels

pytestmark = pytest.mark.browser

EXAMPLES = sorted((ROOT / "examples").glob("*.levitor"))
FRAMES, SLIVER = 6, 0.1  # of an object's own size, at the edge of what hides it


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_live_picture_is_the_engines(opened, path):
    project = open_project(path)
    tab = opened.page
    opened.site.open(project)
    tab.evaluate(OPEN, path.stem)
    opened.wait(REVEALED)
    assert len(opened.objects()) == len(project.objects)
    if not project.objects:
        return
    expected = render(animate(project, FRAMES)).labels
    answers = tab.evaluate((Path(__file__).parent / "stage_masks.js").read_text(), FRAMES)
    overlaps = []
    for ours, theirs in zip(as_labels(answers, expected.shape), expected, strict=True):
        for label in range(1, len(project.objects) + 1):
            either = ((ours == label) | (theirs == label)).sum()
            if either > SLIVER * (expected == label).sum(axis=(1, 2)).max():
                overlaps.append(((ours == label) & (theirs == label)).sum() / either)
    assert np.mean(overlaps) > 0.95 and min(overlaps) > 0.9, overlaps
