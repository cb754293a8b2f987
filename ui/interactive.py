"""Panel 2, Move: waypoints clicked on the photo, one depth slider each, timing, order and camera."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from levitor_core import editing
from levitor_core.errors import InputError, LevitorError
from levitor_core.structures import Easing, Image, SceneObject, Timing
from ui import drawing, path_editing
from ui.handlers import PRIVATE, told
from ui.retrieval import heading
from ui.session import Session

CLICKS = [("Click to add", "add"), ("Insert", "insert"), ("Move the nearest", "move")]
EASINGS = [("Steady", "none"), ("Starts gently", "in"), ("Ends gently", "out"), ("Both", "both")]
TIMINGS = [("Even speed", "even"), ("Same time per segment", "per-click")]
RELATIONS = [("By depth", "depth"), ("Always in front", "front"), ("Always behind", "behind")]


@dataclass(frozen=True, eq=False)
class MovePanel:
    """The panel's widgets that change with the session or that events are bound to."""

    empty: gr.Markdown
    work: gr.Row
    canvas: gr.Image
    click_means: gr.Radio
    path_cards: gr.Column
    chosen: gr.Radio
    waypoints: gr.Column
    timing: gr.Radio
    easing: gr.Dropdown
    on_ground: gr.Checkbox
    pinned: gr.Checkbox
    order_card: gr.Column
    other: gr.Dropdown
    relation: gr.Radio
    camera: gr.Dropdown
    amount: gr.Slider
    camera_easing: gr.Dropdown
    onward: gr.Button


def lay_out() -> MovePanel:
    """Make the widgets, in the order in which they stand on the page."""
    empty = heading("Nothing to move yet", "Open a photo and pick an object on it; its path starts where it stands.")
    with gr.Row(equal_height=False, visible=False) as work:
        with gr.Column(scale=7, min_width=320):
            canvas = gr.Image(
                show_label=False, interactive=False, buttons=[], elem_id="move-canvas", elem_classes="canvas",
                format="jpeg", alt_text="The photo with the paths; click on it to place waypoints",
            )  # fmt: skip
            click_means = gr.Radio(
                CLICKS,
                value="add",
                label="A click",
                show_label=False,
                container=False,
                elem_id="click-means",
                elem_classes="segmented",
            )
        with gr.Column(scale=3, min_width=300, elem_classes="side"):
            with gr.Column(elem_classes="side") as path_cards:
                with gr.Column(elem_classes="card"):
                    heading("Path of")
                    chosen = gr.Radio([], label="Path of", show_label=False, container=False, elem_id="path-of")
                    waypoints = gr.Column(elem_id="waypoints")
                timing, easing, on_ground, pinned = _lay_out_motion()
            order_card, other, relation = _lay_out_order()
            camera, amount, camera_easing = _lay_out_camera()
            onward = gr.Button("Make the video →", variant="primary", elem_id="to-generate")
    return MovePanel(
        empty, work, canvas, click_means, path_cards, chosen, waypoints, timing, easing, on_ground, pinned,
        order_card, other, relation, camera, amount, camera_easing, onward,
    )  # fmt: skip


def _lay_out_motion() -> tuple[gr.Radio, gr.Dropdown, gr.Checkbox, gr.Checkbox]:
    with gr.Accordion("Timing and ground", open=False, elem_classes="card"):
        timing = gr.Radio(TIMINGS, value="even", label="Timing")
        easing = gr.Dropdown(EASINGS, value="none", label="Ease")
        on_ground = gr.Checkbox(label="On ground", info="Depth follows the scene beneath the object.")
        pinned = gr.Checkbox(label="Pinned to the screen", info="The camera does not move it.")
    return timing, easing, on_ground, pinned


def _lay_out_order() -> tuple[gr.Column, gr.Dropdown, gr.Radio]:
    with gr.Column(visible=False) as card, gr.Accordion("Order", open=False, elem_classes="card"):
        other = gr.Dropdown([], label="Against")
        relation = gr.Radio(RELATIONS, value="depth", label="This object is")
    return card, other, relation


def _lay_out_camera() -> tuple[gr.Dropdown, gr.Slider, gr.Dropdown]:
    with gr.Accordion("Camera", open=False, elem_classes="card"):
        moves = [path_editing.STILL, *path_editing.PRESETS]
        camera = gr.Dropdown(moves, value=path_editing.STILL, label="Move", elem_id="camera-move")
        amount = gr.Slider(path_editing.AMOUNT_STEP, 1, value=0.5, step=path_editing.AMOUNT_STEP, label="Amount")
        camera_easing = gr.Dropdown(EASINGS, value="both", label="Ease")
    return camera, amount, camera_easing


def wire(panel: MovePanel, session: gr.State) -> None:
    """Bind the panel to the person's session."""
    _wire_path(panel, session)
    _wire_motion(panel, session)
    _wire_waypoints(panel, session)


def widgets(panel: MovePanel) -> list[Any]:
    """Everything that `shown` may update."""
    return [
        panel.empty, panel.work, panel.canvas, panel.path_cards, panel.chosen, panel.timing, panel.easing,
        panel.on_ground, panel.pinned, panel.order_card, panel.other, panel.relation, panel.camera, panel.amount,
        panel.camera_easing,
    ]  # fmt: skip


def shown(panel: MovePanel, session: Session, other: str | None) -> dict[Any, Any]:
    """The panel's updates for a session; `other` is the name that an order is set against."""
    if session.work.project is None:
        return {panel.empty: gr.Markdown(visible=True), panel.work: gr.Row(visible=False)}
    return {
        panel.empty: gr.Markdown(visible=False),
        panel.work: gr.Row(visible=True),
        panel.canvas: _canvas(session),
        **_shown_path(panel, session, other),
        **_shown_camera(panel, session),
    }


def _shown_path(panel: MovePanel, session: Session, other: str | None) -> dict[Any, Any]:
    """The selected object's cards; without an object only the camera can move."""
    if session.selected is None:
        return {panel.path_cards: gr.Column(visible=False), panel.order_card: gr.Column(visible=False)}
    chosen = editing.find_object(session.project, session.selected)
    return {
        panel.path_cards: gr.Column(visible=True),
        panel.chosen: gr.Radio(choices=[item.name for item in session.project.objects], value=chosen.name),
        panel.timing: chosen.timing,
        panel.easing: chosen.easing,
        panel.on_ground: chosen.on_ground,
        panel.pinned: chosen.pinned_to_screen,
        **_shown_order(panel, session, chosen, other),
    }


def _canvas(session: Session) -> Image:
    """The photo with its paths; without them, and a message, where the project cannot be resolved to geometry."""
    try:
        return drawing.move_view(session)
    except LevitorError as error:
        gr.Warning(str(error), title="This would not render")
        return drawing.pick_view(session)


def _shown_order(panel: MovePanel, session: Session, chosen: SceneObject, other: str | None) -> dict[Any, Any]:
    others = [name for name in editing.names(session.project) if name != chosen.name]
    against = other if other in others else next(iter(others), None)
    relations = {order.name: order.relation for order in chosen.order_overrides}
    return {
        panel.order_card: gr.Column(visible=bool(others)),
        panel.other: gr.Dropdown(choices=others, value=against),
        panel.relation: relations.get(against or "", "depth"),
    }


def _shown_camera(panel: MovePanel, session: Session) -> dict[Any, Any]:
    camera = session.project.camera
    name, amount = path_editing.preset_of(camera, session.project.scene.size_hw)
    choices = [path_editing.STILL, *path_editing.PRESETS] + [path_editing.CUSTOM] * (name == path_editing.CUSTOM)
    return {
        panel.camera: gr.Dropdown(choices=choices, value=name),
        panel.amount: gr.Slider(interactive=False) if amount is None else gr.Slider(value=amount, interactive=True),
        panel.camera_easing: camera.easing if camera.keys else gr.skip(),
    }


def _wire_path(panel: MovePanel, session: gr.State) -> None:
    @told
    def click(session: Session, click_means: str, place: gr.SelectData) -> Session:
        return clicked(session, click_means, *drawing.to_working(session.project, *place.index))

    panel.canvas.select(click, [session, panel.click_means], session, show_progress="hidden", api_visibility=PRIVATE)
    panel.chosen.input(
        told(Session.select), [session, panel.chosen], session, show_progress="hidden", api_visibility=PRIVATE
    )


def clicked(session: Session, click_means: str, x: float, y: float) -> Session:
    """What a click at a working pixel does to the selected object's path."""
    if session.selected is None:
        raise InputError("Pick an object first; then click where it should go.")
    path = editing.find_object(session.project, session.selected).waypoints
    if click_means == "move" and path:
        nearest = path_editing.nearest_waypoint(path, x, y)
        return session.edit(editing.change_waypoint, session.selected, nearest, x=x, y=y)
    index = path_editing.place_in_path(path, x, y) if click_means == "insert" else len(path)
    return session.edit(editing.insert_waypoint, session.selected, index, x, y)


def _wire_motion(panel: MovePanel, session: gr.State) -> None:
    @told
    def motion(session: Session, timing: Timing, easing: Easing, on_ground: bool, pinned: bool) -> Session:
        return session.edit(
            editing.set_motion, session.selected or "", timing=timing, easing=easing, on_ground=on_ground,
            pinned_to_screen=pinned,
        )  # fmt: skip

    @told
    def order(session: Session, other: str | None, relation: str) -> Session:
        return session.edit(editing.set_order, session.selected or "", other or "", relation)

    @told
    def camera(session: Session, name: str, amount: float, easing: Easing) -> Session:
        if name == path_editing.CUSTOM:
            return session
        move = path_editing.camera_preset(name, amount, easing, session.project.scene.size_hw)
        return session.edit(editing.set_camera, move)

    motions = [panel.timing, panel.easing, panel.on_ground, panel.pinned]
    for widget in motions:
        widget.input(motion, [session, *motions], session, show_progress="hidden", api_visibility=PRIVATE)
    panel.relation.input(
        order, [session, panel.other, panel.relation], session, show_progress="hidden", api_visibility=PRIVATE
    )
    for event in (panel.camera.input, panel.amount.release, panel.camera_easing.input):
        inputs = [session, panel.camera, panel.amount, panel.camera_easing]
        event(camera, inputs, session, show_progress="hidden", api_visibility=PRIVATE)


def _wire_waypoints(panel: MovePanel, session: gr.State) -> None:
    with panel.waypoints:

        @gr.render(session, triggers=[session.change], show_progress="hidden")
        def cards(current: Session) -> None:
            if current.work.project is None or current.selected is None:
                return
            chosen = editing.find_object(current.project, current.selected)
            depths = drawing.waypoint_depths(current.project, chosen) if chosen.waypoints else ()
            for index in range(len(chosen.waypoints)):
                _lay_out_waypoint(session, current, chosen, index, depths)
            if len(chosen.waypoints) < 2:
                heading("", "Click on the photo where it should go; every click adds a waypoint.")


def _lay_out_waypoint(
    session: gr.State, current: Session, chosen: SceneObject, index: int, depths: tuple[float, ...]
) -> None:
    point, softness = chosen.waypoints[index], current.project.softness
    factor = point.size / chosen.waypoints[0].size * depths[0] / depths[index]

    def change(session: Session, nearness: float, size: float, rotation: float, time: str) -> Session:
        values = {"size": size, "rotation": rotation, "time": read_time(time)}
        changes = values | _moved_nearness(nearness, shown, index, softness)
        if all(getattr(point, key) == value for key, value in changes.items()):
            return session
        return session.edit(editing.change_waypoint, chosen.name, index, **changes)

    def delete(session: Session) -> Session:
        return session.edit(editing.delete_waypoint, chosen.name, index)

    shown = round(path_editing.slider_of_depth(depths[index], softness), 3)
    with gr.Column(elem_classes="waypoint"):
        about = "start, as deep as it stands" if index == 0 else f"size ×{factor:.2f}"
        nearness = gr.Slider(
            0, 1, value=shown, step=0.001, label=f"{index + 1} · {about}", interactive=index > 0,
            elem_id=f"nearness-{index + 1}", elem_classes="nearness", buttons=[],
        )  # fmt: skip
        with gr.Row():
            size = gr.Number(point.size, label="Size", minimum=0.05, maximum=20, step=0.1, min_width=64)
            rotation = gr.Number(point.rotation, label="Turn °", step=5, min_width=64)
            time = gr.Textbox(
                "" if point.time is None else f"{point.time:g}", label="Time 0–1", placeholder="auto", min_width=64,
                max_lines=1,
            )  # fmt: skip
            remove = gr.Button("✕", size="sm", min_width=36, scale=0, elem_id=f"delete-waypoint-{index + 1}")
    values = [session, nearness, size, rotation, time]
    for event in (nearness.release, size.blur, rotation.blur, time.blur, size.submit, rotation.submit, time.submit):
        event(told(change), values, session, show_progress="hidden", api_visibility=PRIVATE)
    remove.click(told(delete), session, session, show_progress="hidden", api_visibility=PRIVATE)


def read_time(text: str) -> float | None:
    """A moment 0..1 as typed; empty means wherever the path's speed puts it."""
    try:
        return float(text.replace(",", ".")) if text.strip() else None
    except ValueError as error:
        raise InputError(f"{text!r} is not a time; type a number from 0 to 1, or nothing.") from error


def _moved_nearness(position: float, shown: float, index: int, softness: float) -> dict[str, float]:
    """The new nearness, only when the slider was really moved: else "same" would silently become a number."""
    if index == 0 or position == shown:
        return {}
    return {"nearness": path_editing.nearness_of_slider(position, softness)}
