"""PURE: one person's work in one browser tab, as a value that is never changed, only replaced.

Objects, paths, camera and settings live on the stage, in the browser, with their undo and redo. `Session` holds what
the server last heard of them, and every depth map and clean plate of the photo, which an undo may ask for again. Every
action returns a new session; a bad one raises InputError and so leaves the person's session as it was.
"""

from dataclasses import dataclass, replace
from typing import Any

from levitor_core.errors import InputError
from levitor_core.files.photo import Framing
from levitor_core.renderers import setting_values, with_settings
from levitor_core.structures import DisparityMap, Image, Project, Scene
from ui.stage import apply_document

MAX_VERSIONS = 32


@dataclass(frozen=True, eq=False)
class Backing:
    """What the document stands on: the photo's depth and instances, and a person's own clean plate."""

    scene: Scene
    clean_plate: Image | None


@dataclass(frozen=True, eq=False)
class Session:
    """One person's work.

    `document_id` names the opened photo or project, `step` counts the server's own changes to it, `revision` is that of
    the stage's newest document; `version` is the number of the backing in use among `backings`, of which the oldest
    are forgotten.
    """

    work: Project | None = None
    document_id: str = ""
    step: int = 0
    version: int = 0
    revision: int = 0
    backings: tuple[tuple[int, Backing], ...] = ()

    @property
    def project(self) -> Project:
        """The open project; InputError before a photo is opened."""
        if self.work is None:
            raise InputError("Open a photo first.")
        return self.work

    @property
    def own_framing(self) -> Framing:
        """How maps, masks and clean plates that belong to the photo are cropped and scaled."""
        return Framing.of_project(self.project)

    def opened(self, project: Project) -> "Session":
        """Another photo or project; the stage asks the person before it takes the place of work."""
        backing = Backing(project.scene, project.clean_plate)
        return Session(project, str(int(self.document_id or "0") + 1), backings=((0, backing),))

    def edited(self, document: Any) -> "Session":
        """The session after the stage's document changed; itself when the document is of something opened before, or
        older than what has arrived already.

        Raises InputError for what is no document.
        """
        if self.work is None and document is not None:
            raise InputError("The server has forgotten this page; reload it to go on with your work.")
        if not isinstance(document, dict) or document.get("document_id") != self.document_id:
            return self
        revision = document.get("revision")
        revision = revision if isinstance(revision, int) else self.revision
        if revision < self.revision:
            return self
        version = document.get("version")
        backing = dict(self.backings).get(version if isinstance(version, int) else self.version)
        project = self.project
        if backing is None:
            return replace(self, work=apply_document(project, document), revision=revision)
        on_it = replace(project, scene=backing.scene, clean_plate=backing.clean_plate)
        return replace(self, work=apply_document(on_it, document), version=version, revision=revision)

    def with_settings(self, **changes: Any) -> "Session":
        """Other generation settings; itself when they are the project's already, or before there is a project."""
        shown = {} if self.work is None else setting_values(self.work)
        others = {name: value for name, value in changes.items() if shown.get(name) != value}
        if self.work is None or not others:
            return self
        return replace(self, work=with_settings(self.work, **others), step=self.step + 1)

    def with_depth(self, disparity: DisparityMap, source: str) -> "Session":
        """Another depth map, (h, w) disparity 0..255 at working size, and where it comes from."""
        scene = replace(self.project.scene, disparity=disparity, depth_source=source, depth_is_stand_in=False)
        return self._on(Backing(scene, self.project.clean_plate))

    def with_clean_plate(self, plate: Image) -> "Session":
        """The view without objects, framed as the photo."""
        return self._on(Backing(self.project.scene, plate))

    def with_instances(self, seen: Scene) -> "Session":
        """The automatic masks of `seen`, found after the photo was opened; no step, since nobody asked for it."""

        def found(scene: Scene) -> Scene:
            return replace(
                scene,
                partition=seen.partition,
                segmentation_source=seen.segmentation_source,
                segmentation_is_stand_in=seen.segmentation_is_stand_in,
            )

        backings = tuple((number, replace(kept, scene=found(kept.scene))) for number, kept in self.backings)
        return replace(self, work=replace(self.project, scene=found(self.project.scene)), backings=backings)

    def with_step(self) -> "Session":
        """A change that the stage makes at the server's word."""
        return replace(self, step=self.step + 1)

    def brought_back(self, project: Project) -> "Session":
        """An earlier state of the work; as a step on the same photo, else as another project."""
        if self.work is None or self.work.photo is not project.photo:
            return self.opened(project)
        session = self._on(Backing(project.scene, project.clean_plate))
        return replace(session, work=project)

    def _on(self, backing: Backing) -> "Session":
        version = max(number for number, _ in self.backings) + 1
        project = replace(self.project, scene=backing.scene, clean_plate=backing.clean_plate)
        backings = (*self.backings, (version, backing))[-MAX_VERSIONS:]
        return replace(self, work=project, step=self.step + 1, version=version, backings=backings)
