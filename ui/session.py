"""PURE: one person's work in one browser tab, as a value that is never changed, only replaced.

`Session` holds the work now, the work before (undo) and the work taken back (redo). Every action returns a new
session; a bad one raises InputError and so leaves the person's session as it was. Changes to the project itself
live in `levitor_core.editing` and go through `Session.edit`. Masks and points are in working pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Concatenate, Literal, ParamSpec

import numpy as np

from levitor_core import editing as edits
from levitor_core.errors import InputError
from levitor_core.photo import Framing
from levitor_core.structures import DisparityMap, Mask, MaskCandidates, PointPrompt, PointXY, Project

MAX_HISTORY = 100
MAX_PHOTOS_KEPT = 4
MAX_PROMPTS = 64

Box = tuple[float, float, float, float]
Tool = Literal["inside", "outside", "box", "instance"]
Segment = Callable[[Project, tuple[PointPrompt, ...], Box | None], MaskCandidates]
Args = ParamSpec("Args")


@dataclass(frozen=True, eq=False)
class Pick:
    """A selection in progress: its prompts, the masks they led to, and which of those is chosen.

    `corner` is the first corner of a box whose second has not been clicked yet.
    """

    prompts: tuple[PointPrompt, ...] = ()
    box: Box | None = None
    corner: PointXY | None = None
    candidates: MaskCandidates | None = None
    chosen: int = 0

    @property
    def mask(self) -> Mask | None:
        """The chosen candidate, (h, w)."""
        return None if self.candidates is None else self.candidates.masks[self.chosen]


@dataclass(frozen=True, eq=False)
class Work:
    """What undo and redo bring back."""

    project: Project | None = None
    pick: Pick = Pick()
    selected: str | None = None
    framing: Framing | None = None  # of the photo as uploaded; None for an opened project


@dataclass(frozen=True, eq=False)
class Session:
    """One person's work with its history, oldest first in `past`, next first in `future`."""

    work: Work = Work()
    past: tuple[Work, ...] = ()
    future: tuple[Work, ...] = ()
    tool: Tool = "inside"

    @property
    def project(self) -> Project:
        """The open project; InputError before a photo is opened."""
        if self.work.project is None:
            raise InputError("Open a photo first.")
        return self.work.project

    @property
    def pick(self) -> Pick:
        """The selection in progress."""
        return self.work.pick

    @property
    def selected(self) -> str | None:
        """The name of the object being worked on."""
        return self.work.selected

    def undo(self) -> "Session":
        """The session before the last change."""
        if not self.past:
            raise InputError("There is nothing to undo.")
        return replace(self, work=self.past[-1], past=self.past[:-1], future=(self.work, *self.future))

    def redo(self) -> "Session":
        """The session before the last undo."""
        if not self.future:
            raise InputError("There is nothing to redo.")
        return replace(self, work=self.future[0], past=(*self.past, self.work), future=self.future[1:])

    @property
    def framing(self) -> Framing:
        """How maps, masks and clean plates that belong to the photo are cropped and scaled."""
        photo_hw, size_hw = self.project.photo.shape[:2], self.project.scene.size_hw
        whole = Framing(photo_hw, (0.0, 0.0, float(photo_hw[1]), float(photo_hw[0])), photo_hw, size_hw)
        return self.work.framing or whole

    def opened(self, project: Project, framing: Framing | None = None) -> "Session":
        """Another project, from a photo or a file; undo brings the old one back."""
        first = project.objects[0].name if project.objects else None
        return self._changed(Work(project, selected=first, framing=framing))

    def with_depth(self, disparity: DisparityMap, source: str) -> "Session":
        """Another depth map, (h, w) disparity 0..255 at working size, and where it comes from."""
        return self.updated(scene=replace(self.project.scene, disparity=disparity, depth_source=source))

    def updated(self, **changes: Any) -> "Session":
        """Other fields of the project as a whole: scene, clean_plate, softness, settings."""
        return self._changed(replace(self.work, project=replace(self.project, **changes)))

    def edit(
        self, change: Callable[Concatenate[Project, Args], Project], *args: Args.args, **kwargs: Args.kwargs
    ) -> "Session":
        """A change from `levitor_core.editing`; the selection in progress is kept."""
        return self._changed(replace(self.work, project=change(self.project, *args, **kwargs)))

    def use_tool(self, tool: Tool) -> "Session":
        """What the next click on the photo means; not part of the history."""
        return replace(self, tool=tool, work=replace(self.work, pick=replace(self.pick, corner=None)))

    def select(self, name: str | None) -> "Session":
        """The object to work on; not part of the history."""
        if name is not None:
            edits.find_object(self.project, name)
        return replace(self, work=replace(self.work, selected=name))

    def click(self, x: float, y: float, segment: Segment) -> "Session":
        """A click on the photo with the tool in hand; `segment` turns prompts into masks."""
        x, y = self._inside(x, y)
        if self.tool == "instance":
            return self._instance(x, y)
        if self.tool == "box":
            return self._corner(x, y, segment)
        prompts = (*self.pick.prompts, PointPrompt(x, y, inside=self.tool == "inside"))
        if len(prompts) > MAX_PROMPTS:
            raise InputError(f"A selection takes at most {MAX_PROMPTS} clicks; accept it or clear it.")
        if not any(prompt.inside for prompt in prompts) and self.pick.box is None:
            raise InputError("Click inside the object first, then outside it.")
        return self._segmented(replace(self.pick, prompts=prompts), segment)

    def box(self, box: Box, segment: Segment) -> "Session":
        """A box (x0, y0, x1, y1) drawn around the object, in any direction."""
        (x0, y0), (x1, y1) = self._inside(*box[:2]), self._inside(*box[2:])
        if abs(x1 - x0) < 2 or abs(y1 - y0) < 2:
            raise InputError("The box is too small; drag it around the whole object.")
        drawn = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        return self._segmented(replace(self.pick, box=drawn, corner=None), segment)

    def next_candidate(self) -> "Session":
        """The next of the segmenter's candidate masks, the first after the last."""
        if self.pick.candidates is None:
            raise InputError("Click on the object first.")
        chosen = (self.pick.chosen + 1) % len(self.pick.candidates.masks)
        return self._picked(replace(self.pick, chosen=chosen))

    def with_mask(self, mask: Mask) -> "Session":
        """A mask from elsewhere (painted, or an image) as the selection in progress."""
        if mask.shape != self.project.scene.size_hw:
            raise InputError("The mask does not have the photo's size.")
        if not mask.any():
            raise InputError("The mask is empty; its object must be white on black.")
        return self._picked(Pick(candidates=MaskCandidates(mask[None], np.ones(1, np.float32))))

    def clear_pick(self) -> "Session":
        """Start the selection over."""
        return self._picked(Pick())

    def accept(self, name: str | None = None) -> "Session":
        """Keep the selection as an object."""
        project = edits.add_object(self.project, self._mask(), name)
        return self._changed(replace(self.work, project=project, selected=project.objects[-1].name, pick=Pick()))

    def accept_scenery(self, name: str | None = None) -> "Session":
        """Keep the selection as scenery."""
        return self._changed(
            replace(self.work, project=edits.add_scenery(self.project, self._mask(), name), pick=Pick())
        )

    def rename(self, old: str, new: str) -> "Session":
        """Another name for an object."""
        project = edits.rename(self.project, old, new)
        index = [item.name for item in self.project.objects].index(old)
        selected = project.objects[index].name if self.selected == old else self.selected
        return self._changed(replace(self.work, project=project, selected=selected))

    def delete(self, name: str) -> "Session":
        """Forget an object; another one becomes the selected one."""
        project = edits.delete_object(self.project, name)
        last = project.objects[-1].name if project.objects else None
        selected = last if self.selected == name else self.selected
        return self._changed(replace(self.work, project=project, selected=selected))

    def _changed(self, work: Work) -> "Session":
        return replace(self, work=work, past=_bounded((*self.past, self.work)), future=())

    def _picked(self, pick: Pick) -> "Session":
        return self._changed(replace(self.work, pick=pick))

    def _mask(self) -> Mask:
        mask = self.pick.mask
        if mask is None:
            raise InputError("Select something first: click on it in the photo.")
        return mask

    def _inside(self, x: float, y: float) -> PointXY:
        height, width = self.project.scene.size_hw
        if not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5):
            raise InputError("That click is outside the photo; click on the photo itself.")
        return float(min(max(x, 0), width - 1)), float(min(max(y, 0), height - 1))

    def _instance(self, x: float, y: float) -> "Session":
        partition = self.project.scene.partition
        label = partition[round(y), round(x)]
        if label == 0:
            raise InputError("No automatic mask lies there; find them first, or click with another tool.")
        return self.with_mask(partition == label)

    def _corner(self, x: float, y: float, segment: Segment) -> "Session":
        if self.pick.corner is None:
            return self._picked(replace(self.pick, corner=(x, y)))
        return self.box((*self.pick.corner, x, y), segment)

    def _segmented(self, pick: Pick, segment: Segment) -> "Session":
        candidates = segment(self.project, pick.prompts, pick.box)
        return self._picked(replace(pick, candidates=candidates, chosen=0))


def _bounded(past: tuple[Work, ...]) -> tuple[Work, ...]:
    """The newest works, so few that neither their number nor the photos they hold can grow without end."""
    kept: list[Work] = []
    photos: set[int] = set()
    for work in reversed(past[-MAX_HISTORY:]):
        photos |= set() if work.project is None else {id(work.project.photo)}
        if len(photos) > MAX_PHOTOS_KEPT:
            break
        kept.append(work)
    return tuple(reversed(kept))
