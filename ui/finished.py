"""Finished videos on the page: which is shown, what is told of it, and the files made from it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from levitor_core.engine import Engine
from ui.handlers import PRIVATE, page_of, show_mistakes
from ui.outputs import FinishedVideos, describe_adherence, write_beside, write_gif, write_overlay, write_strip
from ui.server import jobs
from ui.server.failures import in_markdown
from ui.server.page import MAKING, QUICK, RENDER
from ui.stage import handle
from ui.staging import bring_back

if TYPE_CHECKING:
    from ui.generation import GeneratePanel, PageParts

CLICK_DOWNLOAD = "() => setTimeout(() => document.querySelector('#download')?.click(), 100)"


def wire_videos(panel: "GeneratePanel", engine: Engine, parts: "PageParts") -> Any:
    """Show a finished video, tell how well it followed its paths, choose an earlier one; returns the event that brings
    back its project."""

    def show(videos: FinishedVideos, request: gr.Request) -> tuple[Any, ...]:
        if not videos.items:
            return gr.skip(), "", "", gr.Row(visible=False), gr.skip(), gr.Column(visible=False), []
        parts.workspace.show(page_of(request), videos.current.video)
        shown, pictures = videos.current, [(item.poster, item.caption) for item in videos.items]
        about = "\n\n".join(map(in_markdown, (shown.caption, *shown.notes)))
        beside, earlier = gr.Button(visible=shown.renderer != "preview"), gr.Column(visible=len(pictures) > 1)
        return str(shown.video), about, "", gr.Row(visible=True), beside, earlier, pictures

    def tell(videos: FinishedVideos, request: gr.Request) -> Any:
        """How well the video on show followed its paths, measured once it is shown."""
        if not videos.items:
            return ""
        shown = videos.current
        said = in_markdown(describe_adherence(shown))
        return said if parts.workspace.shows(page_of(request), shown.video) else gr.skip()

    def choose(videos: FinishedVideos, chosen: gr.SelectData) -> FinishedVideos:
        return videos.show(chosen.index)

    @show_mistakes
    def restore(document: Any, videos: FinishedVideos) -> tuple[Any, Any]:
        return bring_back(engine, parts.photos, document, videos.current.project)

    outputs = [panel.video, panel.notes, panel.adherence, panel.files, panel.beside, panel.earlier, panel.gallery]
    videos = parts.videos
    shown = videos.change(show, videos, outputs, show_progress="hidden", api_visibility=PRIVATE)
    shown.then(tell, videos, panel.adherence, show_progress="hidden", api_visibility=PRIVATE, **MAKING)
    panel.gallery.select(choose, videos, videos, show_progress="hidden", api_visibility=PRIVATE)
    return panel.bring_back.click(
        restore, [parts.document, videos], [parts.stage, gr.State(None)], js=handle.DOCUMENT, show_progress="hidden",
        api_visibility=PRIVATE,
    )  # fmt: skip


def wire_files(panel: "GeneratePanel", engine: Engine, parts: "PageParts") -> None:
    """Hand out the files that are made from the video on show."""
    makers: tuple[tuple[gr.Button, dict[str, Any], Callable[[FinishedVideos], Path]], ...] = (
        (panel.mp4, QUICK, lambda videos: videos.current.video),
        (panel.gif, MAKING, lambda videos: write_gif(videos.current)),
        (panel.strip, MAKING, lambda videos: write_strip(videos.current)),
        (panel.overlay, MAKING, lambda videos: write_overlay(engine, videos.current)),
        (panel.beside, RENDER, lambda videos: write_beside(engine, videos.current, jobs.monitor())),
    )
    for button, turn, make in makers:
        download_on(button, make, [parts.videos], parts.download, **turn)


def download_on(
    button: gr.Button,
    make: Callable[..., Path],
    inputs: list[Any],
    download: gr.DownloadButton,
    also: Sequence[Any] = (),
    **options: Any,
) -> None:
    """When the button is pressed, or at `also`, make a file and hand it out through the page's hidden button."""
    options |= {"show_progress": "minimal", "show_progress_on": button, "api_visibility": PRIVATE}
    for pressed in (button.click, *also):
        made = pressed(show_mistakes(make), inputs, download, **options)
        made.success(None, js=CLICK_DOWNLOAD, api_visibility=PRIVATE)
