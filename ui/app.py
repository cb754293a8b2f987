"""The page: the stage, on which objects are picked and moved, then Generate; the browser owns the document."""

import html
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from levitor_core.devices import on_zero_gpu
from levitor_core.engine import Engine, ModelStatus
from ui import api, finished, generation, keeping, staging
from ui.handlers import PRIVATE, page_of
from ui.outputs import FinishedVideos
from ui.server.page import Page
from ui.server.service import Service
from ui.stage import OpenPhotos, handle
from ui.workspace import Workspace

TITLE = "LeviTor"


class Header(NamedTuple):
    """The buttons that are always there."""

    photo: gr.Button
    undo: gr.Button
    redo: gr.Button
    save: gr.Button
    generate: gr.Button


def build_app(engine: Engine, service: Service | None = None) -> Page:
    """The whole page over one engine and one service; launch it with `ui.theme`'s theme and css."""
    service = service or Service()
    workspace, photos = Workspace(service.settings.keep_closed_s), _open_photos(service)
    service.forgetting += [workspace.forget, photos.forget]
    service.tidying.append(workspace.clear_up)
    with Page(service, title=TITLE, analytics_enabled=False, fill_width=True) as page:
        videos, document = gr.State(FinishedVideos()), gr.JSON(visible=False)
        header, status = _header()
        download = gr.DownloadButton("Download", visible="hidden", elem_id="download")
        with gr.Tabs(elem_id="panels") as tabs:
            with gr.Tab("1  Pick and move", id="stage"):
                panel = staging.lay_out(engine, photos)
            with gr.Tab("2  Generate", id="generate") as second:
                generate = generation.lay_out(engine.entries)
        delete, foot = keeping.lay_out(service)
        keeping.wire(delete, service)
        parts = generation.PageParts(videos, panel.stage, document, photos, workspace, download)
        openings = staging.wire(panel, engine, photos, document)
        openings.append(generation.wire(generate, engine, parts, header.generate))
        _wire_header(header, tabs, parts)
        for opening in openings:
            opening.success(
                lambda: {**{button: gr.Button(interactive=True) for button in header}, **staging.show_work(panel)},
                None, [*header, panel.welcome, panel.work], show_progress="hidden", api_visibility=PRIVATE,
            )  # fmt: skip
        api.wire(engine, workspace)
        _wire_life(page, engine, parts, panel, (status, foot))
        if on_zero_gpu():
            generation.wire_cost(second, generate, engine, parts)
    return page.queue(max_size=None, default_concurrency_limit=None)  # the service's limits know clients


def _open_photos(service: Service) -> OpenPhotos:
    """The open photos, with a place on disk where the service has one."""
    if service.run is None:
        return OpenPhotos(service.settings.scenes, most_bytes=service.settings.scenes_mb << 20)

    def own_file(path: Path, owner: tuple[str, str]) -> None:
        service.own([{"path": str(path)}], *owner)

    settings = service.settings
    return OpenPhotos(settings.scenes, service.run.path / "scenes", own_file, settings.scenes_mb << 20)


def _header() -> tuple[Header, gr.HTML]:
    with gr.Row(elem_id="header"):
        gr.HTML(f"<h1>{TITLE}</h1>", elem_id="brand", padding=False)
        status = gr.HTML("<ul><li>Looking at which models are here …</li></ul>", elem_id="status", padding=False)
        photo, undo, redo, save = (
            gr.Button(name, size="sm", interactive=False, elem_id=name.split()[0].lower())
            for name in ("New photo", "Undo", "Redo", "Save project")
        )
        generate = gr.Button("Generate", size="sm", variant="primary", interactive=False, elem_id="generate-now")
    return Header(photo, undo, redo, save, generate), status


def _wire_header(header: Header, tabs: gr.Tabs, parts: generation.PageParts) -> None:
    def save(document: Any, request: gr.Request) -> Path:
        folder = parts.workspace.folder(page_of(request))
        return generation.save_project(parts.photos.project_of(document), folder)

    for button, call in (
        (header.photo, "chooseFile()"),
        (header.undo, "undo()"),
        (header.redo, "redo()"),
    ):
        button.click(None, None, None, js=handle.on_stage(call), api_visibility=PRIVATE)
    for button, panel in ((header.photo, "stage"), (header.generate, "generate")):
        button.click(
            lambda panel=panel: gr.Tabs(selected=panel), None, tabs, show_progress="hidden", api_visibility=PRIVATE
        )
    finished.download_on(
        header.save, save, [parts.document], parts.download, js=handle.DOCUMENT, also=[parts.stage.save]
    )


def _wire_life(
    page: Page, engine: Engine, parts: generation.PageParts, panel: staging.StagePanel, told: tuple[gr.HTML, gr.HTML]
) -> None:
    workspace = parts.workspace

    def arrive(tab: str, keeps_work: bool, request: gr.Request) -> tuple[FinishedVideos, gr.Button]:
        return workspace.enter(page_of(request), tab), gr.Button(visible=bool(keeps_work))

    def close(request: gr.Request) -> None:
        workspace.close(page_of(request))

    def status() -> tuple[str, str]:
        models = engine.models()
        return status_line(models, page.service.notes), keeping.about(page.service, models)

    page.load(status, None, [*told], show_progress="hidden", api_visibility=PRIVATE)
    page.load(
        staging.show_examples, None, [panel.playable, panel.gallery], show_progress="hidden", api_visibility=PRIVATE
    )
    tab = [gr.Textbox(visible=False), gr.Checkbox(visible=False)]
    page.load(
        arrive, tab, [parts.videos, panel.go_on], js=handle.TAB, show_progress="hidden", api_visibility=PRIVATE
    )  # fmt: skip
    page.unload(close)


def status_line(models: tuple[ModelStatus, ...], notes: tuple[str, ...] = ()) -> str:
    """Which models are real and which are stand-ins; each opens to say why, as do notes for the host."""
    told = (ModelStatus("weights", "missing", True, note) for note in notes)
    return f"<ul>{''.join(map(_status_chip, (*models, *told)))}</ul>"


def _status_chip(model: ModelStatus) -> str:
    name, about = f"{model.purpose.capitalize()}: {model.name}", ""
    if model.is_stand_in:
        name, about = _INSTEAD.get(model.purpose, (name, ""))
    why = f"{about} {model.reason}".strip() or "The real model."
    kind: Any = ' class="stand-in"' if model.is_stand_in else ""
    return f"<li{kind}><details><summary>{html.escape(name)}</summary><p>{html.escape(why)}</p></details></li>"


# What does a model's job without weights, in a person's words, and what that means.
_INSTEAD = {
    "depth": ("Guessed depth", "Far at the top, near at the bottom, things on their feet: mend it or bring your own."),
    "masks": ("Quick masks", "Found by colours and edges: clear outlines need one click, others a few more."),
}
