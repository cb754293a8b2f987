"""The steps as calls of the page, hidden on it: typed, documented, under the limits of everything else."""

import inspect
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from levitor_core.engine import Engine
from ui.api.steps import STEPS, Step
from ui.handlers import monitor_for, show_mistakes
from ui.server.page import RENDER, STEP
from ui.workspace import Workspace


def wire(engine: Engine, workspace: Workspace) -> None:
    """Put every step on the page that is being built."""
    with gr.Row(visible=False):
        for step in STEPS:
            widgets = [parameter.widget() for parameter in step.parameters]
            made = gr.File(label=f"The {' or '.join(step.kind.suffixes[:1])} file that it made")
            turn = RENDER if step.renders else STEP
            gr.Button().click(
                show_mistakes(_called(step, engine, workspace)), widgets, made, api_name=step.name, **turn
            )


def _called(step: Step, engine: Engine, workspace: Workspace) -> Callable[..., str]:
    """A function whose signature and help say what the step takes."""
    names = [parameter.name for parameter in step.parameters]

    def call(*values: Any) -> str:
        *given, request, progress = values
        folder = Path(tempfile.mkdtemp(dir=workspace.folder(request.session_hash or "api")))
        return str(step.run(dict(zip(names, given, strict=True)), folder, engine, monitor_for(progress)))

    call.__name__, call.__doc__ = step.name, _help(step)
    call.__signature__ = _signature(step)  # type: ignore[attr-defined]
    call.__annotations__ = {"request": gr.Request}
    return call


def _signature(step: Step) -> inspect.Signature:
    taken = inspect.Parameter.POSITIONAL_OR_KEYWORD
    own = [
        inspect.Parameter(parameter.name, taken, default=inspect.Parameter.empty if parameter.required else None)
        for parameter in step.parameters
    ]
    # Gradio looks at how a parameter is annotated or at its default, and not at what comes before it
    request = inspect.Parameter("request", taken, annotation=gr.Request, default=None)
    progress = inspect.Parameter("progress", taken, default=gr.Progress())
    return inspect.Signature([*own, request, progress], return_annotation=str)


def _help(step: Step) -> str:
    lines = [f"    {parameter.name}: {parameter.about}" for parameter in step.parameters]
    return "\n".join([step.about, "", "Args:", *lines])
