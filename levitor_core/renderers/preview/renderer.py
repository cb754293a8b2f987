"""The Preview renderer: the photo as a layered 3D scene, in colour, on the CPU, without weights.

Project -> Animation -> `painting.ScenePainter` -> frames. What draws is imported when the first frame is asked for.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np

from levitor_core.monitor import Monitor, Stage
from levitor_core.motion.animation import animate
from levitor_core.renderers.preview.entry import ENTRY, PreviewSettings
from levitor_core.renderers.preview.framing import canvas_size, crop_window, enlargement_notes
from levitor_core.renderers.preview.moments import Moments, moments_needed, moments_shown
from levitor_core.structures import Animation, Clip, Image, Project, SceneObject, SizeHW, Waypoint

DRAWN_AT_ONCE = 2  # each takes its memory


class PreviewRenderer:
    """Draws a project's own pixels with the engine's geometry; needs nothing, keeps nothing."""

    entry = ENTRY

    def unavailable_reason(self) -> str | None:
        """None: it runs everywhere."""
        return None

    def render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        """One clip, whatever the number of variants: Preview has no chance in it. Frames are drawn as they are read.

        Raises InputError for a project that cannot be animated, and Cancelled here or while frames are read.
        """
        settings: PreviewSettings = self.entry.settings_of(project)
        photo_hw = project.photo.shape[0], project.photo.shape[1]
        size_hw, notes = canvas_size(photo_hw, project.scene.size_hw, settings)
        if settings.num_variants > 1:
            notes = (*notes, "Preview makes one video: its variants would all be the same.")
        monitor.report("Preparing", 0, 1)
        project = with_still_things_lifted(project)
        animation = animate(project, moments_needed(settings))
        notes = (*notes, *enlargement_notes(animation, photo_hw, size_hw))
        shown = moments_shown(animation, settings)
        window = crop_window(animation, size_hw, settings.crop)
        frames = (frame[window] for frame in _exposures(project, animation, size_hw, shown, monitor))
        shown_hw = window[0].stop - window[0].start, window[1].stop - window[1].start
        return (Clip(frames, settings.num_frames, settings.fps, shown_hw, settings.seed, self.entry.name, notes),)

    def load(self) -> None:
        """There are none."""

    def free(self) -> None:
        """Nothing is held between videos."""


def with_still_things_lifted(project: Project) -> Project:
    """Under a camera that pushes in, what is picked and stands still is cut out like what moves, and stays whole."""
    if not any(key.push for key in project.camera.keys):
        return project
    measured = not project.scene.depth_is_stand_in
    standing = (item if item.moves else _standing(item, measured) for item in project.objects)
    return replace(project, objects=tuple(standing))


def _standing(item: SceneObject, measured: bool) -> SceneObject:
    """The object on a path that goes nowhere, as deep as it was measured to be; a hidden one stays away."""
    if item.hidden or not item.mask.any():
        return item
    rows, columns = np.nonzero(item.mask)
    middle = Waypoint(float(columns.mean()), float(rows.mean()))
    return replace(item, waypoints=(middle, middle), on_ground=False, relief=1.0 if measured else item.relief)


def draw(
    project: Project, animation: Animation, size_hw: SizeHW, frames: Sequence[int], monitor: Monitor | None = None
) -> Iterator[Image]:
    """Some frames of the animation, each drawn when it is asked for."""
    return _exposures(project, animation, size_hw, [(frame,) for frame in frames], monitor or Monitor())


def _exposures(
    project: Project, animation: Animation, size_hw: SizeHW, shown: Sequence[Moments], monitor: Monitor
) -> Iterator[Image]:
    """Frames that are the mean of several of the animation's, each drawn when it is asked for."""
    from levitor_core.renderers.preview.painting import ScenePainter

    painter = ScenePainter(project, animation, size_hw, monitor)

    def expose(moments: Moments) -> Image:
        drawn = [painter.draw(moment) for moment in moments]
        return drawn[0] if len(drawn) == 1 else np.rint(np.mean(drawn, axis=0, dtype=np.float32)).astype(np.uint8)

    with closing(_ahead(expose, shown)) as frames:
        for number in range(len(shown)):
            monitor.report("Drawing frames", number, len(shown), Stage.RENDER)
            yield next(frames)
    monitor.report("Drawing frames", len(shown), len(shown), Stage.DONE)


def _ahead(expose: Callable[[Moments], Image], shown: Sequence[Moments]) -> Generator[Image]:
    """The frames in order. Some are drawn, in threads, while whoever reads is busy with one: NumPy and OpenCV let go of
    the interpreter."""
    with ThreadPoolExecutor(DRAWN_AT_ONCE) as threads:
        waiting = deque[Future[Image]]()
        try:
            for moments in shown:
                waiting.append(threads.submit(expose, moments))
                if len(waiting) > DRAWN_AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for frame in waiting:
                frame.cancel()
