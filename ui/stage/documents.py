"""What the browser sends -> Project. PURE. Everything from the browser is hostile: it is read field by field."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import count
from typing import Annotated, Any

from levitor_core.depth.ground_plane import Lie
from levitor_core.document import (
    MAX_OBJECTS,
    MAX_SCENERY,
    MAX_STROKES,
    DepthStroke,
    Document,
    Flag,
    Mask,
    Name,
    Pixels,
    PointXY,
    Scenery,
)
from levitor_core.errors import InputError
from levitor_core.fields import AtMost, Part, Text, array_part, misfit, part, read_part
from levitor_core.files.image_files import image_hw
from levitor_core.files.photo import read_mask
from levitor_core.files.project_layout import split_settings, with_former_look
from levitor_core.renderers import check_settings
from levitor_core.segmentation.mask_edits import MaskEdit
from levitor_core.structures import BoxXYXY, PointPrompt, Project, SizeHW
from ui.stage.payload import Picked

MAX_CLICKS = 64
MAX_MASK_CHARS = 3_000_000
MASK_PREFIX = "data:image/png;base64,"

# What stands beside the document on its way, and in a project file; what pages before this one kept there, too.
_BESIDE = frozenset(
    {
        *("scene_id", "document_id", "size_hw", "masks", "softness"),
        *("format", "version", "photo_box", "app_version", "num_frames", "fps", "camera_easing", "revision"),
    }
)

_Click = tuple[Pixels, Pixels, Flag]


@part
class _SegmentRequest(Part):
    points: Annotated[tuple[_Click, ...], AtMost(MAX_CLICKS)]
    box: tuple[Pixels, Pixels, Pixels, Pixels] | None = None


@part
class _GroundRequest(Part):
    lie: Lie
    horizon: float | None = None


@part
class _TraceRequest(Part):
    start: tuple[Pixels, Pixels]
    end: tuple[Pixels, Pixels]

    @property
    def ends(self) -> tuple[PointXY, PointXY]:
        return self.start, self.end


@part
class _PickedObject(Part):
    name: Name
    mask: Annotated[str, Text(80)]
    lifted: Flag


@array_part
class _EditedScenery(Scenery):
    name: Name = field(default="scenery", kw_only=True)  # not told, as nothing depends on it


@array_part
class _Standing(Part):
    objects: Annotated[tuple[_PickedObject, ...], AtMost(MAX_OBJECTS)]
    scenery: Annotated[tuple[_EditedScenery, ...], AtMost(MAX_SCENERY)] = ()
    depth_strokes: Annotated[tuple[DepthStroke, ...], AtMost(MAX_STROKES)] = ()


def apply_document(project: Project, document: Any) -> Project:
    """The project with the objects, scenery, camera and generation settings of a document from the browser.

    The photo, its depth and the depth's softness are the project's. Raises InputError, in one sentence, for anything
    that is not such a document, and leaves the project as it was.
    """
    if not isinstance(document, dict):
        raise misfit("the document", "a group of fields")
    for name in ("objects", "scenery", "camera"):
        if name not in document:
            raise misfit(name, "given")
    own = {name: value for name, value in document.items() if name not in _BESIDE}
    if isinstance(own.get("settings"), dict):  # a browser may have kept those of an older version
        own |= split_settings(own["settings"], own.get("renderers", {}))
    own |= with_former_look(own)
    masks = _Masks(document.get("masks"), project.scene.size_hw)
    read = read_part(Document, own, masks=masks)
    check_settings(read)
    return replace(
        project, **{item.name: getattr(read, item.name) for item in fields(Document) if item.name != "softness"}
    )


def read_prompts(request: Any) -> tuple[tuple[PointPrompt, ...], BoxXYXY | None]:
    """Clicks [[x, y, inside], ...] and a box [x0, y0, x1, y1] or null of a segment request."""
    read = read_part(_SegmentRequest, request)
    return tuple(PointPrompt(*click) for click in read.points), read.box


def read_ground(request: Any) -> tuple[Lie, float | None]:
    """What a ground request takes the photo for, and its horizon."""
    asked = read_part(_GroundRequest, {name: request.get(name) for name in ("lie", "horizon")})
    return asked.lie, asked.horizon


def read_outline(request: Any, size_hw: SizeHW) -> Mask | None:
    """The mask that a request starts from; None for none."""
    return None if request.get("mask") is None else _mask(request["mask"], size_hw)


def read_edit(request: Any) -> MaskEdit:
    """The tool of an outline request, and how it is used."""
    return read_part(MaskEdit, request.get("edit"))


def read_ends(request: Any) -> tuple[PointXY, PointXY]:
    """Both ends of a trace request."""
    return read_part(_TraceRequest, {name: request.get(name) for name in ("start", "end")}).ends


def read_standing(
    request: Any, size_hw: SizeHW
) -> tuple[tuple[Picked, ...], tuple[Scenery, ...], tuple[DepthStroke, ...]]:
    """The objects, the scenery and the strokes over the depth of a prepare request."""
    masks = _Masks(request.get("masks"), size_hw)
    read = read_part(_Standing, request, masks=masks)
    picked = (Picked(item.name, item.mask, masks.of(item.name, item.mask), item.lifted) for item in read.objects)
    free = (name for number in count(1) if (name := f"scenery {number}") not in {item.name for item in read.objects})
    return tuple(picked), tuple(replace(item, name=next(free)) for item in read.scenery), read.depth_strokes


@dataclass(frozen=True)
class _Masks(Mapping[str, Mask]):
    """The masks of a message, PNG data URLs by their ids, each read when it is asked for."""

    urls: Any
    size_hw: SizeHW

    def __post_init__(self) -> None:
        if not isinstance(self.urls, dict) or len(self.urls) > MAX_OBJECTS + MAX_SCENERY:
            raise misfit("masks", f"a group of at most {MAX_OBJECTS + MAX_SCENERY} pictures")

    def __getitem__(self, name: str) -> Mask:
        return _mask(self.urls[name], self.size_hw)

    def __contains__(self, name: object) -> bool:
        return name in self.urls

    def __iter__(self) -> Iterator[str]:
        return iter(self.urls)

    def __len__(self) -> int:
        return len(self.urls)

    def of(self, owner: str, name: str) -> Mask:
        """The mask of that id; InputError, naming its owner, where it is missing."""
        if name not in self.urls:
            raise InputError(f"The mask of {owner} is missing; reload the page and pick it again.")
        return self[name]


def _mask(url: Any, size_hw: SizeHW) -> Mask:
    if not isinstance(url, str) or not url.startswith(MASK_PREFIX) or len(url) > MAX_MASK_CHARS:
        raise misfit("every mask", "a PNG picture")
    try:
        data = base64.b64decode(url.removeprefix(MASK_PREFIX), validate=True)
    except binascii.Error as error:
        raise misfit("every mask", "a PNG picture") from error
    wanted = misfit("every mask", f"{size_hw[1]}x{size_hw[0]} pixels")
    if image_hw(data, "mask") != size_hw:
        raise wanted
    mask = read_mask(data)
    if mask.shape != size_hw:  # turned by EXIF
        raise wanted
    return mask
