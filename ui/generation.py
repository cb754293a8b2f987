"""Panel 3, Generate: settings, a check before anything expensive, the run with progress and cancel, earlier tries."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from levitor_core.devices import on_zero_gpu
from levitor_core.engine import Engine
from levitor_core.errors import Cancelled, InputError, LevitorError
from levitor_core.files.project_file import save
from levitor_core.renderers import RendererEntry
from levitor_core.structures import Image, Project
from ui.finished import wire_files, wire_videos
from ui.handlers import PRIVATE, monitor_for, page_of, show_mistakes
from ui.outputs import FinishedVideos, control_sketch, render_videos
from ui.server.failures import as_message, in_markdown
from ui.server.page import MAKING, RENDER
from ui.settings import lay_out_settings, wire_settings
from ui.stage import OpenPhotos, Stage, handle
from ui.staging import heading
from ui.workspace import Workspace

LOOKING = "() => '*Looking at what may disappoint …*'"


@dataclass(frozen=True, eq=False)
class GeneratePanel:
    """The panel's widgets that change with the session or that events are bound to."""

    video: gr.Video
    notes: gr.Markdown
    adherence: gr.Markdown
    files: gr.Row
    mp4: gr.Button
    gif: gr.Button
    strip: gr.Button
    overlay: gr.Button
    beside: gr.Button
    earlier: gr.Column
    gallery: gr.Gallery
    bring_back: gr.Button
    check: gr.Button
    checks: gr.Markdown
    sketch: gr.Image
    generate: gr.Button
    cancel: gr.Button
    dice: gr.Button
    settings: dict[str, Any]


def lay_out(offered: Sequence[RendererEntry]) -> GeneratePanel:
    """Make the widgets, in the order in which they stand on the page."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=320):
            video = gr.Video(
                show_label=False, interactive=False, autoplay=True, loop=True, elem_id="result", elem_classes="canvas",
                buttons=[],
            )  # fmt: skip
            notes = gr.Markdown(elem_classes="heading", elem_id="notes")
            adherence = gr.Markdown(elem_id="adherence")
            with gr.Row(visible=False) as files:
                mp4, gif, strip, overlay, beside = (
                    gr.Button(name, size="sm", min_width=90, elem_id=f"get-{name.split()[0].lower()}")
                    for name in ("MP4", "GIF", "Frame strip", "Control overlay", "Beside Preview")
                )
            sketch = gr.Image(
                show_label=False, visible=False, interactive=False, container=False, buttons=["fullscreen"],
                elem_id="sketch",
            )  # fmt: skip
            with gr.Column(visible=False) as earlier:
                heading("Earlier tries")
                gallery = gr.Gallery(
                    show_label=False,
                    columns=5,
                    height="auto",
                    allow_preview=False,
                    elem_id="tries",
                    buttons=[],
                    fit_columns=False,
                )
                bring_back = gr.Button("Bring back this try's project and settings", size="sm")
        with gr.Column(scale=3, min_width=300, elem_classes="side"):
            check, checks, generate, cancel = _lay_out_run()
            settings, dice = lay_out_settings(offered)
    return GeneratePanel(
        video, notes, adherence, files, mp4, gif, strip, overlay, beside, earlier, gallery, bring_back, check, checks,
        sketch, generate, cancel, dice, settings,
    )  # fmt: skip


def _lay_out_run() -> tuple[gr.Button, gr.Markdown, gr.Button, gr.Button]:
    with gr.Column(elem_classes="card"):
        heading("Make the video")
        generate = gr.Button("Generate", variant="primary", size="lg", elem_id="generate")
        cancel = gr.Button("Cancel", variant="stop", visible=False, elem_id="cancel")
        check = gr.Button("Check first", size="sm", elem_id="check")
        checks = gr.Markdown(elem_id="checks")
    return check, checks, generate, cancel


@dataclass(frozen=True, eq=False)
class PageParts:
    """What the panel acts on: the person's videos, the stage, the document that it hands over with every request to
    act, the open photos, the tab's files."""

    videos: gr.State
    stage: Stage
    document: gr.JSON
    photos: OpenPhotos
    workspace: Workspace
    download: gr.DownloadButton


def wire(panel: GeneratePanel, engine: Engine, parts: PageParts, also_generate: gr.Button) -> Any:
    """Bind the panel, and the header's Generate, to the engine and to the person's work; returns the event that may
    open another project."""
    wire_settings(panel.settings, panel.dice, parts.stage)
    _wire_run(panel, engine, parts, also_generate)
    wire_files(panel, engine, parts)
    return wire_videos(panel, engine, parts)


def _wire_run(panel: GeneratePanel, engine: Engine, parts: PageParts, also: gr.Button) -> None:
    workspace = parts.workspace
    buttons, job = [panel.generate, panel.cancel], gr.State(None)  # the project as it was when Generate was pressed

    @show_mistakes
    def pressed(document: Any, request: gr.Request) -> tuple[Any, ...]:
        project = parts.photos.project_of(document)
        workspace.expect(page_of(request))
        return project, gr.Button(interactive=False), gr.Button(visible=True)

    def run(
        project: Project, videos: FinishedVideos, request: gr.Request, progress: gr.Progress = gr.Progress()  # noqa: B008
    ) -> tuple[Any, ...]:  # fmt: skip
        try:
            videos = videos.with_new(render_for_page(engine, project, workspace, page_of(request), progress))
            workspace.keep(page_of(request), videos)
        except Cancelled as stopped:
            gr.Info(str(stopped), title="Stopped")
        except LevitorError as error:
            gr.Warning(as_message(str(error)), title="That did not work")
        return videos, None, *_idle()

    def check(document: Any) -> tuple[str, gr.Image]:
        about, sketch = describe_run(engine, parts.photos.project_of(document))
        return about, gr.Image(sketch, visible=sketch is not None)

    def cancel(request: gr.Request) -> None:
        workspace.cancel(page_of(request))

    started = gr.on(
        [panel.generate.click, also.click], pressed, parts.document, [job, *buttons],
        js=handle.DOCUMENT, show_progress="hidden", api_visibility=PRIVATE,
    )  # fmt: skip
    ended = started.success(
        run, [job, parts.videos], [parts.videos, job, *buttons], show_progress="full",
        show_progress_on=panel.video, api_visibility=PRIVATE, **RENDER,
    )  # fmt: skip
    ended.failure(_idle, None, buttons, queue=False, show_progress="hidden", api_visibility=PRIVATE)
    panel.cancel.click(cancel, None, None, queue=False, show_progress="hidden", api_visibility=PRIVATE)
    looking = panel.check.click(None, None, panel.checks, js=LOOKING, api_visibility=PRIVATE)
    checked = looking.then(
        show_mistakes(check), parts.document, [panel.checks, panel.sketch], js=handle.DOCUMENT,
        show_progress="hidden", api_visibility=PRIVATE, **MAKING,
    )  # fmt: skip
    checked.failure(lambda: "", None, panel.checks, queue=False, show_progress="hidden", api_visibility=PRIVATE)


def wire_cost(tab: gr.Tab, panel: GeneratePanel, engine: Engine, parts: PageParts) -> None:
    """Whoever comes to the panel is told, before Generate, what the video costs of the GPU that is lent."""

    def cost(document: Any) -> str:
        try:
            return lent(engine, parts.photos.project_of(document)).strip()
        except InputError:  # nothing is open yet
            return ""

    tab.select(cost, parts.document, panel.checks, js=handle.DOCUMENT, show_progress="hidden", api_visibility=PRIVATE)


def _idle() -> tuple[gr.Button, gr.Button]:
    """Generate and Cancel while nothing runs."""
    return gr.Button(interactive=True), gr.Button(visible=False)


def render_for_page(
    engine: Engine, project: Project, workspace: Workspace, page: str, progress: gr.Progress
) -> tuple[Any, ...]:
    """The project's clips as files in the page's folder, while the page may cancel."""
    monitor = monitor_for(progress)
    workspace.start(page, monitor)
    try:
        return render_videos(engine, project, workspace.folder(page), monitor)
    finally:
        workspace.finish(page)


def describe_run(engine: Engine, project: Project) -> tuple[str, Image | None]:
    """What to know before the run, as a list, and the control points over first, middle and last frame."""
    entry, settings = engine.renderer(project.settings.renderer).entry, engine.settings_of(project)
    seconds, result = settings.num_frames / settings.fps, engine.check(project)
    found = result.sentences or ("Nothing to worry about.",)
    videos = "one video" if settings.num_variants == 1 else f"{settings.num_variants} videos"
    facts = f"{entry.title} will make {videos} of {result.num_frames} frames, {seconds:.1f} s long."
    estimate = engine.estimate_seconds(project)
    if estimate is not None:
        facts += f" That takes about {max(1, round(estimate))} s here."
    facts += lent(engine, project)
    try:
        sketch = control_sketch(engine, project, result.steering)
    except InputError as error:
        sketch, found = None, (*found, str(error))
    return "\n".join(f"- {in_markdown(sentence)}" for sentence in (facts, *found)), sketch


def lent(engine: Engine, project: Project) -> str:
    """What the video costs somebody who is lent a GPU for it; nothing elsewhere."""
    seconds = engine.gpu_seconds(project) if on_zero_gpu() else None
    return "" if seconds is None else f" It asks for {seconds} s of GPU time, which come out of your own daily quota."


def save_project(project: Project, folder: Path) -> Path:
    """The work as a project file in the page's folder."""
    path = folder / f"levitor-{time.strftime('%Y%m%d-%H%M%S')}.levitor"
    save(project, path)
    return path
