"""What a host's own check is shown: every photo that is worked on, every frame that is made; what it raises refuses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from levitor_core.structures import Clip, Image, Project

Check = Callable[[Image], None]


@dataclass(frozen=True)
class Inspection:
    """One check, or none."""

    check: Check | None = None

    def look_at(self, *images: np.ndarray | None) -> None:
        """Show those images, of any sizes, that are there. Raises as the check does."""
        for image in images:
            if self.check is not None and image is not None:
                self.check(image)

    def look_at_photos(self, project: Project) -> None:
        """Show what the project's videos are made of."""
        self.look_at(project.photo, project.clean_plate)

    def passing(self, frames: Iterable[Image]) -> Iterator[Image]:
        """The same frames, each shown first."""
        for frame in frames:
            self.look_at(frame)
            yield frame

    def of_clips(self, clips: tuple[Clip, ...]) -> tuple[Clip, ...]:
        """The same clips; their frames are shown as they are read."""
        return tuple(replace(clip, frames=self.passing(clip.frames)) for clip in clips) if self.check else clips
