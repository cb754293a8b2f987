"""Hosts that cannot be asked, refuse or talk nonsense: one sentence each with the cause, and nothing on stderr."""

import http.server
import os
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from levitor_core.checkpoints import Checkpoints
from levitor_core.checkpoints.downloads import download
from levitor_core.checkpoints.hosts import explain_status, obstacle, unreachable
from levitor_core.checkpoints.table import weights_named
from levitor_core.engine import Engine
from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")

DEPTH = weights_named("depth-anything-v2-small")
PROXIES = [f"{kind}_{ending}" for kind in ("http", "https", "all", "no") for ending in ("proxy",)]
NOWHERE = "127.0.0.1:9"  # the discard port: nothing listens


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path, capfd):
    """No proxy, no cache, nothing remembered; threads and libraries must not say anything on stderr."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    unreachable.cache_clear()
    yield
    unreachable.cache_clear()
    assert capfd.readouterr().err == ""


@pytest.fixture
def hub(monkeypatch):
    """Makes the hub's client ask a certain address."""

    def use(address: str) -> None:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)

    return use


class Replies(http.server.BaseHTTPRequestHandler):
    """Answers the front page, and everything else with `status` and `headers`; remembers who asked."""

    status, headers_out, asked = 200, {}, []

    def do_HEAD(self) -> None:
        type(self).asked.append(self.path)
        self.send_response(200 if self.path == "/" else self.status)
        for name, value in ({} if self.path == "/" else self.headers_out).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


class Babble(socketserver.BaseRequestHandler):
    """Speaks something that is no HTTP."""

    def handle(self) -> None:
        self.request.recv(1000)
        self.request.sendall(b"220 mail.example ESMTP ready\r\n")


class HangUp(socketserver.BaseRequestHandler):
    """Listens and says nothing."""

    def handle(self) -> None:
        self.request.recv(1000)


@contextmanager
def serving(handler, make=socketserver.ThreadingTCPServer):
    with make(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def answering(status, headers=None):
    handler = type("Handler", (Replies,), {"status": status, "headers_out": headers or {}, "asked": []})
    with serving(handler, http.server.ThreadingHTTPServer) as address:
        yield address, handler.asked


def refused(weights, folder) -> str:
    """The one sentence that a download ends with."""
    with pytest.raises(MissingWeightsError) as caught:
        download(weights, folder, Monitor())
    text = str(caught.value)
    assert "\n" not in text and text.endswith(".") and "Traceback" not in text
    assert f"checkpoints download {weights.name}" in text
    return text


def sam_at(address):
    return replace(weights_named("sam_vit_b"), url=f"{address}/sam.pth", size=1000)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("", "is empty"),
        ("hf-mirror.com", "does not begin with https:// or http://"),
        ("//hf-mirror.com", "does not begin with https://"),
        ("ftp://hf-mirror.com", "does not begin with https://"),
        ("file:///tmp", "does not begin with https://"),
        ("https:", "names no host"),
        ("http://:8080", "names no host"),
        ("http://127.0.0.1:abc", "has no valid host or port"),
        ("http://127.0.0.1:70000", "has no valid host or port"),
        ("http://[::1", "has no valid host or port"),
        (" http://127.0.0.1", "holds a blank"),
        ("http://127.0.0.1 ", "holds a blank"),
        ("http://my host", "holds a blank"),
        ("http://127.0.0.1\r", "holds a blank"),
        ("http://127.0.0.1?key=1", "is more than an address"),
    ],
)
def test_an_endpoint_that_is_no_address_is_named_and_nothing_is_asked(address, fault, hub, tmp_path, monkeypatch):
    monkeypatch.setattr("levitor_core.checkpoints.hosts.open_url", lambda *_: pytest.fail("went to the network"))
    hub(address)
    text = refused(DEPTH, tmp_path)
    assert text.startswith("HF_ENDPOINT (") and fault in text and "unset it" in text
    depth = Engine(Checkpoints(tmp_path), device="cpu")._depth.status()
    assert depth.is_stand_in and "HF_ENDPOINT" in depth.reason


@pytest.mark.parametrize("address", ["http://127.0.0.1:abc", " http://127.0.0.1:9 ", "http://[::1"])
def test_an_endpoint_that_the_hubs_client_cannot_be_imported_with_is_named(address):
    code = """import levitor_core
from levitor_core.checkpoints import Checkpoints, weights_named
from levitor_core.checkpoints.hosts import obstacle
Checkpoints().find("depth-anything-v2-small"), print(obstacle(weights_named("depth-anything-v2-small")))"""
    environment = {**os.environ, "HF_ENDPOINT": address, "HF_HUB_OFFLINE": ""}
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)
    assert run.returncode == 0 and run.stdout.startswith(f"HF_ENDPOINT ({address!r}) ") and not run.stderr


@pytest.mark.parametrize("own_file", [True, False])
def test_a_host_that_cannot_be_talked_to_is_named_with_the_cause(own_file, hub, tmp_path):
    def of(address: str) -> str:
        unreachable.cache_clear()
        hub(address)
        text = refused(sam_at(address) if own_file else DEPTH, tmp_path)
        assert text.startswith(address) and " cannot be reached: " in text and "check the connection" in text
        return text

    assert "nothing listens there" in of(f"http://{NOWHERE}")
    assert "nobody knows its name" in of("http://nowhere.invalid")
    with serving(Babble) as address:
        assert "does not speak HTTP" in of(address)
        assert "does not speak https" in of(address.replace("http:", "https:"))
    with serving(HangUp) as address:
        assert "broke off the connection" in of(address)
    with answering(200) as (address, asked):
        assert obstacle(sam_at(address)) is None and asked == ["/sam.pth"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 407])
def test_a_host_in_trouble_is_not_asked_for_files(status, tmp_path):
    with answering(status) as (address, asked):
        assert f"it answered {status} " in refused(sam_at(address), tmp_path)
        assert asked == ["/sam.pth"]


@pytest.mark.parametrize("own_file", [True, False])
@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "400 Bad Request"),
        (401, "HF_TOKEN"),
        (403, "does not let you have this"),
        (404, "does not have this"),
        (410, "410 Gone"),
        (418, "418"),
        (429, "too many requests"),
        (451, "451"),
        (499, "499"),
    ],
)
def test_a_refusal_names_the_status(status, says, own_file, hub, tmp_path):
    with answering(status) as (address, _):
        hub(address)
        text = refused(sam_at(address) if own_file else DEPTH, tmp_path)
    assert says in text and "127.0.0.1" in text and "Client Error" not in text and "Request ID" not in text


def test_a_hub_in_trouble_names_the_status(hub, tmp_path):
    with answering(503) as (address, _):
        hub(address)
        assert "503 Service Unavailable, it is in trouble" in refused(DEPTH, tmp_path)


def test_a_hub_that_slows_one_down_is_not_waited_for(hub, tmp_path):
    with answering(429, {"Retry-After": "3000"}) as (address, _):
        hub(address)
        assert "wait some minutes" in refused(DEPTH, tmp_path)


def test_a_redirect_in_a_circle_ends(hub, tmp_path):
    for status in (301, 302, 307, 308):
        with answering(status, {"Location": "/sam.pth"}) as (address, _):
            hub(address)
            assert "redirect" in refused(sam_at(address), tmp_path)
            assert "redirect" in refused(DEPTH, tmp_path)


def test_a_web_page_is_no_hub(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "set")
    with answering(200) as (address, _):
        hub(address)
        assert "HF_ENDPOINT leads to no Hugging Face hub" in refused(DEPTH, tmp_path)


def test_a_file_that_never_comes_is_given_up(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("levitor_core.checkpoints.downloads.READ_SECONDS", 0.2)
    front = type("Slow", (Replies,), {"do_GET": lambda self: threading.Event().wait(1)})
    with serving(front, http.server.ThreadingHTTPServer) as address:
        assert "does not answer in time" in refused(sam_at(address), tmp_path)


@pytest.mark.parametrize("name", ["http_proxy", "ALL_PROXY"])
def test_a_proxy_that_does_not_answer_is_named_without_its_password(name, hub, tmp_path, monkeypatch):
    monkeypatch.setenv(name, f"http://me:secret@{NOWHERE}")
    hub("http://hub.invalid")
    for weights in (DEPTH, sam_at("http://sam.invalid")):
        text = refused(weights, tmp_path)
        assert f"cannot be reached through the proxy http://…@{NOWHERE} of {name}: nothing listens there" in text
        assert "secret" not in text


def test_an_https_proxy_that_refuses_is_named(hub, tmp_path, monkeypatch):
    hub("https://hub.invalid")
    with answering(407) as (address, _):
        monkeypatch.setenv("HTTPS_PROXY", address)
        assert f"through the proxy {address} of HTTPS_PROXY: " in refused(DEPTH, tmp_path)


@pytest.mark.parametrize(
    "value", ["http://", "socks5://127.0.0.1:1080", "127.0.0.1:abc", "http://my proxy:80", "http://:80"]
)
def test_a_proxy_that_is_no_address_is_named_and_nothing_is_asked(value, hub, tmp_path, monkeypatch):
    monkeypatch.setattr("levitor_core.checkpoints.hosts.open_url", lambda *_: pytest.fail("went to the network"))
    monkeypatch.setenv("HTTP_PROXY", value)
    hub("http://hub.invalid")
    text = refused(DEPTH, tmp_path)
    assert text.startswith(f"HTTP_PROXY ({value!r}) ") and "correct or unset it" in text


def test_a_host_that_no_proxy_names_is_asked_directly(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://{NOWHERE}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with answering(404) as (address, _):
        hub(address)
        assert "proxy" not in refused(DEPTH, tmp_path)


def test_an_endpoints_password_is_not_said(hub, tmp_path):
    hub(f"http://me:secret@{NOWHERE}")
    assert "secret" not in refused(DEPTH, tmp_path)


def test_offline_nothing_is_asked_and_the_status_says_so(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with answering(200) as (address, asked):
        hub(address)
        depth, masks, video = Engine(Checkpoints(tmp_path), device="cpu").models()
        for status in (depth, masks):
            assert status.is_stand_in and status.reason.startswith("HF_HUB_OFFLINE is set; unset it, then ")
        assert not video.is_stand_in and asked == []


def test_online_the_status_asks_once_and_says_what_will_be_downloaded(hub, tmp_path):
    with answering(200) as (address, asked):
        hub(address)
        engine = Engine(Checkpoints(tmp_path), device="cpu")
        for _ in range(3):
            assert engine._depth.status().reason == "It is downloaded when first used."
        assert asked == ["/"]


def test_what_is_too_large_to_come_unasked_is_not_promised(hub, tmp_path):
    with answering(200) as (address, _):
        hub(address)
        status = Engine(Checkpoints(tmp_path), device="cpu", large_depth=True)._depth.status()
        assert status.is_stand_in and "checkpoints download depth-anything-v2-large" in status.reason


@pytest.mark.parametrize("status", range(400, 600, 7))
def test_every_status_has_words(status):
    assert explain_status(status).startswith(f"it answered {status}")


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"HF_ENDPOINT": ""}, "HF_ENDPOINT ('') is empty"),
        ({"HF_ENDPOINT": f"http://{NOWHERE}///"}, f"http://{NOWHERE} cannot be reached"),
        ({"TRANSFORMERS_OFFLINE": "1", "HF_ENDPOINT": "nonsense"}, "TRANSFORMERS_OFFLINE is set; unset it"),
        ({"HF_HUB_DOWNLOAD_TIMEOUT": "soon"}, "HF_HUB_DOWNLOAD_TIMEOUT"),
    ],
)
def test_a_shell_gets_one_line(variables, says, tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS"))}
    command = [sys.executable, "-m", "levitor_core", "--checkpoints", tmp_path, "checkpoints", "download", DEPTH.name]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env=clean | {"HF_HOME": str(tmp_path)} | variables,
    )
    assert done.returncode == 3 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert says in line
