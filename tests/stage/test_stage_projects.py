"""One law: whatever a person makes of a photo, the stage shows what the engine renders.

Random projects go through the page's own modules, from the server's payload to a frame, in one Node process: where
objects are, how deep, what the camera makes of it, and which object is seen where.
"""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter

from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import Drawer, order_depths
from levitor_core.renderers.preview import fill
from tests.stage.any_project import any_project
from ui.stage import OpenPhotos, scene_payload
from ui.stage.payload import mask_url
from ui.stage.stage import answer_with, prepare

NODE = shutil.which("node")
STRIDE, LARGEST = 2, 3.0
PIXEL = mask_url(np.ones((1, 1), bool))

pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")


class Stage:
    """The page's modules in a Node process, asked for one project after the other."""

    def __init__(self):
        command = [NODE, str(Path(__file__).parent / "projects.js")]
        self.node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def frames(self, project):
        """Every frame of a project as the stage has it."""
        photos = OpenPhotos()
        photos.put(project)
        behind = answer_with(lambda *asked: prepare(*asked, save=_url), None, photos)
        self._say({"scene": scene_payload(project, _url) | {"project": None}, "stride": STRIDE})
        while "request" in (answer := json.loads(self.node.stdout.readline())):
            self._say(behind(answer["request"]))
        assert answer["error"] == ""
        return answer["frames"]

    def close(self):
        self.node.stdin.close()
        self.node.wait(timeout=10)

    def _say(self, value):
        self.node.stdin.write(json.dumps(value) + "\n")
        self.node.stdin.flush()


def _url(data, name):
    return PIXEL if name.endswith(".jpg") else "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fill, "background_plate", lambda project, *_: project.photo)  # colours are not asked about
        yield made
    made.close()


@settings(max_examples=50, phases=[Phase.generate])
@given(seed=st.integers(0, 10**9))
def test_the_stage_shows_what_the_engine_renders(stage, seed):
    project = any_project(seed)
    resolved = animate(project, project.settings.num_frames)
    frames = stage.frames(project)
    assert len(frames) == resolved.num_frames
    for n, frame in enumerate(frames):
        same_view(resolved.camera, n, frame)
        same_places(resolved.layers, n, frame)
    same_pixels(resolved, frames)


def same_view(camera, n, frame):
    got = [*frame["pan"], frame["zoom"], frame["push"]]
    assert np.allclose(got, [*camera.pan[n], camera.zoom[n], camera.push[n]], atol=1e-6)


def same_places(layers, n, frame):
    assert [pose["id"] for pose in frame["poses"]] == [f"o{layer.label}" for layer in layers]
    for layer, pose in zip(layers, frame["poses"], strict=True):
        path = layer.trajectory
        assert pose["anchorZ"] == pytest.approx(layer.anchor_z, rel=2e-3)
        assert [pose["x"], pose["y"]] == pytest.approx(path.xy[n], abs=0.5)
        assert pose["z"] == pytest.approx(path.z[n], rel=5e-3)
        assert [pose["size"], pose["rotation"]] == pytest.approx([path.size[n], path.rotation[n]], abs=5e-3)


def same_pixels(resolved, frames):
    """Which moving object is seen; a mask's edge may differ by a pixel, surfaces that all but touch in their order."""
    drawer = Drawer(resolved, torch.device("cpu"))
    for n, frame in enumerate(frames):
        if any(growth(layer, n) > LARGEST for layer in resolved.layers):
            continue  # its own relief is torn into single pixels
        ours, touching = seen(drawer, n)
        theirs = np.reshape(frame["seen"], ours[::STRIDE, ::STRIDE].shape)
        padded = np.pad(ours, 1, mode="edge")
        around = [padded[y : y + ours.shape[0], x : x + ours.shape[1]] for y in range(3) for x in range(3)]
        agree = np.any([part[::STRIDE, ::STRIDE] == theirs for part in around], axis=0) | touching[::STRIDE, ::STRIDE]
        moved = (ours[::STRIDE, ::STRIDE] > 0) | (theirs > 0)
        assert (~agree).sum() <= 3 + 0.04 * moved.sum(), (n, ours[::STRIDE, ::STRIDE], theirs)


def growth(layer, n):
    """How much larger the nearest pixel of an object is than in the photo."""
    z, path = layer.z[layer.mask], layer.trajectory
    return (z / np.maximum(z + path.z[n] - layer.anchor_z, 1e-9)).max() * path.size[n]


def seen(drawer, n):
    """The moving object at every pixel of a frame, and where the stage need not agree: where two surfaces are nearer to
    each other than it tells apart, and where the camera's push has torn the scene."""
    scene, parts = drawer.still_scene(n), [drawer.footprint(pixels, n) for pixels in drawer.layers]
    labels, surfaces = np.zeros(len(scene.z), int), [scene.z.numpy()]
    best = scene.z.numpy() * (1 + 1e-6)
    for pixels, part, depth in zip(drawer.layers, parts, order_depths(scene, parts, drawer.layers), strict=True):
        at, z = part.pixel.numpy(), depth.numpy()
        nearer = z <= best[at]
        labels[at[nearer]], best[at[nearer]] = pixels.label, z[nearer]
        surfaces.append(np.full(len(scene.z), np.inf))
        surfaces[-1][at] = part.z.numpy()
    z = np.sort(surfaces, axis=0)
    with np.errstate(invalid="ignore"):
        touching = (np.diff(z, axis=0) < 0.015 * z[1:]).any(0).reshape(drawer.size_hw)
    place = np.stack(np.unravel_index(scene.source.numpy().reshape(drawer.size_hw), drawer.size_hw))
    steps = (np.diff(place, axis=axis, append=np.take(place, [-1], axis)) for axis in (1, 2))
    jumps = np.maximum(*(np.abs(step).max(0) for step in steps))
    return labels.reshape(drawer.size_hw), touching | (maximum_filter(jumps, 3) > 3)
