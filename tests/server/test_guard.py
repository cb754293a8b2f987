"""What a public server takes in, from outside: a real one, called by strangers."""

import socket
import time
from urllib.parse import urlsplit

import pytest

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


def _begun(client, path):
    """A request that stops in the middle."""
    address = urlsplit(str(client.base_url))
    line = socket.create_connection((address.hostname, address.port), timeout=10)
    kind = "multipart/form-data; boundary=x" if path == "upload" else "application/json"
    line.sendall(f"POST /gradio_api/{path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {kind}\r\n".encode())
    line.sendall(b"Content-Length: 1000\r\n\r\n--x\r\n")
    return line
