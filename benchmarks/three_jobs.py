"""The three jobs of the app on six photos that nobody prepared: strips to look at (docs/three-jobs/README.md).

`python -m benchmarks.three_jobs [NAME ...] [--to FOLDER] [--frames 16]`, from the project's folder, without weights.
What a person does with the mouse is done here by the same means: boxes, clicks and outlines pick, the panel's "just
behind" and "in front" set depths, the stage's own orbit tool (run by node) makes the orbit.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.picking import mask_of, read_objects
from levitor_core.engine import Engine
from levitor_core.files.photo import Framing, read_photo
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.motion.geometry import disparity_from_depth
from levitor_core.motion.rendering import render
from levitor_core.renderers import with_settings
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.structures import CameraKey, CameraMove, Image, Mask, PointPrompt, Project, SceneObject, Waypoint

ROOT = Path(__file__).resolve().parent.parent
JOBS = json.loads(Path(__file__).with_suffix(".json").read_text())
GAP = 0.012  # of the depth, as the stage has it
TOWARDS = 1.6  # how much larger the end of job a is than the photo
PUSH = 0.3
SHOWN, COLUMNS, CELL = 8, 4, 340


def main() -> None:
    """Make the named strips, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "three-jobs")
    parser.add_argument("--frames", type=int, default=16)
    arguments = parser.parse_args()
    arguments.to.mkdir(parents=True, exist_ok=True)
    engine = Engine(device="cpu")
    for job in JOBS:
        if not arguments.names or job["name"] in arguments.names:
            begun = time.perf_counter()
            project = with_settings(project_of(job, engine), num_frames=arguments.frames, height=None)
            (clip,) = PreviewRenderer().render(project, Monitor())
            write(strip([np.asarray(frame) for frame in clip.frames]), arguments.to / f"{job['name']}.jpg")
            sys.stdout.write(f"{job['name']}: {time.perf_counter() - begun:.1f} s\n")


def project_of(job: dict[str, Any], engine: Engine) -> Project:
    """The photo, its two things picked, and what the job makes of them."""
    project = engine.new_project(read_photo(_packaged(job["photo"])))
    to_working = _to_working(project)
    objects = tuple(_picked(engine, project, pick, to_working) for pick in job["picks"])
    project = replace(project, objects=objects)
    return _orbiting(project, job, to_working) if "center" in job else _passing(project, job, to_working)


def _packaged(photo: str) -> Path:
    package, rest = photo.split("/", 1)
    spec = find_spec(package)
    assert spec and spec.submodule_search_locations, f"{package} is not installed"
    return Path(spec.submodule_search_locations[0]) / rest


def _to_working(project: Project) -> Any:
    framing = Framing.of_project(project)
    (x0, y0, x1, y1), (height, width) = framing.box, framing.size_hw
    return lambda x, y: ((x - x0) * width / (x1 - x0), (y - y0) * height / (y1 - y0))


def _picked(engine: Engine, project: Project, pick: dict[str, Any], to_working: Any) -> SceneObject:
    if "outline" in pick:
        return SceneObject(pick["name"], _outlined(project, pick["outline"]))
    clicks = [PointPrompt(*to_working(*place)) for place in pick.get("clicks", ())]
    corners = pick.get("box")
    box = (*to_working(*corners[:2]), *to_working(*corners[2:])) if corners else None
    return SceneObject(pick["name"], engine.segment(project, clicks, box).masks[0])


def _outlined(project: Project, outline: str | list[list[float]]) -> Mask:
    """What a person drew by hand: of that name in `picking_objects.json`, or here."""
    by_name = {item["name"]: item for item in read_objects()}
    item = by_name[outline] if isinstance(outline, str) else {"polygons": [{"adds": True, "points": outline}]}
    framing = Framing.of_project(project)
    return framing.mask(mask_of(item, framing.source_hw, framing.source_hw))


def _depths(project: Project) -> list[float]:
    """How deep each picked thing stands, by its foot."""
    still = render(animate(project, 1))
    levels = [np.median(still.disparity[0][still.labels[0] == i + 1]) for i in range(len(project.objects))]
    return [1 / (max(float(level), 1.0) + project.softness) for level in levels]


def _passing(project: Project, job: dict[str, Any], to_working: Any) -> Project:
    depths, (first, second) = _depths(project), project.objects
    towards = TOWARDS if job["job"] == "a" else 1.0
    first = _moved(project, first, job["path"], depths, towards, to_working)
    if "other_path" in job:
        second = _moved(project, second, job["other_path"], depths[::-1], 1.0, to_working)
    return replace(project, objects=(first, second))


def _moved(
    project: Project, item: SceneObject, path: list[Any], depths: list[float], towards: float, to_working: Any
) -> SceneObject:
    (own, other), start = depths, _middle(item)
    waypoints = [Waypoint(start[0], start[1])]
    for x, y, how in path:
        behind, before = max(own, other * (1 + GAP)), min(own / towards, other * (1 - GAP))
        z = {"behind": behind, "front": before, "same": own}[how]
        at_x, at_y = to_working(x, y)
        waypoints.append(Waypoint(at_x, at_y, None if how == "same" else _nearness(z, project.softness)))
    return replace(item, waypoints=tuple(waypoints))


def _orbiting(project: Project, job: dict[str, Any], to_working: Any) -> Project:
    (own, centre), (moon, planet) = _depths(project), project.objects
    start, softness = _middle(moon), project.softness
    at, nearness = to_working(*job["center"]), _nearness(centre, softness)
    swing = min(0.18, max(0.05, min(nearness, 1 - nearness)))
    depths = {"startNearness": _nearness(own, softness), "centerNearness": nearness, "softness": softness}
    width = project.scene.size_hw[1]
    tilt = _by_node("tiltWithin", at, start, max(min(at[0], width - at[0]), 0.2 * width))
    settings = {"swing": swing, "tilt": tilt, "turns": 1, "clockwise": True, "growth": 1.5, "closed": True}
    path = _by_node("orbit", {"center": at, "start": start} | depths | settings)
    waypoints = [
        Waypoint(p["x"], p["y"], None if p["nearness"] == "same" else p["nearness"], size=p["size"]) for p in path
    ]
    camera = CameraMove((CameraKey(0.0), CameraKey(1.0, push=PUSH)))
    return replace(project, objects=(replace(moon, waypoints=tuple(waypoints)), planet), camera=camera)


def _by_node(name: str, *values: Any) -> Any:
    (module,) = (ROOT / "ui" / "stage" / "js").rglob("paths.js")
    script = f"import {{ {name} }} from '{module}'; console.log(JSON.stringify({name}(...{json.dumps(values)})));"
    command = ["node", "--input-type=module", "-e", script]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _nearness(z: float, softness: float) -> float:
    return float(disparity_from_depth(np.array(z), softness)) / 255


def _middle(item: SceneObject) -> tuple[float, float]:
    """The pixel of the mask nearest to its middle, where the stage takes hold of it."""
    rows, columns = np.nonzero(item.mask)
    nearest = np.hypot(rows - rows.mean(), columns - columns.mean()).argmin()
    return float(columns[nearest]), float(rows[nearest])


def strip(frames: list[Image]) -> Image:
    """Some frames, first and last among them, in rows."""
    at = np.linspace(0, len(frames) - 1, SHOWN).round().astype(int)
    factor = CELL / max(frames[0].shape[:2])
    cells = [cv2.resize(frames[i], None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) for i in at]
    return np.vstack([np.hstack(cells[row : row + COLUMNS]) for row in range(0, SHOWN, COLUMNS)])


def write(image: Image, path: Path) -> None:
    """As a JPEG of some 100 kB."""
    cv2.imwrite(str(path), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()
