"""SIDE EFFECT: what the server keeps of people's work: opened photos and what was read from them, by their content, the
newest in memory, older ones on disk. NOT the document, which the browser owns and hands over when the server must act.
"""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from levitor_core.errors import InputError, LevitorError
from levitor_core.fields import write_part
from levitor_core.structures import Project, Scene
from levitor_core.whole_files import replacing
from ui.server.visitors import client_of, current_request
from ui.stage.documents import apply_document
from ui.stage.payload import scene_id, without_work

MAX_PHOTOS, MAX_BYTES = 32, 1 << 30
_ID = re.compile(r"[0-9a-f]{32}")
_PICTURES = ("image", "disparity", "partition")

Owner = tuple[str, str]  # client and session


class ForgottenPhotoError(InputError):
    """The server has no such photo any more; a browser that has it sends it again."""


class OpenPhotos:
    """Photos with their depth, instances and clean plate by their id; of more than `most`, or `most_bytes`, the least
    recently used are written to `folder` or, without one, forgotten. `written` is told who has what file. Safe from
    several threads.

    It holds no one's edits: whoever knows an id has seen the photo.
    """

    def __init__(
        self,
        most: int = MAX_PHOTOS,
        folder: Path | None = None,
        written: Callable[[Path, Owner], None] = lambda path, owner: None,
        most_bytes: int = MAX_BYTES,
    ) -> None:
        self._most, self._most_bytes, self._folder, self._written = most, most_bytes, folder, written
        self._lock = threading.Lock()
        self._projects: OrderedDict[str, Project] = OrderedDict()
        self._owners: dict[str, set[Owner]] = {}
        self._photos: dict[str, str] = {}  # what all depth maps and clean plates of one photo have in common
        self._read_here: set[str] = set()  # those whose automatic masks no file claims, but a model here found

    def put(self, project: Project) -> str:
        """Keep a project's photo for the page that asks, with the automatic masks that were found of it here unless
        it brings better; returns its id."""
        name, request = scene_id(project), current_request()
        owner = client_of(request), getattr(request, "session_hash", None) or ""
        with self._lock:
            self._photos[name] = name if project.scene.has_given_masks else project.photo_id
            seen = self._find_seen(self._photos[name]) or self._find_own(name, owner[0])
            if seen and not _has_better_masks(project.scene, seen.scene):
                project = _with_instances(project, seen)
            self._owners.setdefault(name, set()).add(owner)
            self._keep(name, without_work(project))
        return name

    def get(self, name: Any) -> Project:
        """The photo of that id, as a project on which nothing was done. Raises ForgottenPhotoError."""
        with self._lock:
            if not isinstance(name, str) or not _ID.fullmatch(name):
                raise _forgotten()
            self._keep(name, self._projects.get(name) or self._read(name))
            return self._projects[name]

    def of(self, document: Any) -> Project:
        """The photo under a document that a browser hands over. Raises InputError."""
        if not isinstance(document, dict):
            raise InputError("Open a photo first.")
        return self.get(document.get("scene_id"))

    def project_of(self, document: Any) -> Project:
        """The work that a browser hands over. Raises InputError."""
        return apply_document(self.of(document), document)

    def take_instances(self, seen: Project) -> None:
        """The automatic masks of a photo, for every depth map and clean plate that it has been given."""
        with self._lock:
            for name in [name for name, photo in self._photos.items() if photo == seen.photo_id]:
                self._read_here.add(name)
                if name in self._projects:
                    self._projects[name] = _with_instances(self._projects[name], seen)
                else:
                    with suppress(ForgottenPhotoError):
                        self._write(name, _with_instances(self._read(name), seen))

    def _find_seen(self, photo: str) -> Project | None:
        """One in memory that has automatic masks of that photo, found here."""
        kept = (self._projects.get(name) for name in self._read_here if self._photos[name] == photo)
        return next((project for project in kept if project and project.scene.partition.any()), None)

    def _find_own(self, name: str, client: str) -> Project | None:
        """One in memory of this client's, whose automatic masks a file may claim to be a model's."""
        return self._projects.get(name) if client in {owner for owner, _ in self._owners.get(name, ())} else None

    def forget(self, session: str) -> None:
        """Let go of the photos that only this session has."""
        with self._lock:
            for name, owners in list(self._owners.items()):
                self._owners[name] = {owner for owner in owners if owner[1] != session}
                if not self._owners[name]:
                    del self._owners[name], self._photos[name]
                    self._read_here.discard(name)
                    self._projects.pop(name, None)
                    if self._folder is not None:
                        self._file(name).unlink(missing_ok=True)

    def _keep(self, name: str, project: Project) -> None:
        self._projects[name] = project
        self._projects.move_to_end(name)
        while len(self._projects) > 1 and (
            len(self._projects) > self._most or sum(map(_bytes_of, self._projects.values())) > self._most_bytes
        ):
            self._write(*self._projects.popitem(last=False))

    def _file(self, name: str) -> Path:
        return (self._folder or Path()) / f"{name}.npz"

    def _write(self, name: str, project: Project) -> None:
        if self._folder is None:
            return
        box = project.photo_box and write_part(project.photo_box)
        scene = asdict(project.scene) | {"softness": project.softness, "photo_box": box}
        arrays = {key: scene.pop(key) for key in _PICTURES} | {"photo": project.photo}
        if project.clean_plate is not None:
            arrays["plate"] = project.clean_plate
        with suppress(OSError, LevitorError):  # a full disk: as if there were none
            self._folder.mkdir(exist_ok=True)
            with replacing(self._file(name)) as partial, partial.open("wb") as file:
                np.savez(file, allow_pickle=False, about=np.array(json.dumps(scene)), **arrays)
            for owner in self._owners.get(name, ()):
                self._written(self._file(name), owner)

    def _read(self, name: str) -> Project:
        if self._folder is None:
            raise _forgotten()
        try:
            with np.load(self._file(name), allow_pickle=False) as kept:
                about = json.loads(str(kept["about"]))
                softness, box = about.pop("softness"), about.pop("photo_box")
                scene = Scene(**{key: kept[key] for key in _PICTURES}, **about)
                plate = kept.get("plate")
                return Project(photo=kept["photo"], scene=scene, clean_plate=plate, softness=softness, photo_box=box)
        except (OSError, ValueError, KeyError, BadZipFile):
            raise _forgotten() from None


def _with_instances(project: Project, seen: Project) -> Project:
    names = ("partition", "segmentation_source", "segmentation_is_stand_in")
    return replace(project, scene=replace(project.scene, **{name: getattr(seen.scene, name) for name in names}))


def _has_better_masks(own: Scene, seen: Scene) -> bool:
    if not own.partition.any() or not seen.partition.any():
        return bool(own.partition.any())
    return seen.segmentation_is_stand_in and not own.segmentation_is_stand_in


def _bytes_of(project: Project) -> int:
    scene = project.scene
    pictures = project.photo, project.clean_plate, scene.image, scene.disparity, scene.partition
    return sum(picture.nbytes for picture in pictures if picture is not None)


def _forgotten() -> ForgottenPhotoError:
    return ForgottenPhotoError("The server has forgotten this photo; open it again.")
