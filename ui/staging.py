"""Panels 1 and 2, Pick and Move: a photo or a project in, and the stage on which objects are picked and moved."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from levitor_core.engine import Engine
from levitor_core.files.photo import Framing, read_map, read_mask_for, read_photo
from levitor_core.files.project_file import open_project
from levitor_core.structures import IMPORTED, Project
from ui.examples import examples
from ui.handlers import PRIVATE, monitor_for, show_mistakes
from ui.server.page import FINDING, OPENING
from ui.stage import OpenPhotos, Stage, apply_document, find_upload, handle, pictures, put_in_cache, scene_payload
from ui.stage.handle import on_stage
from ui.stage.payload import document_of, instances, mask_url
from ui.stage.schema import OPENED

TERMS = "Open only pictures that you may use, of people only with their consent; what you make is marked as synthetic."
WHOLE, TRAINED = "Whole photo", "288×512, as the network was trained"


@dataclass(frozen=True, eq=False)
class StagePanel:
    """The panel's widgets that change with the session or that events are bound to."""

    welcome: gr.Column
    go_on: gr.Button
    drop: gr.File
    crop: gr.Radio
    playable: gr.Column
    gallery: gr.Gallery
    work: gr.Column
    stage: Stage
    next_crop: gr.Radio
    depth: gr.UploadButton
    far_is_white: gr.Checkbox
    normalise: gr.Checkbox
    mask: gr.UploadButton
    plate: gr.UploadButton


def heading(title: str, text: str = "") -> gr.Markdown:
    """A card's title with one line of help."""
    return gr.Markdown(f"### {title}\n{text}", elem_classes="heading")


def lay_out(engine: Engine, photos: OpenPhotos) -> StagePanel:
    """Make the widgets, in the order in which they stand on the page."""
    with gr.Column() as welcome:
        go_on = gr.Button("Continue your last project", size="sm", visible=False, elem_id="go-on")
        heading("Start with a photo", "Drop it, paste it, or choose a file. A saved project opens here too.")
        gr.HTML(f"<small>{TERMS}</small>", padding=False, elem_id="terms")
        drop = gr.File(show_label=False, elem_id="drop", file_types=[*OPENED], height=240)
        crop = gr.Radio([WHOLE, TRAINED], value=WHOLE, label="Use", container=False, elem_classes="bare")
        with gr.Column(visible=False) as playable:
            heading("Or play with an example", "Each opens with its objects and paths.")
            gallery = gr.Gallery(
                show_label=False, columns=7, height="auto", allow_preview=False, elem_id="examples", buttons=[],
                fit_columns=False,
            )  # fmt: skip
    with gr.Column(visible="hidden", elem_id="work") as work:
        stage = Stage(engine, photos, elem_id="stage", container=False, padding=False)
        own = _lay_out_own_files()
    return StagePanel(welcome, go_on, drop, crop, playable, gallery, work, stage, **own)


def _lay_out_own_files() -> dict[str, Any]:
    with gr.Accordion("Your own depth, mask, clean plate", open=False, elem_classes="card", elem_id="own"), gr.Row():
        with gr.Column(min_width=220):
            depth = gr.UploadButton("Depth map", size="sm", elem_id="own-depth")
            far_is_white = gr.Checkbox(label="White is far", container=False)
            normalise = gr.Checkbox(label="Stretch to full range", container=False)
        with gr.Column(min_width=220):
            mask = gr.UploadButton("Mask (white object)", size="sm", elem_id="own-mask")
            plate = gr.UploadButton("Clean plate (the view without objects)", size="sm", elem_id="own-plate")
        with gr.Column(min_width=220):
            crop = gr.Radio([WHOLE, TRAINED], value=WHOLE, label="The next photo: use")
    return {
        "next_crop": crop, "depth": depth, "far_is_white": far_is_white, "normalise": normalise, "mask": mask,
        "plate": plate,
    }  # fmt: skip


def show_work(panel: StagePanel) -> dict[Any, Any]:
    """The panel's updates once a photo is open."""
    return {panel.welcome: gr.Column(visible=False), panel.work: gr.Column(visible=True)}


def show_examples() -> tuple[Any, Any]:
    """Fill the gallery; hidden where no examples are installed."""
    pictures = [(picture, caption) for _, picture, caption in examples()]
    return gr.Column(visible=bool(pictures)), gr.Gallery(value=pictures)


@dataclass(frozen=True)
class Opened:
    """Which document began, on which photo."""

    document_id: str
    scene_id: str


def show_project(engine: Engine, photos: OpenPhotos, project: Project, *, play: bool = False) -> tuple[Any, Opened]:
    """The stage's update with another photo or project, whose document begins now."""
    begun = Opened(secrets.token_hex(8), photos.put(project))
    project = replace(project, scene=photos.get(begun.scene_id).scene)  # with what is known of the photo
    automatic = engine.renderer("auto").entry.name
    scene = scene_payload(project, put_in_cache, document_id=begun.document_id, automatic=automatic, play=play)
    return gr.update(scene=scene), begun


def show_changes(photos: OpenPhotos, document: Any, on: Project | None = None, **changes: Any) -> Any:
    """The stage's update with changes to the document that was handed over: one step of its history, there; `on`
    another depth map or clean plate, if given."""
    scene = {"document_id": document.get("document_id"), "step": secrets.token_hex(8), "changes": changes}
    if on is not None:
        photos.put(on)
        scene |= pictures(on, put_in_cache)
    return gr.update(scene=scene)


def bring_back(engine: Engine, photos: OpenPhotos, document: Any, project: Project) -> tuple[Any, Any]:
    """An earlier state of the work on the stage: as a step on the same photo, else as another project."""
    if document is None or not np.array_equal(photos.of(document).photo, project.photo):
        return show_project(engine, photos, project)
    return show_changes(photos, document, project, **document_of(project)), gr.skip()


def open_work(engine: Engine, path: Path, trained_crop: bool, progress: gr.Progress) -> Project:
    """A photo prepared by the engine, or a project file."""
    if path.suffix.lower() == ".levitor":
        return open_project(path)
    crop = "trained" if trained_crop else None
    return engine.new_project(read_photo(path), crop=crop, monitor=monitor_for(progress))


def restore_work(data: Any) -> Project:
    """The work that a browser has kept. Raises InputError."""
    project, document = open_project(find_upload(data)), data.get("document")
    return project if document is None else apply_document(project, document)


def wire(panel: StagePanel, engine: Engine, photos: OpenPhotos, document: gr.JSON) -> list[Any]:
    """Bind the panel to the engine; returns the events that open photos and projects."""
    _wire_own_files(panel, photos, document)
    panel.go_on.click(None, None, None, js=on_stage("restore(true)"), api_visibility=PRIVATE)

    def open_file(path: str, crop: str, progress: gr.Progress = gr.Progress()) -> tuple[Any, Opened]:  # noqa: B008
        return show_project(engine, photos, open_work(engine, Path(path), crop == TRAINED, progress))

    def open_upload(
        crop: str, event: gr.EventData, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> tuple[Any, Opened]:  # fmt: skip
        return open_file(str(find_upload(event._data)), crop, progress)

    def open_example(chosen: gr.SelectData) -> tuple[Any, Opened]:
        return show_project(engine, photos, open_project(examples()[chosen.index][0]), play=True)

    def restore(event: gr.EventData) -> tuple[Any, Opened]:
        return show_project(engine, photos, restore_work(event._data))

    ways: tuple[tuple[Any, Callable[..., Any], list[Any], Any], ...] = (
        (panel.drop.upload, open_file, [panel.drop, panel.crop], panel.drop),
        (panel.stage.photo, open_upload, [panel.next_crop], [panel.drop, panel.stage]),
        (panel.gallery.select, open_example, [], panel.gallery),
        (panel.stage.restored, restore, [], [panel.drop, panel.stage]),
    )
    return [_wire_opening(panel, engine, photos, *way) for way in ways]


def _wire_opening(
    panel: StagePanel, engine: Engine, photos: OpenPhotos, event: Any, handler: Callable[..., Any], inputs: list[Any],
    place: Any,
) -> Any:  # fmt: skip
    begun = gr.State(None)
    found = event(
        show_mistakes(handler), inputs, [panel.stage, begun], show_progress_on=place, api_visibility=PRIVATE,
        trigger_mode="multiple", **OPENING,
    )  # fmt: skip
    for ended in (found.success, found.failure):
        ended(lambda: None, None, panel.drop, js=on_stage("calm()"), show_progress="hidden", api_visibility=PRIVATE)

    @show_mistakes
    def find_instances(begun: Opened) -> Any:
        """Read the photo for clicks and find its automatic masks while the person looks at it; edits go on."""
        project = photos.get(begun.scene_id)
        if project.scene.partition.any():
            engine.embed(project)
            return gr.skip()
        seen = engine.find_instances(project)
        photos.take_instances(seen)
        return gr.update(scene={"document_id": begun.document_id, **instances(seen, put_in_cache)})

    found.success(find_instances, begun, panel.stage, show_progress="hidden", api_visibility=PRIVATE, **FINDING)
    return found


def _wire_own_files(panel: StagePanel, photos: OpenPhotos, document: gr.JSON) -> None:
    def depth(document: Any, path: str, far_is_white: bool, normalise: bool) -> Any:
        project = photos.of(document)
        values = read_map(Path(path), far_is_white=far_is_white, normalise=normalise)
        disparity = Framing.of_project(project).map(values)
        scene = replace(project.scene, disparity=disparity, depth_source=IMPORTED, depth_is_stand_in=False)
        return show_changes(photos, document, replace(project, scene=scene))

    def mask(document: Any, path: str) -> Any:
        return show_changes(photos, document, added=mask_url(read_mask_for(photos.of(document), Path(path))))

    def plate(document: Any, path: str) -> Any:
        project = photos.of(document)
        framed = Framing.of_project(project).photo(read_photo(Path(path)), "clean plate")
        return show_changes(photos, document, replace(project, clean_plate=framed))

    def on(source: gr.UploadButton, handler: Any, *inputs: Any) -> None:
        source.upload(
            show_mistakes(handler),
            [document, source, *inputs],
            panel.stage,
            js=handle.DOCUMENT,
            api_visibility=PRIVATE,
            **OPENING,
        )

    on(panel.depth, depth, panel.far_is_white, panel.normalise)
    on(panel.mask, mask)
    on(panel.plate, plate)
