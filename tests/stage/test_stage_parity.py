"""The stage's geometry, in JavaScript, against the engine's: at most half a pixel apart, and the node tests."""

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from levitor_core.motion import trajectory
from levitor_core.motion.animation import animate
from levitor_core.motion.cut_sides import cut_sides, inside_picture
from levitor_core.motion.geometry import (
    Pose,
    View,
    closest_depth,
    disparity_from_depth,
    displace,
    image_center,
    nearest_depth,
    project,
    undisplace,
    unproject,
)
from levitor_core.motion.relief import foot_width
from levitor_core.renderers.preview.framing import crop_window
from levitor_core.structures import CameraKey, CameraMove, Waypoint
from tests.scenes import flat_scene, moving, project_of

HERE = Path(__file__).parent
NODE = shutil.which("node")
FRAMES = 13
EASINGS = ("none", "in", "out", "both")

pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")


def test_node_tests():
    files = sorted(str(path) for path in HERE.glob("*.test.js"))
    ran = subprocess.run([NODE, "--test", *files], check=False, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]


@pytest.fixture(scope="module")
def both():
    """Random cases, the engine's numbers and the stage's."""
    random = np.random.default_rng(7)
    made = {
        "paths": [_path(random, n) for n in range(60)],
        "pixels": [_pixel(random) for _ in range(200)],
        "cameras": [_camera(random, n) for n in range(20)],
        "scenes": [_scene(random, n) for n in range(6)],
    }
    cases = json.dumps({kind: [case for case, _ in pairs] for kind, pairs in made.items()})
    ran = subprocess.run(
        [NODE, str(HERE / "parity.js")], check=False, input=cases, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return {kind: [expected for _, expected in pairs] for kind, pairs in made.items()}, json.loads(ran.stdout)


def test_paths_agree_in_every_frame(both):
    expected, answered = both
    for path, answer in zip(expected["paths"], answered["paths"], strict=True):
        got = np.array(answer["frames"])
        assert np.abs(got[:, :2] - path.xy).max() < 0.01
        assert np.abs(got[:, 2] / path.z - 1).max() < 1e-6
        assert np.allclose(got[:, 3:], np.column_stack([path.size, path.rotation]), atol=1e-6)


def test_the_time_of_a_waypoint_is_when_the_object_is_there(both):
    expected, answered = both
    del expected
    random = np.random.default_rng(7)
    for n, answer in enumerate(answered["paths"]):
        case, _ = _path(random, n)
        passed = np.array(answer["passed"])
        there = np.array([[point["x"], point["y"]] for point in case["waypoints"]])
        assert np.abs(passed[:, :2] - there).max() < 0.5


def test_moved_pixels_agree_there_and_back(both):
    expected, answered = both
    assert np.allclose(answered["pixels"], expected["pixels"], rtol=1e-7, atol=1e-6)


def test_cameras_agree(both):
    expected, answered = both
    for track, answer in zip(expected["cameras"], answered["cameras"], strict=True):
        assert np.allclose(answer, np.column_stack([track.pan, track.zoom, track.push]), atol=1e-6)


def test_objects_on_the_ground_and_their_anchors_agree(both):
    expected, answered = both
    for (layer, *_), answer in zip(expected["scenes"], answered["scenes"], strict=True):
        got = np.array(answer["frames"])
        assert abs(answer["anchor_z"] / layer.anchor_z - 1) < 1e-5
        assert np.abs(got[:, :2] - layer.trajectory.xy).max() < 0.5
        assert np.abs(got[:, 2] / layer.trajectory.z - 1).max() < 2e-3


def test_the_crop_is_framed_where_the_video_is_cut(both):
    expected, answered = both
    for (_, rows, columns), answer in zip(expected["scenes"], answered["scenes"], strict=True):
        wanted = [columns.start, rows.start, columns.stop, rows.stop]
        assert np.abs(np.array(answer["box"]) - wanted).max() < 1.5


def test_a_shadow_comes_as_the_object_leaves_its_place(both):
    expected, answered = both
    for (layer, *_), answer in zip(expected["scenes"], answered["scenes"], strict=True):
        radius = 0.6 * foot_width(layer.mask)
        left = np.linalg.norm(layer.trajectory.xy - layer.anchor_xy, axis=1) / (2 * radius)
        assert np.allclose(answer["shadows"], layer.shadow * left.clip(max=1), atol=0.02)


def test_what_the_photos_edge_cuts_off_softens_alike(both):
    expected, answered = both
    seen = 0
    for (layer, *_), answer in zip(expected["scenes"], answered["scenes"], strict=True):
        for frame, sides in enumerate(answer["cuts"]):
            for cut in cut_sides(layer.mask):
                inside = inside_picture(cut, layer, Pose.of(layer, frame), View(), nearest_depth(30.0))
                share, seen = min(inside / cut.faded, 1), seen + (inside > 0)
                wanted = [cut.middle, cut.half, share * cut.rounded, share * cut.faded] if share else [0, 1, 0, 0]
                assert np.allclose(sides[cut.side], wanted, atol=0.1)
    assert seen > 5


def _path(random, n):
    count = int(random.integers(1, 8))
    size_hw, softness = (int(random.integers(100, 600)), int(random.integers(100, 600))), float(random.uniform(0, 80))
    times = _times(random, count) if n % 3 == 0 else [None] * count
    points = [
        Waypoint(
            *random.uniform(-50, 600, 2),
            nearness=None if random.random() < 0.3 else float(4 * random.random() ** 2),
            time=times[i],
            size=float(random.uniform(0.3, 3)),
            rotation=float(random.uniform(-200, 200)),
        )
        for i in range(count)
    ]
    if n % 4 == 0 and count > 2:
        points[1] = Waypoint(points[0].x, points[0].y, None, times[1], points[0].size, points[0].rotation)
    timing, easing = ("even", "per-click")[n % 2], EASINGS[n % 4]
    anchor_z = trajectory.depth_of_nearness(float(random.random()), softness)
    expected = trajectory.resample(points, anchor_z, FRAMES, size_hw, softness, timing, easing)
    shape = {"size_hw": size_hw, "softness": softness, "timing": timing, "easing": easing, "frames": FRAMES}
    return {"waypoints": [_waypoint(point) for point in points], "anchor_z": anchor_z, **shape}, expected


def _times(random, count):
    times = np.sort(random.uniform(0, 1, count))
    return [float(time) if random.random() < 0.6 else None for time in times]


def _waypoint(point):
    return asdict(point) | {"nearness": "same" if point.nearness is None else point.nearness}


def _pixel(random):
    size_hw, softness = (300, 500), float(random.uniform(5, 60))
    near, far = nearest_depth(softness), 1 / (1 + softness)
    closest = closest_depth(near)
    z, anchor_z, path_z = (float(closest * (far / closest) ** share) for share in random.random(3))
    x, y, ax, ay, px, py = (float(value) for value in random.uniform(0, 300, 6))
    pose = Pose((ax, ay), anchor_z, (px, py), path_z, float(random.uniform(0.3, 3)), float(random.uniform(-4, 4)))
    view = View(
        (float(random.normal(0, 30)), float(random.normal(0, 30))),
        float(random.uniform(0.5, 2)),
        float(random.uniform(-3, 0.7) * near),
    )
    center = image_center(size_hw)
    moved = displace(np.float64(x), np.float64(y), np.float64(z), pose, center, near)
    seen = project(*moved, view, center, near)
    back = unproject(seen[0], seen[1], moved[2], view, center, near)
    home = undisplace(moved[0], moved[1], np.float64(z), pose, center, near)
    posed = {
        "anchor": [ax, ay],
        "anchorZ": anchor_z,
        "x": px,
        "y": py,
        "z": path_z,
        "size": pose.size,
        "rotation": pose.rotation,
    }
    case = {"moved": [*map(float, moved)], "z": z, "pose": posed, "view": asdict(view)}
    case |= {"size_hw": size_hw, "softness": softness}
    return case, [float(value) for value in (*seen, *back, *home)]


def _camera(random, n):
    times = np.linspace(0, 1, 2 + n % 4) if n % 2 else np.sort(random.uniform(0, 1, 1 + n % 4))
    keys = tuple(
        CameraKey(
            float(time),
            tuple(map(float, random.normal(0, 40, 2))),
            float(random.uniform(0.5, 2)),
            float(random.uniform(-4, 0.7)),
        )
        for time in times
    )
    move, softness = CameraMove(keys, EASINGS[n % 4]), float(random.uniform(0, 60))
    case = {
        "move": {"keys": [asdict(key) for key in keys], "easing": move.easing},
        "softness": softness,
        "frames": FRAMES,
    }
    return case, trajectory.resample_camera(move, FRAMES, softness)


def _scene(random, n):
    disparity, masks = flat_scene(((30, 30 if n % 2 else 68), 9, 90.0))
    rows = np.indices(disparity.shape)[0]
    disparity = np.where(masks[0], disparity, 20 + 1.5 * rows).astype(np.float32)
    start = (30.0, 30.0) if n % 2 else (70.0, 60.0)
    points = [(*start, None), *((*random.uniform(15, 60, 2), float(random.random())) for _ in range(2))]
    item = moving("Thing", masks[0], *points, on_ground=n % 3 != 0, relief=1.0)
    resolved = animate(project_of((item,), disparity), FRAMES)
    layer, crop = resolved.layers[0], ("1:1", "9:16", "4:5")[n % 3]
    flat = {
        "disparity": disparity,
        "filled": disparity_from_depth(resolved.z, 30.0),
        "tamed": disparity_from_depth(layer.z, 30.0),
    }
    case = {
        "size_hw": disparity.shape,
        "softness": 30.0,
        "frames": FRAMES,
        "crop": crop,
        "object": {
            "mask": "m",
            "on_ground": item.on_ground,
            "relief": item.relief,
            "shadow": item.shadow,
            "pinned_to_screen": False,
            "timing": "even",
            "easing": "none",
            "hidden": False,
            "order_overrides": [],
            "waypoints": [_waypoint(point) for point in item.waypoints],
        },
        "mask": masks[0].astype(int).ravel().tolist(),
        **{name: values.ravel().tolist() for name, values in flat.items()},
    }
    return case, (layer, *crop_window(resolved, disparity.shape, crop))
