"""The component: gr.HTML with its own page elements, and two server functions that read scenes from the shelf."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from levitor_core.errors import InputError, LevitorError
from levitor_core.structures import MaskCandidates, PointPrompt, Project
from ui.server.page import heavily
from ui.stage import modules
from ui.stage.documents import read_prompts, read_standing
from ui.stage.payload import Save, mask_url, prepared
from ui.stage.shelf import Shelf

_ON_LOAD = """
const events = ['edited', 'restored', 'photo'];
const gradio = { element, props, upload, trigger, watch, server };
import(props.modules.url).then(({ mount }) => mount(gradio)).catch((error) => {
  const textContent = `The stage could not start (${error.message}); reload the page.`;
  document.body.prepend(Object.assign(document.createElement('p'), { role: 'alert', textContent }));
});
"""


class SegmentsPhotos(Protocol):
    """The part of the engine that the stage asks."""

    def segment(
        self, project: Project, prompts: tuple[PointPrompt, ...], box: tuple[float, float, float, float] | None
    ) -> MaskCandidates:
        """Candidate masks for clicks and a box, best first."""
        ...


class Stage(gr.HTML):
    """The canvas on which objects are picked and moved.

    Its property `scene` is set with `gr.update(scene=scene_payload(...))`. Events carry `event_data` fields:
    `edited` {document}, `restored` {project, document} and `photo` {path}; see PROTOCOL.md. Its page has one stage;
    scripts of the page reach it by `ui.stage.handle`.
    """

    def __init__(
        self, engine: SegmentsPhotos, shelf: Shelf, scene: dict[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(
            value=None,
            html_template='<div class="lv-mount"></div>',
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            server_functions=[heavily(answering(call, engine, shelf)) for call in (segment, prepare)],
            scene=scene,
            modules=modules.served(),
            **options,
        )

    def edited(self, function: Callable[..., Any], *places: Any, **options: Any) -> Any:
        """Listen to edits, every one, in order: Gradio's other trigger modes drop the newest document or its data."""
        return super().__getattr__("edited")(function, *places, **{"trigger_mode": "multiple", **options})

    def get_block_name(self) -> str:
        """Drawn by Gradio's own HTML component."""
        return "html"


def segment(engine: SegmentsPhotos, shelf: Shelf, request: Any) -> dict[str, Any]:
    """Clicks and a box -> candidate masks, best first."""
    project = shelf.get(request.get("scene_id"))
    prompts, box = read_prompts(request)
    found = engine.segment(project, prompts, box)
    pairs = zip(found.masks, found.scores, strict=True)
    return {"candidates": [{"mask": mask_url(mask), "score": float(score)} for mask, score in pairs if mask.any()]}


def prepare(_: SegmentsPhotos, shelf: Shelf, request: Any, save: Save | None = None) -> dict[str, Any]:
    """Picked masks and edited scenery -> tamed depth, supports and what lies behind."""
    project = shelf.get(request.get("scene_id"))
    objects, scenery = read_standing(request, project.scene.size_hw)
    return prepared(project, objects, save or cached, scenery)


def cached(data: bytes, name: str) -> str:
    """Put bytes where Gradio serves files from; returns their address."""
    return f"/gradio_api/file={save_bytes_to_cache(data, name, get_upload_folder())}"


def uploaded(data: Any) -> Path:
    """The file that a `photo` event names; InputError unless it lies where Gradio puts uploads."""
    folder, path = (
        Path(get_upload_folder()).resolve(),
        Path(str(data.get("path") if isinstance(data, dict) else "")).resolve(),
    )
    if folder not in path.parents or not path.is_file():
        raise InputError("The photo did not arrive; choose it again.")
    return path


def answering(
    function: Callable[[SegmentsPhotos, Shelf, Any], dict[str, Any]], engine: SegmentsPhotos, shelf: Shelf
) -> Callable[[Any], dict[str, Any]]:
    """A server function of one argument whose mistakes reach the browser as {error}."""

    def answer(request: Any) -> dict[str, Any]:
        if not isinstance(request, dict):
            return {"error": "The page and the server do not understand each other; reload the page."}
        try:
            return function(engine, shelf, request)
        except LevitorError as error:
            return {"error": str(error)}

    answer.__name__ = getattr(function, "__name__", "answer")
    return answer
