"""The example projects: they open, are what their table says, and show what they promise."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from levitor_core import editing
from levitor_core.control import control_points, control_signal
from levitor_core.files.project_file import open_project
from levitor_core.monitor import Monitor
from levitor_core.motion.animation import animate
from levitor_core.motion.rendering import render
from levitor_core.renderers import with_settings
from levitor_core.renderers.levitor.entry import LEVITOR_ENTRY
from levitor_core.renderers.preview import PreviewRenderer
from levitor_core.structures import Project, RenderedMasks

FOLDER = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.levitor"))
MAX_BYTES = 2_000_000
FRAMES = 13  # enough to meet every hiding


@cache
def opened(name: str) -> Project:
    return open_project(FOLDER / f"{name}.levitor")


@cache
def rendered(name: str) -> RenderedMasks:
    return render(animate(opened(name), FRAMES))


@cache
def table() -> dict[str, dict[str, str]]:
    lines = [line for line in (FOLDER / "README.md").read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[2:]}


def shown(name: str, object_name: str) -> np.ndarray:
    """Pixels of the object in every frame."""
    label = [item.name for item in opened(name).objects].index(object_name) + 1
    return (rendered(name).labels == label).sum((1, 2))


def unhidden(name: str, object_name: str) -> np.ndarray:
    """The same with the still scene infinitely far and no other object moving."""
    project = opened(name)
    item = editing.find_object(project, object_name)
    scene = replace(
        project.scene, disparity=np.where(item.mask, project.scene.disparity, 0), partition=0 * project.scene.partition
    )
    alone = replace(project, objects=(replace(item, order_overrides=()),), scene=scene)
    return (render(animate(alone, FRAMES)).labels == 1).sum((1, 2))


def test_table_and_files_are_the_same() -> None:
    assert len(NAMES) >= 7
    assert sorted(table()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_project_is_what_its_row_says(name: str) -> None:
    project, row = opened(name), table()[name]
    height, width = project.scene.size_hw
    assert all(row.values())
    assert (FOLDER / f"{name}.levitor").stat().st_size < MAX_BYTES
    assert ("portrait" in row["picture"] + row["shows"]) == (height > width)
    assert ("clean plate" in row["shows"]) == (project.clean_plate is not None)
    assert ("camera" in row["shows"].replace("towards the camera", "")) == bool(project.camera.keys)
    assert row["depth"].split(",")[0].split(":")[0] == project.scene.depth_source.split(" (")[0]


@pytest.mark.parametrize("name", NAMES)
def test_project_has_still_instances_and_a_clip_that_every_renderer_can_make(name: str) -> None:
    project = opened(name)
    assert len(np.unique(project.scene.partition)) > 2
    assert 16 <= project.settings.num_frames <= 25
    assert 8 <= project.settings.fps <= 24
    assert any(item.moves for item in project.objects) or project.camera.keys


@pytest.mark.parametrize("name", NAMES)
def test_every_visible_object_has_control_points(name: str) -> None:
    project = opened(name)
    both = render(animate(project, 2))
    last = RenderedMasks(both.labels[1:], both.disparity[1:], both.num_objects)
    points = control_points.sample(
        last, LEVITOR_ENTRY.settings_of(project).rigidity, [item.name for item in project.objects]
    )
    visible = {*np.unique(last.labels)} - {0}
    assert visible == {*points.rows[:, 3]}
    assert {*range(1, len(project.objects) + 1)} <= visible or name == "lift-off"
    assert control_signal.splat(points).values.any(axis=(2, 3)).all()


@pytest.mark.parametrize("name", NAMES)
def test_preview_draws_it(name: str) -> None:
    project = opened(name)
    small = with_settings(project, num_frames=4, height=96)
    (clip,) = PreviewRenderer().render(small, Monitor())
    frames = np.stack([np.asarray(frame) for frame in clip.frames])
    assert frames.shape == (4, *clip.size_hw, 3)
    assert frames.dtype == np.uint8
    assert np.abs(frames[-1].astype(int) - frames[0]).mean() > 1


def test_balloon_is_hidden_by_the_tower_and_later_hides_it() -> None:
    share = shown("balloon-and-tower", "balloon") / unhidden("balloon-and-tower", "balloon")
    hidden = int(share.argmin())
    assert share[hidden] == 0
    assert share[-1] > 0.99
    project = opened("balloon-and-tower")
    tower = project.scene.partition == project.scene.partition[260, 158]
    covered = (rendered("balloon-and-tower").labels == 1) & tower
    assert covered[: hidden + 1].sum() == 0
    assert covered[-1].sum() > 0.25 * tower.sum()
    assert shown("balloon-and-tower", "balloon")[-1] > 4 * shown("balloon-and-tower", "balloon")[0]


def test_red_car_hides_the_blue_one_and_both_come_out_whole() -> None:
    red, blue = (
        shown("two-cars-crossing", name) / unhidden("two-cars-crossing", name) for name in ("red car", "blue car")
    )
    assert blue.min() < 0.5
    assert red.min() > 0.95
    assert min(blue[0], blue[-1]) > 0.95
    labels = rendered("two-cars-crossing").labels
    red_x, blue_x = ([np.nonzero(frame == label)[1].mean() for frame in labels] for label in (1, 2))
    assert red_x[0] < blue_x[0] and red_x[-1] > blue_x[-1]


def test_moon_passes_before_the_planet_and_behind_it_while_the_camera_pushes_in() -> None:
    share = shown("orbiting-moon", "moon") / unhidden("orbiting-moon", "moon")
    assert share.min() == 0
    assert share[: int(share.argmin()) // 2].min() > 0.95
    planet = shown("orbiting-moon", "planet")
    assert planet[-1] > 1.3 * planet[0]


def test_garage_balloon_passes_behind_and_in_front_of_the_measured_motorcycle() -> None:
    share = shown("garage-balloon", "balloon") / unhidden("garage-balloon", "balloon")
    assert share.min() < 0.2
    assert share[-1] > 0.99
    motorcycle = opened("garage-balloon").scene.partition == 2
    over = ((rendered("garage-balloon").labels == 1) & motorcycle).sum((1, 2))
    assert over[int(share.argmin())] < 0.02 * motorcycle.sum() < over[-1]
