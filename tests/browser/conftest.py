"""A real page in its own process, without weights and without the hub, and a headless Chromium to drive it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.driving import StageDriver, StageTab
from tests.browser.stage_harness import harness

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 300
KEPT_S = 20  # a closed tab's files: longer than a reload takes
NO_COUNTER = """{
  const native = window.requestAnimationFrame;
  const counts = (then) => /performance\\.now\\(\\)-.*\\/1e3/.test(String(then));
  window.requestAnimationFrame = (then) => (counts(then) ? 0 : native.call(window, then));
}"""  # Gradio 6.31's "Loading" counts its seconds for ever, 60 times a second, which takes an eighth of a core
GL = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]  # WebGL in software, the rest without it


@pytest.fixture(scope="package")
def page_folder(tmp_path_factory):
    """Where the served page keeps its log and its temporary files."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "tmp").mkdir()
    return folder


@pytest.fixture(scope="package")
def page_url(page_folder):
    """The address of a page served by app.py on stand-ins."""
    with serving(page_folder, page_folder / "checkpoints") as url:
        yield url


@contextmanager
def serving(folder, checkpoints, kept_s=KEPT_S):
    """app.py in a process of its own; its address. Log and temporary files go to `folder`."""
    with Server(folder, checkpoints, kept_s) as server:
        yield server.url


class Server:
    """app.py in a process of its own, which can start again at the same address."""

    def __init__(self, folder, checkpoints, kept_s=KEPT_S):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.command = [sys.executable, "app.py", "--port", str(port), "--checkpoints", str(checkpoints)]
        self.command += ["--keep-closed", str(kept_s)]

    def __enter__(self):
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "TMPDIR": str(self.folder / "tmp")}
        with (self.folder / "log.txt").open("w") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(self.url, self.process, self.folder / "log.txt")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *raised):
        self.process.terminate()
        self.process.wait(timeout=60)
        if not any(raised):
            assert not list((self.folder / "tmp").glob("levitor-*"))  # what tabs had on the server goes with it

    def restart(self):
        """End it in order, and start it anew."""
        self.__exit__()
        self.__enter__()


def _wait_for(url, process, log):
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.3)
    pytest.fail(f"the page did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="package")
def playwright():
    """Playwright, of which a process can run only one. Its loop ends with this folder's tests: others run their own."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright):
    """A headless Chromium, the one that is installed, with WebGL in software."""
    with launched(playwright, GL) as browser:
        yield browser


@contextmanager
def launched(playwright, arguments):
    """The installed Chromium with these arguments; skips where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    browser = playwright.chromium.launch(executable_path=path, args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def served():
    """The stage without the page around it: (address, site)."""
    with harness() as served:
        yield served


@pytest.fixture(scope="package")
def stage_tab(chromium, served):
    """One tab for every test that needs no browser state of its own."""
    tab = StageTab(chromium, served)
    yield tab
    tab.close()


@pytest.fixture
def opened(stage_tab):
    """The stage, which `show` makes new; its mistakes fail the test that made them."""
    yield stage_tab
    stop_playing(stage_tab)
    stage_tab.check()


@pytest.fixture(scope="module")
def page_tab(chromium, page_url):
    """One page for every test that opens a photo in place of the last one."""
    page, mistakes = open_tab(chromium, page_url)
    yield page, mistakes
    page.context.close()


@pytest.fixture
def tab(page_tab):
    """The page, watched: what its console, exceptions and requests say wrong fails the test that did it."""
    page, mistakes = page_tab
    yield page
    stop_playing(StageDriver(page, "levitorStage"))
    found, mistakes[:] = mistakes[:], []
    assert found == []


def stop_playing(stage):
    """A shared page that plays on, drawn in software, takes more than a core from the tests after it."""
    stage.ask("stage.app.set({ playing: false }), document.querySelectorAll('video').forEach((video) => video.pause())")


def open_tab(chromium, page_url, **context):
    """A page in a context of its own, and the list that its mistakes are written to; nothing plays by itself there."""
    still = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"}
    people = chromium.new_context(**{**still, **context})
    people.set_default_timeout(90_000)  # of further tabs, too
    page = people.new_page()
    mistakes = []
    own = (page_url, "data:", "blob:")
    page.on("console", lambda message: mistakes.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(own) else mistakes.append(request.url))
    page.add_init_script("localStorage.setItem('levitor-guide-done', '1')")
    page.add_init_script(NO_COUNTER)
    page.goto(page_url)
    page.wait_for_selector("#drop input[type=file]", state="attached")
    page.wait_for_function("window.levitorStage")
    return page, mistakes


def cut_off(mistake):
    """Whether it is what an ended connection, by a reload or by the server, does to Gradio's open stream."""
    return any(words in mistake for words in ("AbortError", "Connection errored out", "net::ERR_"))
