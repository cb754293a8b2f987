"""The Preview renderer: the photo as a layered 3D scene, in colour, on the CPU, without weights.

Project -> Animation -> `painting.ScenePainter` -> frames. What draws is imported when the first frame is asked for.
"""

from collections.abc import Iterator, Sequence

from levitor_core.monitor import Monitor, Stage
from levitor_core.motion.animation import animate
from levitor_core.renderers.preview.entry import ENTRY, MAX_SIDE, PreviewSettings
from levitor_core.structures import Animation, Clip, Image, Project, SizeHW


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
        size_hw, notes = output_size(project.scene.size_hw, settings.height)
        if settings.num_variants > 1:
            notes = (*notes, "Preview makes one video: its variants would all be the same.")
        monitor.report("Preparing", 0, 1)
        animation = animate(project, settings.num_frames)
        frames = draw(project, animation, size_hw, range(settings.num_frames), monitor)
        return (Clip(frames, settings.num_frames, settings.fps, size_hw, settings.seed, self.entry.name, notes),)

    def free(self) -> None:
        """Nothing is held between videos."""


def output_size(working_hw: SizeHW, wanted: int | None) -> tuple[SizeHW, tuple[str, ...]]:
    """The clip's size (h, w) and what is to be said about it: the `wanted` height, within 1920 pixels a side."""
    height, width = working_hw
    if wanted is None:
        return (height, width), ()
    factor = min(wanted / height, MAX_SIDE / width)
    size_hw = max(1, round(height * factor)), max(1, round(width * factor))
    if size_hw[0] == wanted:
        return size_hw, ()
    return size_hw, (f"The video is {size_hw[0]} pixels high, as its width would otherwise pass {MAX_SIDE}.",)


def draw(
    project: Project, animation: Animation, size_hw: SizeHW, frames: Sequence[int], monitor: Monitor | None = None
) -> Iterator[Image]:
    """Some frames of the animation, each drawn when it is asked for."""
    from levitor_core.renderers.preview.painting import ScenePainter

    monitor = monitor or Monitor()
    painter = ScenePainter(project, animation, size_hw, monitor)
    for number, frame in enumerate(frames):
        monitor.report("Drawing frames", number, len(frames), Stage.RENDER)
        yield painter.draw(frame)
    monitor.report("Drawing frames", len(frames), len(frames), Stage.DONE)
