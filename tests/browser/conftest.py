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

from tests.browser.driving import StageTab
from tests.browser.stage_harness import harness

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 90
KEPT_S = 20  # a closed tab's files: longer than a reload takes, shorter than a test waits
GL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="session")
def page_folder(tmp_path_factory):
    """Where the served page keeps its log and its temporary files."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "tmp").mkdir()
    return folder


@pytest.fixture(scope="session")
def page_url(page_folder):
    """The address of a page served by app.py on stand-ins."""
    with serving(page_folder, page_folder / "checkpoints") as url:
        yield url


@contextmanager
def serving(folder, checkpoints):
    """app.py in a process of its own; its address. Log and temporary files go to `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "app.py", "--port", str(port), "--checkpoints", str(checkpoints)]
    command += ["--keep-closed", str(KEPT_S)]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TMPDIR": str(folder / "tmp")}
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process, folder / "log.txt")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert not list((folder / "tmp").glob("levitor-*"))  # what tabs had on the server goes with it


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


@pytest.fixture(scope="session")
def playwright():
    """Playwright, of which a process can run only one."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="module")
def opened(chromium):
    """The stage without the page around it, opened once a module."""
    with harness() as (address, site):
        opened = StageTab(chromium, address, site)
        yield opened
        opened.close()


@pytest.fixture
def tab(chromium, page_url):
    """An open page whose console, exceptions and requests are watched; it fails the test at its end when they err."""
    tab, mistakes = open_tab(chromium, page_url)
    yield tab
    tab.context.close()
    assert mistakes == []


def open_tab(chromium, page_url, **context):
    """A page in a context of its own, and the list that its mistakes are written to."""
    page = chromium.new_context(**{"viewport": {"width": 1280, "height": 860}, **context}).new_page()
    page.set_default_timeout(90_000)
    mistakes = []
    own = (page_url, "data:", "blob:")
    page.on("console", lambda message: mistakes.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(own) else mistakes.append(request.url))
    page.add_init_script("localStorage.setItem('levitor-guide-done', '1')")
    page.goto(page_url)
    page.wait_for_selector("#drop input[type=file]", state="attached")
    page.wait_for_function("window.levitorStage")
    return page, mistakes
