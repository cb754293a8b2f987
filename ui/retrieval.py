"""Panel 1, Pick: a photo in, objects selected on it by clicks, boxes, automatic masks or imported masks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from levitor_core import editing
from levitor_core.engine import Engine
from levitor_core.photo import frame_photo, read_map, read_mask, read_photo
from levitor_core.project_file import open_project
from ui import drawing, scenery
from ui.examples import examples
from ui.handlers import PRIVATE, monitor_for, told
from ui.session import Session

WHOLE, TRAINED = "Whole photo", "288×512, as the network was trained"
TOOLS = [("Inside", "inside"), ("Outside", "outside"), ("Box", "box"), ("Auto", "instance")]
HINTS = {
    "inside": "Click on the object; click again to add what is missing. Include its shadow.",
    "outside": "Click on what should not belong to the object.",
    "box": "Click two opposite corners of a box around the object.",
    "instance": "Find the automatic masks once, then click on one to take it.",
}


@dataclass(frozen=True, eq=False)
class PickPanel:
    """The panel's widgets that change with the session or that events are bound to."""

    welcome: gr.Column
    drop: gr.File
    crop: gr.Radio
    gallery: gr.Gallery
    work: gr.Column
    canvas: gr.Image
    show_depth: gr.Checkbox
    side: gr.Column
    tool: gr.Radio
    hint: gr.Markdown
    find: gr.Button
    name: gr.Textbox
    accept: gr.Button
    keep_still: gr.Button
    next_mask: gr.Button
    clear: gr.Button
    objects: "ObjectCard"
    still: scenery.SceneryCard
    own: "OwnFilesCard"


@dataclass(frozen=True, eq=False)
class ObjectCard:
    """The list of objects and what can be done to the selected one."""

    card: gr.Column
    chosen: gr.Radio
    name: gr.Textbox
    colour: gr.ColorPicker
    hidden: gr.Checkbox
    delete: gr.Button
    onward: gr.Button


@dataclass(frozen=True, eq=False)
class OwnFilesCard:
    """A person's own depth map, mask and clean plate, and how the next photo is cropped."""

    crop: gr.Radio
    depth: gr.UploadButton
    far_is_white: gr.Checkbox
    normalise: gr.Checkbox
    mask: gr.UploadButton
    plate: gr.UploadButton


def heading(title: str, text: str = "") -> gr.Markdown:
    """A card's title with one line of help."""
    return gr.Markdown(f"### {title}\n{text}", elem_classes="heading")


def lay_out() -> PickPanel:
    """Make the widgets, in the order in which they stand on the page."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=320):
            with gr.Column() as welcome:
                heading("Start with a photo", "Drop it, paste it, or choose a file. A saved project opens here too.")
                drop = gr.File(show_label=False, elem_id="drop", file_types=["image", ".levitor"], height=300)
                crop = gr.Radio([WHOLE, TRAINED], value=WHOLE, label="Use", container=False, elem_classes="bare")
                gallery = gr.Gallery(
                    label="Or play with an example", columns=4, height="auto", allow_preview=False, visible=False,
                    elem_id="examples", buttons=[], fit_columns=False,
                )  # fmt: skip
            with gr.Column(visible=False) as work:
                canvas = gr.Image(
                    show_label=False, interactive=False, buttons=[], elem_id="pick-canvas", elem_classes="canvas",
                    format="jpeg", alt_text="The photo; click on it to select an object",
                )  # fmt: skip
                show_depth = gr.Checkbox(
                    label="Show depth: yellow is near, blue is far", container=False, elem_classes="bare"
                )
        with gr.Column(scale=3, min_width=300, visible=False, elem_classes="side") as side:
            selection = _lay_out_selection()
            objects, still, own = _lay_out_objects(), scenery.lay_out(), _lay_out_own_files()
    return PickPanel(
        welcome, drop, crop, gallery, work, canvas, show_depth, side, **selection, objects=objects, still=still, own=own
    )  # fmt: skip


def _lay_out_selection() -> dict[str, Any]:
    with gr.Column(elem_classes="card"):
        heading("Select an object")
        tool = gr.Radio(
            TOOLS,
            value="inside",
            label="A click is",
            show_label=False,
            container=False,
            elem_id="tool",
            elem_classes="segmented",
        )
        hint = gr.Markdown(HINTS["inside"], elem_classes="heading")
        find = gr.Button("Find automatic masks", size="sm", visible=False)
        with gr.Row():
            next_mask = gr.Button("Next mask", size="sm", min_width=80)
            clear = gr.Button("Clear", size="sm", min_width=80)
        name = gr.Textbox(label="Name", placeholder="object 1", max_lines=1, elem_id="new-name")
        accept = gr.Button("Keep as object", variant="primary", elem_id="accept")
        keep_still = gr.Button("Keep as scenery", size="sm", elem_id="keep-still")
    return {
        "tool": tool, "hint": hint, "find": find, "next_mask": next_mask, "clear": clear, "name": name,
        "accept": accept, "keep_still": keep_still,
    }  # fmt: skip


def _lay_out_objects() -> ObjectCard:
    with gr.Column(elem_classes="card", visible=False) as card:
        heading("Objects")
        chosen = gr.Radio([], label="Objects", show_label=False, container=False, elem_id="objects")
        name = gr.Textbox(label="Rename", max_lines=1, submit_btn=False)
        with gr.Row():
            colour = gr.ColorPicker(label="Colour", min_width=80)
            hidden = gr.Checkbox(label="Hide", min_width=80)
        delete = gr.Button("Delete", variant="stop", size="sm")
        onward = gr.Button("Draw its path →", variant="primary", elem_id="to-move")
    return ObjectCard(card, chosen, name, colour, hidden, delete, onward)


def _lay_out_own_files() -> OwnFilesCard:
    with gr.Accordion("Your own depth, mask, clean plate", open=False, elem_classes="card"):
        depth = gr.UploadButton("Depth map", size="sm", elem_id="own-depth")
        with gr.Row():
            far_is_white = gr.Checkbox(label="White is far", min_width=90)
            normalise = gr.Checkbox(label="Stretch to full range", min_width=90)
        mask = gr.UploadButton("Mask (white object)", size="sm", elem_id="own-mask")
        plate = gr.UploadButton("Clean plate (the view without objects)", size="sm", elem_id="own-plate")
        crop = gr.Radio([WHOLE, TRAINED], value=WHOLE, label="The next photo: use")
    return OwnFilesCard(crop, depth, far_is_white, normalise, mask, plate)


def wire(panel: PickPanel, new_photo: gr.UploadButton, engine: Engine, session: gr.State) -> None:
    """Bind the panel, and the header's button for another photo, to the engine and to the person's session."""
    _wire_opening(panel, new_photo, engine, session)
    _wire_selection(panel, engine, session)
    _wire_objects(panel.objects, session)
    scenery.wire(panel.still, session)
    _wire_own_files(panel.own, session)


def widgets(panel: PickPanel) -> list[Any]:
    """Everything that `shown` may update."""
    card = panel.objects
    return [
        panel.welcome, panel.work, panel.side, panel.canvas, panel.hint, panel.find, panel.name,
        card.card, card.chosen, card.name, card.colour, card.hidden, *scenery.widgets(panel.still),
    ]  # fmt: skip


def show_examples() -> Any:
    """Fill the gallery; hidden where no examples are installed."""
    pictures = [(picture, caption) for _, picture, caption in examples()]
    return gr.Gallery(value=pictures, visible=bool(pictures))


def shown(panel: PickPanel, session: Session, show_depth: bool, piece: str | None) -> dict[Any, Any]:
    """The panel's updates for a session; `piece` is the scenery chosen on the page."""
    started = session.work.project is not None
    updates = {
        panel.welcome: gr.Column(visible=not started),
        panel.work: gr.Column(visible=started),
        panel.side: gr.Column(visible=started),
        panel.hint: HINTS[session.tool],
        panel.find: gr.Button(visible=session.tool == "instance"),
    }
    if not started:
        return updates
    suggestion = editing.free_name(session.project)
    return updates | _shown_objects(panel.objects, session) | scenery.shown(panel.still, session, piece) | {
        panel.canvas: drawing.pick_view(session, show_depth),
        panel.name: gr.Textbox(placeholder=suggestion),
    }  # fmt: skip


def _shown_objects(card: ObjectCard, session: Session) -> dict[Any, Any]:
    objects = session.project.objects
    if session.selected is None:
        return {card.card: gr.Column(visible=False)}
    chosen = editing.find_object(session.project, session.selected)
    return {
        card.card: gr.Column(visible=True),
        card.chosen: gr.Radio(choices=[item.name for item in objects], value=chosen.name),
        card.name: chosen.name,
        card.colour: chosen.colour,
        card.hidden: chosen.hidden,
    }


def _wire_opening(panel: PickPanel, new_photo: gr.UploadButton, engine: Engine, session: gr.State) -> None:
    @told
    def open_file(
        session: Session, path: str | None, crop: str, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> Session:  # fmt: skip
        return session if path is None else opened(engine, session, Path(path), crop == TRAINED, progress)

    @told
    def open_example(session: Session, chosen: gr.SelectData) -> Session:
        return session.opened(open_project(examples()[chosen.index][0]))

    sources = (panel.drop, panel.crop, panel.drop), (new_photo, panel.own.crop, panel.canvas)
    for source, crop, place in sources:
        opening = source.upload(
            open_file, [session, source, crop], session, show_progress_on=place, api_visibility=PRIVATE
        )
        for ended in (opening.success, opening.failure):
            ended(lambda: None, None, source, show_progress="hidden", api_visibility=PRIVATE)
    panel.gallery.select(open_example, session, session, show_progress_on=panel.gallery, api_visibility=PRIVATE)


def opened(engine: Engine, session: Session, path: Path, trained_crop: bool, progress: gr.Progress) -> Session:
    """The session with a photo prepared by the engine, or a project file, as its work."""
    if path.suffix.lower() == ".levitor":
        return session.opened(open_project(path))
    photo, crop = read_photo(path), "trained" if trained_crop else None
    return session.opened(engine.new_project(photo, crop=crop, monitor=monitor_for(progress)), frame_photo(photo, crop))


def _wire_selection(panel: PickPanel, engine: Engine, session: gr.State) -> None:
    def click(session: Session, place: gr.SelectData) -> Session:
        return session.click(*drawing.to_working(session.project, *place.index), engine.segment)

    def find(session: Session, progress: gr.Progress = gr.Progress()) -> Session:  # noqa: B008
        project = engine.find_instances(session.project, monitor_for(progress))
        return session.updated(scene=project.scene)

    def on(event: Any, handler: Any, *inputs: Any) -> Any:
        return event(
            told(handler), [session, *inputs], session, show_progress="minimal", show_progress_on=panel.canvas,
            api_visibility=PRIVATE,
        )  # fmt: skip

    on(panel.canvas.select, click)
    on(panel.find.click, find)
    on(panel.tool.input, Session.use_tool, panel.tool)
    on(panel.next_mask.click, Session.next_candidate)
    on(panel.clear.click, Session.clear_pick)
    for event, handler in (
        (panel.accept.click, Session.accept),
        (panel.name.submit, Session.accept),
        (panel.keep_still.click, Session.accept_scenery),
    ):
        kept = on(event, handler, panel.name)
        kept.success(lambda: "", None, panel.name, show_progress="hidden", api_visibility=PRIVATE)


def _wire_objects(card: ObjectCard, session: gr.State) -> None:
    def renamed(session: Session, chosen: str, name: str) -> Session:
        return session.rename(chosen, name)

    def recoloured(session: Session, chosen: str, colour: str) -> Session:
        return session.edit(editing.recolour, chosen, colour)

    def hidden(session: Session, chosen: str, hide: bool) -> Session:
        return session.edit(editing.set_hidden, chosen, hide)

    def on(event: Any, handler: Any, *inputs: Any) -> None:
        event(told(handler), [session, *inputs], session, show_progress="hidden", api_visibility=PRIVATE)

    on(card.chosen.input, Session.select, card.chosen)
    on(card.name.submit, renamed, card.chosen, card.name)
    on(card.colour.release, recoloured, card.chosen, card.colour)
    on(card.hidden.input, hidden, card.chosen, card.hidden)
    on(card.delete.click, Session.delete, card.chosen)


def _wire_own_files(own: OwnFilesCard, session: gr.State) -> None:
    def depth(session: Session, path: str, far_is_white: bool, normalise: bool) -> Session:
        values = read_map(Path(path), far_is_white=far_is_white, normalise=normalise)
        return session.with_depth(session.framing.map(values), "imported map")

    def mask(session: Session, path: str) -> Session:
        return session.with_mask(session.framing.mask(read_mask(Path(path))))

    def plate(session: Session, path: str) -> Session:
        return session.updated(clean_plate=session.framing.photo(read_photo(Path(path)), "clean plate"))

    def on(source: gr.UploadButton, handler: Any, *inputs: Any) -> None:
        source.upload(told(handler), [session, source, *inputs], session, api_visibility=PRIVATE)

    on(own.depth, depth, own.far_is_white, own.normalise)
    on(own.mask, mask)
    on(own.plate, plate)
