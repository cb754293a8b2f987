"""Panels 1 and 2, Pick and Move: a photo or a project in, and the stage on which objects are picked and moved."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from levitor_core.engine import Engine
from levitor_core.files.image_files import SUFFIXES
from levitor_core.files.photo import read_map, read_mask_for, read_photo
from levitor_core.files.project_file import open_project
from ui.examples import examples
from ui.handlers import PRIVATE, monitor_for, told
from ui.server.page import FINDING, ONE_BY_ONE, OPENING, OPENING_ONE_BY_ONE
from ui.session import Session
from ui.stage import Shelf, Stage, cached, restored_project, scene_payload, uploaded
from ui.stage.handle import on_stage
from ui.stage.payload import document_of, mask_url, scene_id, settings_of

WHOLE, TRAINED = "Whole photo", "288×512, as the network was trained"
OPENED = (*SUFFIXES, ".levitor")


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


def lay_out(engine: Engine, shelf: Shelf) -> StagePanel:
    """Make the widgets, in the order in which they stand on the page."""
    with gr.Column() as welcome:
        go_on = gr.Button("Go on with your last work", size="sm", visible=False, elem_id="go-on")
        heading("Start with a photo", "Drop it, paste it, or choose a file. A saved project opens here too.")
        drop = gr.File(show_label=False, elem_id="drop", file_types=[*OPENED], height=240)
        crop = gr.Radio([WHOLE, TRAINED], value=WHOLE, label="Use", container=False, elem_classes="bare")
        with gr.Column(visible=False) as playable:
            heading("Or play with an example", "Each opens with its objects and paths.")
            gallery = gr.Gallery(
                show_label=False, columns=7, height="auto", allow_preview=False, elem_id="examples", buttons=[],
                fit_columns=False,
            )  # fmt: skip
    with gr.Column(visible="hidden", elem_id="work") as work:
        stage = Stage(engine, shelf, elem_id="stage", container=False, padding=False)
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


def widgets(panel: StagePanel) -> list[Any]:
    """Everything that `shown` may update."""
    return [panel.welcome, panel.work]


def shown(panel: StagePanel, session: Session) -> dict[Any, Any]:
    """The panel's updates for a session."""
    started = session.work is not None
    return {
        panel.welcome: gr.Column(visible=not started),
        panel.work: gr.Column(visible=True if started else "hidden"),
    }


def show_examples() -> tuple[Any, Any]:
    """Fill the gallery; hidden where no examples are installed."""
    pictures = [(picture, caption) for _, picture, caption in examples()]
    return gr.Column(visible=bool(pictures)), gr.Gallery(value=pictures)


def staged(session: Session, shelf: Shelf, *, play: bool = False, **changes: Any) -> Any:
    """The stage's update with pictures and document; `changes` is what the server changed in the document."""
    shelf.put(session.project)
    scene = scene_payload(
        session.project,
        cached,
        document_id=session.document_id,
        step=session.step,
        version=session.version,
        changes={"version": session.version, **changes} if session.step else None,
    )
    return gr.update(scene=scene | {"play": play})


def changed(session: Session, changes: dict[str, Any]) -> Any:
    """The stage's update with nothing but changes to its document."""
    scene = {
        "id": scene_id(session.project),
        "document_id": session.document_id,
        "step": session.step,
        "changes": changes,
    }
    return gr.update(scene=scene)


def stage_settings(session: Session, settings: dict[str, Any]) -> tuple[Session, Any]:
    """Other generation settings, in the session and on the stage."""
    after = session.with_settings(**settings)
    return after, gr.skip() if after is session else changed(after, settings_of(after.project))


def brought_back(session: Session, shelf: Shelf, project: Any) -> tuple[Session, Any]:
    """An earlier state of the work, in the session and on the stage."""
    after = session.brought_back(project)
    return after, staged(after, shelf, **document_of(project))


def opened(engine: Engine, session: Session, path: Path, trained_crop: bool, progress: gr.Progress) -> Session:
    """The session with a photo prepared by the engine, or a project file, as its work."""
    if path.suffix.lower() == ".levitor":
        return session.opened(open_project(path))
    crop = "trained" if trained_crop else None
    return session.opened(engine.new_project(read_photo(path), crop=crop, monitor=monitor_for(progress)))


def wire(panel: StagePanel, engine: Engine, shelf: Shelf, session: gr.State) -> None:
    """Bind the panel to the engine and to the person's session."""
    _wire_opening(panel, engine, shelf, session)
    _wire_edits(panel, shelf, session)
    _wire_own_files(panel, shelf, session)


def _wire_opening(panel: StagePanel, engine: Engine, shelf: Shelf, session: gr.State) -> None:
    panel.go_on.click(None, None, None, js=on_stage("restore(true)"), api_visibility=PRIVATE)

    def open_file(
        session: Session, path: str, crop: str, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> tuple[Session, Any]:  # fmt: skip
        after = opened(engine, session, Path(path), crop == TRAINED, progress)
        return after, staged(after, shelf)

    def open_upload(
        session: Session, crop: str, event: gr.EventData, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> tuple[Session, Any]:  # fmt: skip
        return open_file(session, str(uploaded(event._data)), crop, progress)

    def open_example(session: Session, chosen: gr.SelectData) -> tuple[Session, Any]:
        after = session.opened(open_project(examples()[chosen.index][0]))
        return after, staged(after, shelf, play=True)

    def restore(session: Session, event: gr.EventData) -> tuple[Session, Any]:
        after = session.opened(restored_project(event._data))
        return after, staged(after, shelf)

    ways: tuple[tuple[Any, Callable[..., Any], list[Any], Any], ...] = (
        (panel.drop.upload, told(open_file), [session, panel.drop, panel.crop], panel.drop),
        (panel.stage.photo, told(open_upload), [session, panel.next_crop], [panel.drop, panel.stage]),
        (panel.gallery.select, told(open_example), [session], panel.gallery),
        (panel.stage.restored, told(restore), [session], [panel.drop, panel.stage]),
    )
    for event, handler, inputs, place in ways:
        opening = event(
            handler, inputs, [session, panel.stage], show_progress_on=place, api_visibility=PRIVATE,
            trigger_mode="multiple", **OPENING,
        )  # fmt: skip
        for ended in (opening.success, opening.failure):
            ended(lambda: None, None, panel.drop, js=on_stage("calm()"), show_progress="hidden", api_visibility=PRIVATE)
        _find_instances_after(opening, panel, engine, shelf, session)


def _find_instances_after(opening: Any, panel: StagePanel, engine: Engine, shelf: Shelf, session: gr.State) -> None:
    """Read the photo for clicks and find its automatic masks while the person looks at it; edits go on meanwhile."""
    found = gr.State(None)

    def find(session: Session) -> Any:
        if session.project.scene.partition.any():
            engine.embed(session.project)
            return None
        return session.document_id, engine.find_instances(session.project).scene

    def take(session: Session, found: Any) -> tuple[Any, Any]:
        if found is None or found[0] != session.document_id:
            return gr.skip(), gr.skip()
        after = session.with_instances(found[1])
        return after, staged(after, shelf)

    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": PRIVATE}
    finding = opening.success(told(find), session, found, **FINDING, **hidden)
    finding.success(take, [session, found], [session, panel.stage], **hidden, **ONE_BY_ONE)


def _wire_edits(panel: StagePanel, shelf: Shelf, session: gr.State) -> None:
    @told
    def edited(session: Session, event: gr.EventData) -> tuple[Session, Any]:
        after = session.edited(event._data.get("document"))
        return after, gr.skip() if after.version == session.version else staged(after, shelf)

    panel.stage.edited(
        edited, session, [session, panel.stage], show_progress="hidden", api_visibility=PRIVATE, **ONE_BY_ONE
    )


def _wire_own_files(panel: StagePanel, shelf: Shelf, session: gr.State) -> None:
    def depth(session: Session, path: str, far_is_white: bool, normalise: bool) -> tuple[Session, Any]:
        values = read_map(Path(path), far_is_white=far_is_white, normalise=normalise)
        after = session.with_depth(session.own_framing.map(values), "imported map")
        return after, staged(after, shelf)

    def mask(session: Session, path: str) -> tuple[Session, Any]:
        added = mask_url(read_mask_for(session.project, Path(path)))
        after = session.with_step()
        return after, changed(after, {"added": added})

    def plate(session: Session, path: str) -> tuple[Session, Any]:
        after = session.with_clean_plate(session.own_framing.photo(read_photo(Path(path)), "clean plate"))
        return after, staged(after, shelf)

    def on(source: gr.UploadButton, handler: Any, *inputs: Any) -> None:
        source.upload(
            told(handler),
            [session, source, *inputs],
            [session, panel.stage],
            api_visibility=PRIVATE,
            **OPENING_ONE_BY_ONE,
        )

    on(panel.depth, depth, panel.far_is_white, panel.normalise)
    on(panel.mask, mask)
    on(panel.plate, plate)
