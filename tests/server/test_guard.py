"""What a public server takes in, from outside: a real one, called by strangers."""

import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.server.conftest import upload
from ui.server.failures import MISFIT

ABROAD = {"Origin": "https://evil.example"}
PATHS = ("run/render", "call/render", "queue/join", "component_server", "cancel", "run/none", "call/none", "run/../x")


def test_every_answer_carries_safe_headers_and_none_invites_other_origins(client):
    for answer in (client.get("/", headers=ABROAD), client.get("/gradio_api/info"), client.get("/nothing")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self' data: blob:;" in policy and "frame-ancestors 'self' https://huggingface.co" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = client.options("/gradio_api/run/render", headers=ABROAD | {"Access-Control-Request-Method": "POST"})
    assert not [name for name in asked.headers if name.startswith("access-control")]


def test_pages_of_other_sites_may_not_call(client):
    for path in PATHS:
        for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example", "x"):
            assert client.post(f"/gradio_api/{path}", json={}, headers={"Origin": origin}).status_code == 403
    own = client.post("/gradio_api/run/render", json={"data": []}, headers={"Origin": str(client.base_url)})
    assert own.status_code != 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"data":"x"}', b'{"data":[]}', b'{"data":[{"path":"/etc/passwd"},1,1]}', b"\xff" * 99]
)
def test_bad_input_is_one_sentence_that_repeats_none_of_it(client, server, path, body):
    answer = client.post(f"/gradio_api/{path}", content=body, headers={"content-type": "application/json"})
    said = answer.json()
    sentence = said.get("error") or said.get("detail") or said.get("event_id")
    assert isinstance(sentence, str) and len(sentence) < 200 and "passwd" not in answer.text
    log = server[1].read_text()
    assert "Traceback" not in log and "passwd" not in log


def test_too_much_is_refused_before_it_is_parsed(client):
    for body in (b'{"data":[' + b"1," * 30_000_000, b"[" * 60_000 + b"]" * 60_000, b'{"a":' * 50_000):
        began = time.monotonic()
        answer = client.post("/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 413 and time.monotonic() - began < 2
        assert "larger than 2 MB" in answer.text or "too many values" in answer.text


def test_chunks_count_too_and_what_comes_too_slowly_ends(client):
    chunks = client.post("/gradio_api/queue/join", content=iter([b"1," * 40_000] * 60))
    assert chunks.status_code == 413
    for path in ("queue/join", "upload"):
        with _begun(client, path) as line:
            assert b" 408 " in line.recv(4096).partition(b"\r\n")[0]


def test_half_a_head_ends_the_connection(client):
    for head in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET"):
        address = urlsplit(str(client.base_url))
        with socket.create_connection((address.hostname, address.port), timeout=10) as line:
            line.sendall(head)
            began, answer = time.monotonic(), b""
            with suppress(ConnectionResetError):
                while data := line.recv(4096):
                    answer += data
            assert time.monotonic() - began < 8 and (b" 200 " in answer) == (b"health" in head)


def test_an_upload_has_its_limit_and_its_client_a_share_of_the_disk(client):
    for megabytes, status, said in ((100, b"413", b"larger than 64 MB"), (40, b"507", b"You have 30 MB here already")):
        with _begun(client, "upload", megabytes << 20) as line:
            answer = line.recv(4096)
            assert answer.split()[1] == status and said in answer + line.recv(4096)


def test_a_sentence_shows_what_was_sent_as_text_and_not_at_length(client, quick_project):
    body = {"data": [upload(client, quick_project), "<img src=//evil.example/x.png>" * 99, None]}
    said = client.post("/gradio_api/run/render", json=body).json()["error"]
    assert "<" not in said and len(said) < 500


def test_what_the_page_does_not_use_of_gradio_is_not_there(client):
    elsewhere = ("file=http://127.0.0.1/", "file=https://example.com/x.png", "proxy=https://example.com")
    for path in (*elsewhere, "dev/reload", "custom_component/a/client/b/c", "deep_link?session_hash=x", "runs",
                 "run-history/buckets", "vibe-code"):  # fmt: skip
        assert client.get(f"/gradio_api/{path}").status_code == 404
    for path in ("stream/x", "process_recording", "vibe-edit"):
        assert client.post(f"/gradio_api/{path}").status_code == 404
    assert client.get("/monitoring/summary").status_code == 403


def test_what_gradio_refuses_is_not_told_at_length_either(client):
    for path in (f"file=/etc/{'x' * 3000}", f"file=/etc/{'/x' * 1500}"):
        answer = client.get(f"/gradio_api/{path}")
        assert answer.status_code in (400, 403, 404) and len(answer.json()["detail"]) <= 400


@pytest.mark.parametrize("path", ["queue/join", "call/render", "run/render", "component_server", "cancel"])
def test_names_that_a_client_gives_are_short(client, path):
    body = {"data": [None], "session_hash": "s" * 30_000, "event_id": "e" * 30_000, "fn_index": 1, "component_id": 1}
    answer = client.post(f"/gradio_api/{path}", json=body | {"fn_name": "segment"})
    assert answer.status_code == 400 and answer.json()["detail"] == MISFIT
    assert client.get(f"/gradio_api/heartbeat/{'s' * 5000}").status_code == 414
    assert client.get(f"/gradio_api/upload_progress?upload_id={'s' * 5000}").status_code == 414


def test_the_page_s_own_files_come_compressed_with_safe_headers_and_are_not_sent_twice(client):
    style = client.get("/theme.css", headers={"Accept-Encoding": "br"})
    assert style.headers["content-encoding"] == "br" and "nosniff" in style.headers["x-content-type-options"]
    again = client.get("/theme.css", headers={"Accept-Encoding": "br", "If-None-Match": style.headers["etag"]})
    assert again.status_code == 304 and not again.content and "content-security-policy" in again.headers


def _begun(client, path, length=1000):
    """A request that stops in the middle."""
    address = urlsplit(str(client.base_url))
    line = socket.create_connection((address.hostname, address.port), timeout=10)
    kind = "multipart/form-data; boundary=x" if path == "upload" else "application/json"
    line.sendall(f"POST /gradio_api/{path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {kind}\r\n".encode())
    line.sendall(f"Content-Length: {length}\r\n\r\n--x\r\n".encode())
    return line
