"""Project files (NAME.levitor): a zip of project.json and PNGs. SIDE EFFECT: save and open.

Project -> to_bytes -> save -> open_project -> Project, the same again, fields of newer writers included. `change` is
open, edit and save at once, for a file that others change too.
An opened file is hostile: nothing is extracted or executed, sizes are checked before anything is unpacked, and every
problem is an InputError of one sentence.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Any, Literal

from levitor_core.document import Document, SceneObject, Scenery
from levitor_core.errors import InputError
from levitor_core.fields import Between, Part, Text, misfit, part, read_part, write_part
from levitor_core.files.image_files import Source, read_bytes
from levitor_core.files.project_layout import as_document, as_file
from levitor_core.files.project_pictures import (
    check_arrays,
    member,
    pictures_of,
    read_mask,
    read_photo_and_plate,
    read_scene,
)
from levitor_core.files.safe_zip import pack, unpack
from levitor_core.json_values import parse
from levitor_core.renderers import check_settings
from levitor_core.structures import Mask, OpenedFile, PhotoBox, Project, SizeHW
from levitor_core.version import VERSION
from levitor_core.whole_files import check_free, check_place, is_same_file, replacing

FORMAT, FORMAT_VERSION = "levitor-project", 1
MAX_FILE_BYTES = 128 * 2**20
MAX_JSON_BYTES = 8 * 2**20
MAX_WORKING_SIDE = 1024

_Side = Annotated[int, Between(16, MAX_WORKING_SIDE, step=8)]


@part
class _Source(Part):
    """What read the photo; None: a file of a version that told stand-ins by their name."""

    source: Annotated[str, Text(200)]
    stand_in: bool | None = None

    @property
    def is_stand_in(self) -> bool:
        return "stand-in" in self.source if self.stand_in is None else self.stand_in


@part
class _Envelope(Part):
    """What `project.json` says beside the document."""

    format: Literal["levitor-project"]
    version: Annotated[int, Between(1, FORMAT_VERSION)]
    size_hw: tuple[_Side, _Side]
    depth: _Source
    segmentation: _Source
    photo_box: PhotoBox | None = None
    app_version: Annotated[str, Text(60)] = VERSION


class ChangedFileError(InputError):
    """The project file holds something else than when the project was opened from it."""


def save(project: Project, path: Path, *, new: bool = False) -> None:
    """Write `project` to `path`; the file there before is replaced only once the new one is whole.

    Raises ChangedFileError when that is the file the project was opened from and someone else has changed it since;
    InputError when the place cannot be written to, the project breaks a limit, or there is a file though it should be
    `new`; RendererError on a full disk.
    """
    data, path, opened = to_bytes(project), Path(path), project.opened

    def confirm() -> None:
        if new:
            check_free(path)
        if opened is not None and is_same_file(opened.path, path) and _digest(path.read_bytes()) != opened.digest:
            raise ChangedFileError(f"{str(path)!r} was changed by someone else meanwhile; open it again and repeat.")

    with replacing(path, confirm) as partial:
        partial.write_bytes(data)
    if opened is not None and is_same_file(opened.path, path):
        opened.digest = _digest(data)


def change(path: Path, edit: Callable[[Project], Project]) -> Project:
    """Open the project at `path`, edit it and save it there: from the start again as often as someone else changes the
    file meanwhile, so that both changes are in it. Returns what was saved; raises what `open_project`, `edit` and
    `save` raise.
    """
    while True:
        opened = open_project(path)
        check_place(path)
        project = replace(edit(opened), opened=opened.opened)
        with suppress(ChangedFileError):
            save(project, path)
            return project


def to_bytes(project: Project) -> bytes:
    """The project file's content. Raises InputError when the project breaks a limit of the format."""
    files = _mask_files([*project.objects, *project.scenery])
    pictures = pictures_of(project, files)
    try:
        document = json.dumps(_values(project, files), indent=1, allow_nan=False, default=lambda item: item.item())
    except ValueError as error:
        raise misfit("every number", "finite") from error
    _parse(document.encode())
    return pack({"project.json": document.encode(), **pictures})


def open_project(source: Source) -> Project:
    """Read a project file, given as bytes or a path, without any model.

    Raises InputError, in one sentence, for whatever is not a whole project file of this or an older version.
    """
    data = read_bytes(source, "project", MAX_FILE_BYTES)
    project = _project(unpack(data))
    check_arrays(project)
    if isinstance(source, bytes):
        return project
    return replace(project, opened=OpenedFile(Path(source).absolute(), _digest(data)))


def _project(members: Mapping[str, bytes]) -> Project:
    values = _parse(member(members, "project.json"))
    known = {item.name for item in fields(_Envelope)} - {"extra"}
    envelope: _Envelope = read_part(_Envelope, {name: value for name, value in values.items() if name in known})
    rest = {name: value for name, value in values.items() if name not in known}
    masks = _Masks(members, envelope.size_hw)
    document: Document = read_part(Document, as_document(rest, envelope.depth.extra), masks=masks)
    check_settings(document)
    photo, plate = read_photo_and_plate(members)
    return Project(
        photo=photo,
        scene=replace(
            read_scene(members, envelope.size_hw, envelope.depth.source, envelope.segmentation.source),
            depth_is_stand_in=envelope.depth.is_stand_in,
            segmentation_is_stand_in=envelope.segmentation.is_stand_in,
        ),
        clean_plate=plate,
        photo_box=envelope.photo_box,
        **_fields(document, {**document.extra, **_unknown(envelope)}),
    )


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _values(project: Project, files: Mapping[str, SceneObject | Scenery]) -> dict[str, Any]:
    """`project.json`: the envelope and the document, with the fields of newer writers where they were."""
    names, scene, kept = {id(item.mask): name for name, item in files.items()}, project.scene, dict(project.extra)
    depth = _Source(scene.depth_source, scene.depth_is_stand_in, extra=kept.pop("depth", {}))
    segmentation = _Source(
        scene.segmentation_source, scene.segmentation_is_stand_in, extra=kept.pop("segmentation", {})
    )
    envelope = _Envelope("levitor-project", FORMAT_VERSION, scene.size_hw, depth, segmentation, project.photo_box)
    document = Document(**_fields(project, kept))
    return as_file(write_part(envelope), write_part(document, name_of=lambda mask: names[id(mask)]))


def _fields(document: Document, extra: Mapping[str, Any]) -> dict[str, Any]:
    return {item.name: getattr(document, item.name) for item in fields(Document)} | {"extra": extra}


def _unknown(envelope: _Envelope) -> dict[str, Any]:
    groups = {"depth": envelope.depth.extra, "segmentation": envelope.segmentation.extra}
    unknown = {name: {key: item for key, item in group.items() if key != "softness"} for name, group in groups.items()}
    return {name: group for name, group in unknown.items() if group}


def _mask_files(items: Iterable[SceneObject | Scenery]) -> dict[str, SceneObject | Scenery]:
    """Each item under a file name of plain letters that no other has, in whatever case."""
    files: dict[str, SceneObject | Scenery] = {}
    for item in items:
        stem = "mask_" + (re.sub(r"[^A-Za-z0-9]+", "_", item.name).strip("_").lower()[:40] or "object")
        names = chain([f"{stem}.png"], (f"{stem}-{copy}.png" for copy in count(2)))
        files[next(name for name in names if name not in files)] = item
    return files


def _parse(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_JSON_BYTES:
        raise misfit("project.json", f"at most {MAX_JSON_BYTES >> 20} MB long")
    values = parse(data)
    version = values.get("version")
    if values.get("format") != FORMAT:
        raise InputError("This is not a LeviTor project; choose a .levitor file that this app has saved.")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise InputError("The project was saved by a newer version of LeviTor; update this app to open it.")
    return values


@dataclass(frozen=True)
class _Masks(Mapping[str, Mask]):
    """The file's masks by their names, each decoded when it is asked for."""

    members: Mapping[str, bytes]
    size_hw: SizeHW

    def __getitem__(self, name: str) -> Mask:
        return read_mask(self.members, name, self.size_hw)

    def __contains__(self, name: object) -> bool:
        return name in self.members

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.members if name.endswith(".png"))

    def __len__(self) -> int:
        return sum(1 for _ in self)
