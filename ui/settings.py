"""The Generate panel's settings: one widget for each that a renderer declares."""

from typing import Any

import gradio as gr

from levitor_core.document import Document, GenerationSettings
from levitor_core.fields import Setting, settings_of
from levitor_core.renderers import all_settings, entries, setting_values


def lay_out_settings() -> tuple[dict[str, Any], gr.Button]:
    """The widgets by their settings' names, and the button for another seed."""
    common, made = [setting.name for setting in settings_of(GenerationSettings)], {}
    with gr.Column(elem_classes="card"):
        made |= _widgets("renderer")
        with gr.Row():
            made |= _widgets("seed")
            dice = gr.Button("New seed", size="sm", min_width=80, scale=0, elem_id="dice")
        made |= _widgets(*(name for name in common if name not in made))
    for entry in entries():
        own = [setting.name for setting in entry.own_settings if setting.name not in made]
        if own:
            with gr.Accordion(f"More for {entry.title}", open=False, elem_classes="card"):
                made |= _widgets(*own)
    return {name: made[name] for name in all_settings()}, dice


def _widgets(*names: str) -> dict[str, Any]:
    return {name: _widget(all_settings()[name]) for name in names}


def _widget(setting: Setting) -> Any:
    """A setting's widget, as it is declared; empty means the renderer's own default."""
    about: dict[str, Any] = {
        "value": setting_values(Document())[setting.name], "label": setting.label, "info": setting.help,
        "elem_id": f"setting-{setting.name}",
    }  # fmt: skip
    if setting.name == "renderer":
        return gr.Dropdown([("Automatic", "auto"), *((entry.title, entry.name) for entry in entries())], **about)
    widget, between = setting.widget, setting.between
    if widget is None or between is None:
        return gr.Dropdown(list(widget.labels) if widget else [], **about)
    if widget.kind == "number":
        return gr.Number(precision=0, **about)
    return gr.Slider(between.low, between.high, step=widget.step, buttons=[], **about)


def read_settings(*values: Any) -> dict[str, Any]:
    """Settings by their names from the widgets' values, in the order of `all_settings`; an empty number is none."""
    given = dict(zip(all_settings().values(), values, strict=True))
    return {setting.name: setting.read(value) for setting, value in given.items()}
