"""Projects -> clips: one folder a renderer, found by looking; adding a video model adds a folder and nothing else.

A folder's `entry` module declares `ENTRIES`, light to import: what the renderer is called, which settings it reads with
their widgets and defaults, how long a clip it makes, how much work one is, and how to make the renderer itself.
"""

import functools
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from levitor_core.anchoring.windows import AtOnce, Window
from levitor_core.document import MAX_FRAMES, MAX_VARIANTS, Document, GenerationSettings, RendererSettings
from levitor_core.errors import InputError
from levitor_core.fields import Setting, misfit, read_part, settings_of
from levitor_core.monitor import Monitor
from levitor_core.structures import Clip, Project, SizeHW

if TYPE_CHECKING:
    from levitor_core.checkpoints import Checkpoints

Edited = TypeVar("Edited", bound=Document)


class Renderer(Protocol):
    """Turns a project into video by the settings that its entry declares."""

    @property
    def entry(self) -> "RendererEntry":
        """What it declares of itself."""
        ...

    def unavailable_reason(self) -> str | None:
        """Why it cannot run here, as one sentence that says what to do; None when it can."""
        ...

    def render(self, project: Project, monitor: Monitor) -> tuple[Clip, ...]:
        """The clips asked for, one a variant. Raises LevitorError, and Cancelled between any two steps."""
        ...

    def load(self) -> None:
        """Bring its networks, if it has any, to their device now and not at the first video. Raises LevitorError."""
        ...

    def free(self) -> None:
        """Give back what it holds in memory; the next render loads it again."""
        ...


@dataclass(frozen=True)
class Terms:
    """On what terms weights may be used; `free_commercially`: by everyone in paid work."""

    licence: str
    free_commercially: bool


@dataclass(frozen=True)
class RendererEntry:
    """A renderer as everything else knows it.

    `name` is what the document calls it, `title` what people do. `rank` orders them for "auto", which takes the first
    that can run and has `automatic`; `steered` ones read control points, as their settings' `told`
    (`control.steering.Told`) says. `work` says how much a clip with these settings costs at that working size; only
    ratios count. What is longer than `at_once` is made in windows. `make` is handed the checkpoints and the device's
    name. `weights` names those it reads of the checkpoints' table, `terms` are those of any others; without either it
    is no AI model. `gpu_seconds` says for how long a lent GPU is asked for, for that many frames in all windows.
    """

    name: str
    title: str
    rank: int
    settings: type[RendererSettings]
    work: Callable[[Any, SizeHW], float]
    make: "Callable[[Checkpoints, str], Renderer]"
    max_frames: int = MAX_FRAMES
    max_variants: int = MAX_VARIANTS
    automatic: bool = True
    steered: bool = False
    at_once: AtOnce = AtOnce(MAX_FRAMES)
    weights: tuple[str, ...] = ()
    terms: Terms | None = None
    gpu_seconds: Callable[[Any, SizeHW, int], int] | None = None

    def settings_of(self, document: Document) -> Any:
        """The settings that the renderer reads, common ones and its own, as an instance of `settings`."""
        common = {name: getattr(document.settings, name) for name in _COMMON}
        given = {name: value for name, value in common.items() if value is not None}
        return read_part(self.settings, {**document.renderers.get(self.name, {}), **given})

    def work_of(self, project: Project) -> float:
        """How much work the project's videos are, within what the renderer makes."""
        made = self._made(project)
        frames = made.num_frames
        return self.work(made, project.scene.size_hw) * self._frames_in_windows(made) / frames

    def gpu_seconds_of(self, project: Project) -> int | None:
        """For how long a lent GPU is asked for, for the project's videos; None where none is."""
        made = self._made(project)
        frames = self._frames_in_windows(made)
        return self.gpu_seconds and self.gpu_seconds(made, project.scene.size_hw, frames)

    def _made(self, project: Project) -> Any:
        """The project's settings within what the renderer makes."""
        settings = self.settings_of(project)
        return replace(settings, num_frames=self.frames_made(settings), num_variants=self.num_videos(project))

    def _frames_in_windows(self, settings: RendererSettings) -> int:
        """How many frames are made in all, those that two windows share twice."""
        return self.frames_made(settings) + sum(window.given for window in self.windows(settings))

    def frames_made(self, settings: RendererSettings) -> int:
        """How many frames it makes of those asked for; fewer are spread over the same time."""
        return min(settings.num_frames, self.max_frames)

    def windows(self, settings: RendererSettings) -> tuple[Window, ...]:
        """What is made at once of those frames, one after the other."""
        return self.at_once.windows(self.frames_made(settings))

    def notes_on(self, settings: RendererSettings) -> tuple[str, ...]:
        """What a person should know of how that number of frames is made."""
        first, *others = self.windows(settings)
        if not others:
            return ()
        parts, given = f"{1 + len(others)} parts of {first.num_frames} frames", max(item.given for item in others)
        return (f"Made in {parts}, each going on from the last {given} frames before it.",)

    def num_videos(self, project: Project) -> int:
        """How many videos it makes of the project."""
        return min(project.settings.num_variants, self.max_variants)

    @property
    def own_settings(self) -> tuple[Setting, ...]:
        """The settings that it declares beside the common ones and that people see."""
        return tuple(setting for setting in settings_of(self.settings) if setting.name in self.own_names)

    @property
    def own_names(self) -> frozenset[str]:
        """The names of the settings that it declares beside the common ones."""
        return frozenset(item.name for item in fields(self.settings)) - _COMMON - {"extra"}


@functools.cache
def entries() -> tuple[RendererEntry, ...]:
    """Every renderer that has a folder here, the best first."""
    folders = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    found = [entry for folder in folders for entry in import_module(f"{__name__}.{folder}.entry").ENTRIES]
    return tuple(sorted(found, key=lambda entry: entry.rank))


def check_settings(document: Document) -> None:
    """Raise InputError, naming the place, unless the renderer is one of those here and every known one's own settings
    fit; what others read is kept."""
    names = ("auto", *(entry.name for entry in entries()))
    if document.settings.renderer not in names:
        raise misfit("settings.renderer", " or ".join(names))
    for entry in entries():
        if entry.name in document.renderers:
            read_part(entry.settings, document.renderers[entry.name])


@functools.cache
def all_settings() -> Mapping[str, Setting]:
    """Every setting by its name, common ones first; a shared one as the best renderer declares it."""
    own = (setting for entry in entries() for setting in entry.own_settings)
    found: dict[str, Setting] = {}
    for setting in (*settings_of(GenerationSettings), *own):
        found.setdefault(setting.name, setting)
    return found


def with_settings(document: Edited, **changes: Any) -> Edited:
    """The document, or project, with other settings; a renderer's own setting is changed for every renderer that has
    one of that name. Raises InputError for a value out of range or a name that nobody reads."""
    common = {item.name for item in fields(GenerationSettings)} - {"extra"}
    settings = replace(document.settings, **{name: value for name, value in changes.items() if name in common})
    own = {name: value for name, value in changes.items() if name not in common}
    unread = own.keys() - frozenset().union(*(entry.own_names for entry in entries()))
    if unread:
        raise InputError(f"No renderer here reads {', '.join(sorted(unread))}; leave it out.")
    renderers = dict(document.renderers) | {
        entry.name: {**document.renderers.get(entry.name, {}), **_of(entry, own)}
        for entry in entries()
        if _of(entry, own)
    }
    return replace(document, settings=settings, renderers=renderers)


def _of(entry: RendererEntry, own: Mapping[str, Any]) -> dict[str, Any]:
    mine = {name: value for name, value in own.items() if name in entry.own_names}
    checked = entry.settings(**mine)
    return {name: getattr(checked, name) for name in mine}


_COMMON = frozenset(item.name for item in fields(RendererSettings)) - {"extra"}
