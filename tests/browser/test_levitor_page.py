"""From the page to a diffusion video on the CPU: the real architectures at toy size, in the released folders; and what
a page leaves behind that keeps a closed tab's files for a second."""

import time

import pytest

from levitor_core.files.project_file import open_project, save
from levitor_core.renderers import with_settings
from tests.browser.conftest import ROOT, Server, cut_off, open_tab
from tests.browser.driving import rename
from tests.levitor.conftest import write_controlnet, write_svd

pytestmark = pytest.mark.browser


EXAMPLE = ROOT / "examples" / "balloon-and-tower.levitor"
KEPT_S = 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the page lives: its checkpoints are a toy model."""
    import torch

    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("toy")
    (folder / "tmp").mkdir()
    write_svd(folder / "checkpoints" / "stable-video-diffusion-img2vid-xt")
    write_controlnet(folder / "checkpoints" / "LeviTor" / "controlnet")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with Server(folder, folder / "checkpoints", KEPT_S) as server:
        yield server


def open_file(tab, path):
    tab.set_input_files("#drop input[type=file]", str(path))
    tab.wait_for_function("levitorStage.app.hasScene && !levitorStage.app.ui.busy")


@pytest.mark.slow
def test_from_a_project_to_a_diffusion_video_though_the_server_starts_again_in_mid_edit(chromium, server, tmp_path):
    example = open_project(ROOT / "examples" / "balloon-and-tower.levitor")
    short = with_settings(example, renderer="levitor", num_frames=2, num_inference_steps=1)
    save(short, tmp_path / "short.levitor")
    tab, mistakes = open_tab(chromium, server.url)
    open_file(tab, tmp_path / "short.levitor")
    rename(tab, "", "kite")
    server.restart()
    tab.click("#generate-now")
    tab.wait_for_function("document.querySelector('#result video')?.readyState >= 2", timeout=180_000)
    width, height, seconds = tab.evaluate(
        "(({videoWidth, videoHeight, duration}) => [videoWidth, videoHeight, duration])"
        "(document.querySelector('#result video'))"
    )
    assert (width, height) == (288, 512) and seconds == pytest.approx(2 / short.settings.fps, abs=0.2)
    told = "document.querySelector('#adherence')?.innerText.includes('not how good the video looks')"
    tab.wait_for_function(told, timeout=60_000)
    tab.context.close()
    assert [mistake for mistake in mistakes if not cut_off(mistake)] == []


def test_closing_a_tab_deletes_its_files(chromium, server, folder):
    tab, mistakes = open_tab(chromium, server.url)
    open_file(tab, EXAMPLE)
    before = set((folder / "tmp").glob("levitor-run-*/tmp/levitor-*/*"))
    with tab.expect_download():
        tab.click("#save")
    made = set((folder / "tmp").glob("levitor-run-*/tmp/levitor-*/*")) - before
    assert len(made) == 1
    tab.context.close()
    deadline = time.monotonic() + KEPT_S + 30
    while any(folder.exists() for folder in made):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert mistakes == []
