"""The Pick panel's card for scenery: still things whose depth is shifted or flattened."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from levitor_core import editing
from ui.handlers import PRIVATE, told
from ui.session import Session


@dataclass(frozen=True, eq=False)
class SceneryCard:
    """The list of scenery and what can be done to the chosen piece."""

    card: gr.Column
    chosen: gr.Radio
    shift: gr.Slider
    flatten: gr.Checkbox
    delete: gr.Button


def lay_out() -> SceneryCard:
    """Make the widgets; the card shows once there is scenery."""
    with gr.Column(elem_classes="card", visible=False, elem_id="scenery") as card:
        gr.Markdown("### Scenery\nStill things; their depth can be corrected.", elem_classes="heading")
        chosen = gr.Radio([], label="Scenery", show_label=False, container=False)
        shift = gr.Slider(-255, 255, value=0, step=1, label="Shift nearer (+) or farther (−)", buttons=[])
        flatten = gr.Checkbox(label="Flatten to one depth")
        delete = gr.Button("Forget it", size="sm")
    return SceneryCard(card, chosen, shift, flatten, delete)


def wire(card: SceneryCard, session: gr.State) -> None:
    """Bind the card to the person's session."""

    def changed(session: Session, chosen: str, shift: float, flatten: bool) -> Session:
        return session.edit(editing.change_scenery, chosen, shift=shift, flatten=flatten)

    def forgotten(session: Session, chosen: str) -> Session:
        return session.edit(editing.delete_scenery, chosen)

    for event in (card.shift.release, card.flatten.input):
        inputs = [session, card.chosen, card.shift, card.flatten]
        event(told(changed), inputs, session, show_progress="hidden", api_visibility=PRIVATE)
    card.delete.click(told(forgotten), [session, card.chosen], session, show_progress="hidden", api_visibility=PRIVATE)


def widgets(card: SceneryCard) -> list[Any]:
    """Everything that `shown` may update."""
    return [card.card, card.chosen, card.shift, card.flatten]


def shown(card: SceneryCard, session: Session, chosen: str | None) -> dict[Any, Any]:
    """The card's updates for a session; `chosen` is the piece chosen on the page."""
    pieces = {item.name: item for item in session.project.scenery}
    if not pieces:
        return {card.card: gr.Column(visible=False)}
    piece = pieces.get(chosen or "", next(reversed(pieces.values())))
    return {
        card.card: gr.Column(visible=True),
        card.chosen: gr.Radio(choices=list(pieces), value=piece.name),
        card.shift: piece.shift,
        card.flatten: piece.flatten,
    }
