"""Every example, the first opened from the gallery: what the stage draws live is what the engine renders."""

from pathlib import Path

import numpy as np
import pytest

from levitor_core.files.project_file import open_project
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from tests.browser.conftest import ROOT
from tests.browser.driving import StageDriver, open_photo, opened_by

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXAMPLES = sorted((ROOT / "examples").glob("*.levitor"))
FRAMES, SMALLEST = 6, 60


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_live_picture_is_the_engines(tab, path):
    project = open_project(path)
    stage = StageDriver(tab, "levitorStage")
    if path == EXAMPLES[0] and not stage.ask("stage.app.hasScene"):
        stage = opened_by(tab, lambda: tab.click("#examples .thumbnail-item >> nth=0"))
    else:
        stage = open_photo(tab, path)
    stage.wait("stage.app.world.instances")
    assert len(stage.objects()) == len(project.objects)
    if not project.objects:
        return
    stage.wait("stage.app.world.background !== null")
    tab.evaluate("window.stage = levitorStage; stage.app.set({ playing: false })")
    expected = render(animate(project, FRAMES)).labels
    answers = tab.evaluate((Path(__file__).parent / "stage_masks.js").read_text(), FRAMES)
    overlaps = []
    for ours, theirs in zip(np.array(answers, np.uint8).reshape(expected.shape), expected, strict=True):
        for label in range(1, len(project.objects) + 1):
            either = ((ours == label) | (theirs == label)).sum()
            if either > SMALLEST:
                overlaps.append(((ours == label) & (theirs == label)).sum() / either)
    assert np.mean(overlaps) > 0.95 and min(overlaps) > 0.9, overlaps
