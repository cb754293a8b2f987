"""The page: three panels in the order of the work, around one immutable session per tab."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from levitor_core.engine import Engine, ModelStatus
from levitor_core.settings import GenerationSettings
from ui import generation, interactive, retrieval
from ui.handlers import PRIVATE, told
from ui.outputs import Tries
from ui.session import Session
from ui.workspace import Workspace

CACHE_HOURS = 24
TITLE = "LeviTor"
TABS = ("pick", "move", "generate")


class Header(NamedTuple):
    """The buttons that are always there."""

    photo: gr.UploadButton
    undo: gr.Button
    redo: gr.Button
    save: gr.Button


def build_app(engine: Engine) -> gr.Blocks:
    """The whole page over one engine; launch it with `ui.theme`'s theme and css."""
    workspace = Workspace()
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, delete_cache=(3600, CACHE_HOURS * 3600), fill_width=True
    ) as page:
        session, tries = gr.State(Session()), gr.State(Tries())
        header, status = _header()
        download = gr.DownloadButton("Download", visible="hidden", elem_id="download")
        with gr.Tabs(elem_id="panels") as tabs:
            with gr.Tab("1  Pick", id="pick"):
                pick = retrieval.lay_out()
            with gr.Tab("2  Move", id="move"):
                move = interactive.lay_out()
            with gr.Tab("3  Generate", id="generate"):
                generate = generation.lay_out()
        retrieval.wire(pick, header.photo, engine, session)
        interactive.wire(move, session)
        generation.wire(generate, engine, session, tries, workspace, download)
        _wire_header(header, session, download, workspace)
        _wire_showing(session, tabs, header, pick, move, generate)
        _wire_api(engine, workspace)
        _wire_life(page, engine, workspace, pick, status)
    return page.queue(max_size=32, default_concurrency_limit=4)


def _to_tab(tab: str) -> Callable[[], tuple[gr.Tabs, str]]:
    return lambda: (gr.Tabs(selected=tab), tab)


def _header() -> tuple[Header, gr.HTML]:
    with gr.Row(elem_id="header"):
        gr.HTML(
            f"<h1>{TITLE}</h1><p>Pick an object in a photo, draw its path in depth, get the video.</p>",
            elem_id="brand",
        )
        photo = gr.UploadButton("New photo", size="sm", interactive=False, elem_id="new-photo")
        undo = gr.Button("Undo", size="sm", interactive=False, elem_id="undo")
        redo = gr.Button("Redo", size="sm", interactive=False, elem_id="redo")
        save = gr.Button("Save project", size="sm", interactive=False, elem_id="save")
    status = gr.HTML("<ul><li>Looking at which models are here …</li></ul>", elem_id="status")
    return Header(photo, undo, redo, save), status


def _wire_header(
    header: Header,
    session: gr.State,
    download: gr.DownloadButton,
    workspace: Workspace,
) -> None:
    def saved(session: Session, request: gr.Request) -> Path:
        return generation.save_project(session, workspace.folder(request.session_hash or "api"))

    header.undo.click(told(Session.undo), session, session, show_progress="hidden", api_visibility=PRIVATE)
    header.redo.click(told(Session.redo), session, session, show_progress="hidden", api_visibility=PRIVATE)
    generation.download_on(header.save, saved, [session], download)


def _wire_showing(
    session: gr.State,
    tabs: gr.Tabs,
    header: Header,
    pick: retrieval.PickPanel,
    move: interactive.MovePanel,
    generate: generation.GeneratePanel,
) -> None:
    """Whatever changes the session, one answer brings the open panel up to date."""
    open_tab, shown_settings = gr.State("pick"), gr.State(GenerationSettings())

    def opened(chosen: gr.SelectData) -> str:
        return str(TABS[chosen.index])

    @told
    def show(
        session: Session, tab: str, show_depth: bool, piece: str | None, other: str | None, settings: GenerationSettings
    ) -> dict[Any, Any]:
        started = session.work.project is not None
        updates: dict[Any, Any] = {
            header.photo: gr.UploadButton(interactive=started),
            header.undo: gr.Button(interactive=bool(session.past)),
            header.redo: gr.Button(interactive=bool(session.future)),
            header.save: gr.Button(interactive=started),
        }
        if tab == "pick" or not started:
            updates |= retrieval.shown(pick, session, show_depth, piece)
        if tab == "move" or not started:
            updates |= interactive.shown(move, session, other)
        current = settings if not started else session.project.settings
        updates |= generation.shown(generate, settings, current) | {shown_settings: current}
        return updates

    tabs.select(opened, None, open_tab, show_progress="hidden", api_visibility=PRIVATE)
    for button, tab in ((pick.objects.onward, "move"), (move.onward, "generate")):
        button.click(_to_tab(tab), None, [tabs, open_tab], show_progress="hidden", api_visibility=PRIVATE)
    inputs = [session, open_tab, pick.show_depth, pick.still.chosen, move.other, shown_settings]
    outputs = [
        *header,
        *retrieval.widgets(pick),
        *interactive.widgets(move),
        *generate.settings.values(),
        shown_settings,
    ]
    chosen = pick.show_depth.input, pick.still.chosen.input, move.other.input
    for event in (session.change, open_tab.change, *chosen):
        event(show, inputs, outputs, show_progress="hidden", trigger_mode="always_last", api_visibility=PRIVATE)


def _wire_api(engine: Engine, workspace: Workspace) -> None:
    """`/render`: a project file in, an MP4 out; the page itself does not show it."""

    @told
    def render(
        project: str,
        renderer: str,
        seed: float | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> str:
        """Render a LeviTor project file to an MP4. Renderer: auto, preview or levitor; no seed keeps the project's."""
        folder = workspace.folder(request.session_hash or "api")
        changes = {"renderer": renderer or None, "seed": None if seed is None else int(seed)}
        return str(generation.render_file(engine, Path(project), folder, progress, **changes))

    with gr.Row(visible=False):
        project = gr.File(label="Project file", file_types=[".levitor"])
        renderer = gr.Textbox("auto", label="Renderer: auto, preview or levitor")
        seed = gr.Number(None, label="Seed; empty keeps the project's", precision=0)
        video = gr.Video(label="Video")
        gr.Button("Render").click(
            render, [project, renderer, seed], video, api_name="render", concurrency_limit=1, concurrency_id="render"
        )


def _wire_life(
    page: gr.Blocks, engine: Engine, workspace: Workspace, pick: retrieval.PickPanel, status: gr.HTML
) -> None:
    def closed(request: gr.Request) -> None:
        workspace.close(request.session_hash or "api")

    page.load(lambda: status_line(engine.models()), None, status, show_progress="hidden", api_visibility=PRIVATE)
    page.load(retrieval.show_examples, None, pick.gallery, show_progress="hidden", api_visibility=PRIVATE)
    page.unload(closed)


def status_line(models: tuple[ModelStatus, ...]) -> str:
    """Which models are real and which are stand-ins; each opens to say why."""
    return f"<ul>{''.join(map(_status_chip, models))}</ul>"


def _status_chip(model: ModelStatus) -> str:
    said = " (stand-in)" if model.is_stand_in and "stand-in" not in model.name else ""
    name = html.escape(f"{model.purpose.capitalize()}: {model.name}{said}")
    kind: Any = ' class="stand-in"' if model.is_stand_in else ""
    if not model.reason:
        return f"<li{kind}><details><summary>{name}</summary><p>The real model.</p></details></li>"
    return f"<li{kind}><details><summary>{name}</summary><p>{html.escape(model.reason)}</p></details></li>"
