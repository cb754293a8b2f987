"""The component: gr.HTML with its own page elements, and the server functions that it asks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
import numpy as np
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from levitor_core.editing import guess_depth
from levitor_core.errors import InputError, LevitorError
from levitor_core.fields import write_part
from levitor_core.files.project_file import open_project
from levitor_core.files.track_files import read_tracks
from levitor_core.monitor import Monitor
from levitor_core.motion.path_fitting import fit_path, in_pixels
from levitor_core.segmentation import Segmenter
from levitor_core.segmentation.mask_edits import edit_mask
from levitor_core.segmentation.mask_tools import magnetic_path
from levitor_core.segmentation.quick import QuickSegmenter
from levitor_core.structures import ImageEmbedding, MaskCandidates, PointPrompt, Project
from ui.server.page import heavily
from ui.stage import modules
from ui.stage.documents import read_edit, read_ends, read_ground, read_outline, read_prompts, read_standing
from ui.stage.payload import Save, mask_url, pictures, prepare_scene
from ui.stage.photos import ForgottenPhotoError, OpenPhotos

_ON_LOAD = """
const events = ['photo', 'restored', 'settings', 'save'];
const gradio = { element, props, upload, trigger, watch, server };
import(props.modules.url).then(({ mount }) => mount(gradio)).catch((error) => {
  const textContent = `The stage could not start (${error.message}); reload the page.`;
  document.body.prepend(Object.assign(document.createElement('p'), { role: 'alert', textContent }));
});
"""


PICKER = QuickSegmenter()  # refines masks, whoever made them


class SegmentsPhotos(Protocol):
    """The part of the engine that the stage asks."""

    def segment(
        self, project: Project, prompts: tuple[PointPrompt, ...], box: tuple[float, float, float, float] | None
    ) -> MaskCandidates:
        """Candidate masks for clicks and a box, best first."""
        ...

    def embed(self, project: Project, monitor: Monitor | None = None, by: Segmenter | None = None) -> ImageEmbedding:
        """A segmenter's encoding of the photo, kept."""
        ...


class Stage(gr.HTML):
    """The canvas on which objects are picked and moved.

    Its property `scene` is set with `gr.update(scene=scene_payload(...))`. Events carry `event_data` fields:
    `photo` {path}, `restored` {path, document}, `settings` and `save`; see PROTOCOL.md. Its page has one stage;
    scripts of the page reach it by `ui.stage.handle`.
    """

    def __init__(
        self, engine: SegmentsPhotos, photos: OpenPhotos, scene: dict[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(
            value=None,
            html_template='<div class="lv-mount"></div>',
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            server_functions=[
                *(heavily(answer_with(call, engine, photos)) for call in (segment, outline, trace, tracks)),
                heavily(answer_with(prepare, engine, photos), keeps="newest"),
                *(heavily(answer_with(call, engine, photos), keeps="all") for call in (ground, remember)),
                answer_with(know, engine, photos),
            ],
            scene=scene,
            modules=modules.serve(),
            **options,
        )

    def get_block_name(self) -> str:
        """Drawn by Gradio's own HTML component."""
        return "html"


def segment(engine: SegmentsPhotos, photos: OpenPhotos, request: Any) -> dict[str, Any]:
    """Clicks and a box, or clicks on a mask -> candidate masks, best first."""
    project = photos.get(request.get("scene_id"))
    prompts, box = read_prompts(request)
    before = read_outline(request, project.scene.size_hw)
    if before is None:
        found = engine.segment(project, prompts, box)
    else:
        found = PICKER.refine(engine.embed(project, by=PICKER), before, prompts)
    pairs = zip(found.masks, found.scores, strict=True)
    return {"candidates": [{"mask": mask_url(mask), "score": float(score)} for mask, score in pairs if mask.any()]}


def outline(engine: SegmentsPhotos, photos: OpenPhotos, request: Any) -> dict[str, Any]:
    """A mask, or none yet, and one use of a tool -> the mask after it."""
    project = photos.get(request.get("scene_id"))
    size_hw = project.scene.size_hw
    before = read_outline(request, size_hw)
    mask = np.zeros(size_hw, bool) if before is None else before
    made = edit_mask(
        mask, read_edit(request), project.scene.image, lambda: PICKER.graph(engine.embed(project, by=PICKER))
    )
    return {"mask": mask_url(made)}


def trace(_: SegmentsPhotos, photos: OpenPhotos, request: Any) -> dict[str, Any]:
    """Two points -> the way between them along the photo's edges."""
    project = photos.get(request.get("scene_id"))
    return {"path": magnetic_path(project.scene.image, *read_ends(request))}


def tracks(_: SegmentsPhotos, photos: OpenPhotos, request: Any) -> dict[str, Any]:
    """A file of tracked points that was uploaded -> the waypoints of a path that follows them."""
    return follow_tracks(photos.get(request.get("scene_id")), find_upload(request))


def follow_tracks(project: Project, file: Path) -> dict[str, Any]:
    """The same of a file that is here."""
    size_hw = project.scene.size_hw
    path = fit_path(in_pixels(read_tracks(file), size_hw), size_hw)
    return {"waypoints": [write_part(point) for point in path]}


def prepare(_: SegmentsPhotos, photos: OpenPhotos, request: Any, save: Save | None = None) -> dict[str, Any]:
    """Picked masks and edited scenery -> tamed depth, supports and what lies behind."""
    project = photos.get(request.get("scene_id"))
    objects, scenery, strokes = read_standing(request, project.scene.size_hw)
    return prepare_scene(replace(project, depth_strokes=strokes), objects, save or put_in_cache, scenery)


def ground(_: SegmentsPhotos, photos: OpenPhotos, request: Any, save: Save | None = None) -> dict[str, Any]:
    """Depth guessed anew, from what a person says of the photo -> its pictures. Raises InputError where it is none."""
    guess = guess_depth(photos.get(request.get("scene_id")), *read_ground(request))
    photos.put(guess)
    return pictures(guess, save or put_in_cache)


def know(_: SegmentsPhotos, photos: OpenPhotos, request: Any) -> dict[str, Any]:
    """Nothing, where the photo is known."""
    photos.get(request.get("scene_id"))
    return {}


def remember(_: SegmentsPhotos, photos: OpenPhotos, request: Any, save: Save | None = None) -> dict[str, Any]:
    """A project file that was uploaded -> its photo, known again, and its pictures."""
    project = open_project(find_upload(request))
    photos.put(project)
    return pictures(project, save or put_in_cache)


def put_in_cache(data: bytes, name: str) -> str:
    """Put bytes where Gradio serves files from; returns their address. What lies there already is as if it were new."""
    path = save_bytes_to_cache(data, name, get_upload_folder())
    Path(path).touch()
    return f"/gradio_api/file={path}"


def find_upload(data: Any) -> Path:
    """The file that the browser names; InputError unless it lies where Gradio puts uploads."""
    folder, path = (
        Path(get_upload_folder()).resolve(),
        Path(str(data.get("path") if isinstance(data, dict) else "")).resolve(),
    )
    if folder not in path.parents or not path.is_file():
        raise InputError("The file did not arrive; choose it again.")
    return path


def answer_with(
    function: Callable[[SegmentsPhotos, OpenPhotos, Any], dict[str, Any]], engine: SegmentsPhotos, photos: OpenPhotos
) -> Callable[[Any], dict[str, Any]]:
    """A server function of one argument whose mistakes reach the browser as {error, forgotten}."""

    def answer(request: Any) -> dict[str, Any]:
        if not isinstance(request, dict):
            return {"error": "The page and the server do not understand each other; reload the page."}
        try:
            return function(engine, photos, request)
        except LevitorError as error:
            return {"error": str(error), "forgotten": isinstance(error, ForgottenPhotoError)}

    answer.__name__ = getattr(function, "__name__", "answer")
    return answer
