"""From the page to a diffusion video on the CPU: the real architectures at toy size, in the released folders."""

import pytest

from levitor_core.project_file import open_project, save
from levitor_core.renderers import with_settings
from tests.browser.conftest import ROOT, open_tab, serving
from tests.levitor.conftest import write_controlnet, write_svd

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A page whose checkpoints folder holds the toy model."""
    import torch

    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("toy")
    (folder / "tmp").mkdir()
    write_svd(folder / "checkpoints" / "stable-video-diffusion-img2vid-xt")
    write_controlnet(folder / "checkpoints" / "LeviTor" / "controlnet")
    with serving(folder, folder / "checkpoints") as url:
        yield url


def test_from_a_project_to_a_diffusion_video(chromium, url, tmp_path):
    example = open_project(ROOT / "examples" / "balloon-and-tower.levitor")
    short = with_settings(example, renderer="levitor", num_frames=3, num_inference_steps=2)
    save(short, tmp_path / "short.levitor")
    tab, mistakes = open_tab(chromium, url)
    tab.set_input_files("#drop input[type=file]", str(tmp_path / "short.levitor"))
    tab.wait_for_function("levitorStage.app.hasScene && !levitorStage.app.ui.busy")
    tab.click("#generate-now")
    tab.wait_for_function("document.querySelector('#result video')?.readyState >= 2", timeout=180_000)
    width, height, seconds = tab.evaluate(
        "(({videoWidth, videoHeight, duration}) => [videoWidth, videoHeight, duration])"
        "(document.querySelector('#result video'))"
    )
    assert (width, height) == (288, 512) and seconds == pytest.approx(3 / short.settings.fps, abs=0.2)
    assert mistakes == []
