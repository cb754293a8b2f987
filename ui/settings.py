"""The Generate panel's settings: the widgets that renderers declare."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from levitor_core import provenance
from levitor_core.document import GenerationSettings, RendererSettings
from levitor_core.fields import Setting, settings_of
from levitor_core.renderers import RendererEntry, all_settings, entries
from ui.handlers import PRIVATE
from ui.stage import Stage, handle

NEW_SEED = "setSetting('seed', Math.floor(Math.random() * 2 ** 32))"


def lay_out_settings(offered: Sequence[RendererEntry]) -> tuple[dict[str, Any], gr.Button]:
    """The widgets by the names of the settings that the offered renderers read, and the button for another seed."""
    common, made = [setting.name for setting in settings_of(GenerationSettings)], {}
    with gr.Column(elem_classes="card"):
        made["renderer"] = gr.Dropdown(
            [("Automatic", "auto"), *((entry.title, entry.name) for entry in offered)],
            **_about(all_settings()["renderer"]),
        )
        gr.HTML(provenance.table(offered), padding=False, elem_id="licences")
        with gr.Row():
            made |= _widgets("seed")
            dice = gr.Button("New seed", size="sm", min_width=80, scale=0, elem_id="dice")
        made |= _widgets(*(name for name in common if name not in made))
    read = {setting.name for entry in offered for setting in entry.own_settings if setting.widget}
    with gr.Accordion("More settings", open=False, elem_classes="card", elem_id="more"):
        made |= _widgets(*(name for name in all_settings() if name in read and name not in made))
    return {name: made[name] for name in all_settings() if name in made}, dice


def hide_unread() -> str:
    """The style rules by which a renderer's own settings are seen only while a renderer that reads them is in use."""
    return "\n".join(
        f':root[data-renderer="{entry.name}"] .own-setting:not(.read-by-{entry.name}) {{ display: none; }}'
        for entry in entries()
    )


def _widgets(*names: str) -> dict[str, Any]:
    return {name: _widget(all_settings()[name]) for name in names}


def _at_first(setting: Setting) -> Any:
    """What a renderer without defaults of its own takes where nothing is set."""
    return getattr(RendererSettings(), setting.name, None) if setting.default is None else setting.default


def _readers(name: str) -> list[str]:
    readers = [f"read-by-{entry.name}" for entry in entries() if name in entry.own_names]
    return ["own-setting", *readers] if readers else []


def _about(setting: Setting) -> dict[str, Any]:
    return {
        "value": _at_first(setting), "label": setting.label, "info": setting.help,
        "elem_id": f"setting-{setting.name}", "elem_classes": _readers(setting.name),
    }  # fmt: skip


def _widget(setting: Setting) -> Any:
    """A setting's widget, as it is declared; empty means the renderer's own default."""
    about = _about(setting)
    widget, between = setting.widget, setting.between
    if widget is not None and widget.kind == "text":
        return gr.Textbox(max_length=setting.longest, **about)
    if widget is None or between is None:
        return gr.Dropdown(list(widget.labels) if widget else [], **about)
    if widget.kind == "number":
        return gr.Number(precision=0, **about)
    return gr.Slider(between.low, between.high, step=widget.step, buttons=[], **about)


def wire_settings(widgets: dict[str, Any], dice: gr.Button, stage: Stage) -> None:
    """Whatever is set by hand goes into the document, in the browser, and what else changes there into the widgets."""
    for name, widget in widgets.items():
        done = widget.input if isinstance(widget, gr.Dropdown) else getattr(widget, "release", None) or widget.blur
        done(None, widget, None, js=handle.set_setting(name), api_visibility=PRIVATE)
    dice.click(None, None, None, js=handle.on_stage(NEW_SEED), api_visibility=PRIVATE)
    stage.settings(None, None, [*widgets.values()], js=handle.settings_to_show(widgets), api_visibility=PRIVATE)
