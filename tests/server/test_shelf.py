"""The page's own files: compressed once, held in memory, the same for everybody, and nothing of anybody's."""

import asyncio
import gzip

import brotli
import gradio as gr
import pytest

from ui.server.shelf import FOREVER, PIECE, Shelf, coding_of, is_static

SCRIPT = b"const a = 1;\n" * 100_000
NAME = "assets/index-DphvyggB.js"


class Files:
    """An app that has some files, and counts how often it is asked."""

    def __init__(self, **files):
        self.files, self.asked = files or {NAME: SCRIPT}, 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        body = self.files.get(scope["path"].removeprefix("/"))
        assert scope["method"] == "GET" and not dict(scope["headers"]).keys() & {b"accept-encoding", b"range"}
        kind = b"text/javascript; charset=utf-8" if scope["path"].endswith(".js") else b"image/png"
        head = [(b"content-type", kind), (b"content-length", str(len(body or b"")).encode()), (b"etag", b'"theirs"')]
        await send({"type": "http.response.start", "status": 404 if body is None else 200, "headers": head})
        for start in range(0, len(body or b"") or 1, 65536):
            await send({"type": "http.response.body", "body": (body or b"")[start : start + 65536], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _asked(held, name=NAME, method="GET", **headers):
    """The status, headers, body and its pieces that somebody gets."""
    sent = []

    async def send(message):
        sent.append(message)

    asked = {key.replace("_", "-"): value for key, value in headers.items()}
    raw = [(key.encode(), value.encode()) for key, value in asked.items()]
    scope = {"type": "http", "method": method, "path": f"/{name}", "headers": raw}
    asyncio.run(held.answer(name, scope, asked, None, send))
    pieces = [message["body"] for message in sent if message.get("body")]
    return (
        sent[0]["status"],
        {key.decode(): value.decode() for key, value in sent[0]["headers"]},
        b"".join(pieces),
        pieces,
    )


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br", "br"), ("gzip, deflate, br, zstd", "br"), ("GZip;q=0.5", "gzip"), ("br;q=0, gzip", "gzip"),
        ("br;q=0.000,gzip; q=0", ""), ("", ""), ("identity", ""), ("abr, xgzip", ""),
    ],
)  # fmt: skip
def test_a_file_is_compressed_as_the_visitor_takes_it(accepted, coding):
    assert coding_of(accepted) == coding
    status, headers, body, _ = _asked(Shelf(Files()), accept_encoding=accepted)
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding](body)
    assert status == 200 and unpacked == SCRIPT and headers.get("content-encoding", "") == coding
    assert headers["vary"] == "Accept-Encoding" and headers["content-length"] == str(len(body))


def test_the_app_is_asked_once_and_what_it_says_of_the_file_is_kept():
    app = Files()
    held = Shelf(app)
    first = _asked(held, accept_encoding="br", range="bytes=0-3")
    assert _asked(held, accept_encoding="br", if_modified_since="x") == first and app.asked == 1
    assert first[1]["content-type"] == "text/javascript; charset=utf-8" and first[1]["etag"] != '"theirs"'


def test_who_has_it_gets_nothing_again_and_each_coding_has_a_tag_of_its_own():
    held = Shelf(Files())
    tags = {coding: _asked(held, accept_encoding=coding)[1]["etag"] for coding in ("br", "gzip", "")}
    assert len(set(tags.values())) == 3
    for known in (tags["br"], f'"x", W/{tags["br"]}', "*"):
        status, headers, body, _ = _asked(held, accept_encoding="br", if_none_match=known)
        assert status == 304 and not body and headers["etag"] == tags["br"] and "content-length" not in headers
    assert _asked(held, accept_encoding="br", if_none_match=tags["gzip"])[0] == 200


def test_only_names_that_tell_the_content_are_kept_by_browsers_unasked():
    files = dict.fromkeys((NAME, "theme.css", "assets/plain.js", "static/img/logo.png"), b"x" * 999)
    held = Shelf(Files(**files))
    kept = {name for name in files if _asked(held, name)[1]["cache-control"] == FOREVER.decode()}
    assert kept == {NAME}


def test_pictures_are_sent_as_they_are_and_large_files_in_pieces_that_a_slow_reader_may_leave():
    files = Files(**{"static/img/a.png": bytes(3 * PIECE + 1)})
    _, headers, body, pieces = _asked(Shelf(files), "static/img/a.png", accept_encoding="br")
    assert body == files.files["static/img/a.png"] and "content-encoding" not in headers
    assert max(map(len, pieces)) == PIECE


def test_what_is_not_there_or_not_whole_is_not_held():
    app = Files()
    held = Shelf(app)

    async def cut(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        await send({"type": "http.response.body", "body": b"half"})

    assert _asked(held, "assets/none.js")[0] == 404 and _asked(held, "assets/none.js")[0] == 404 and not held._held
    half = Shelf(cut)
    assert _asked(half)[2] == b"half" and not half._held


def test_of_too_much_what_was_asked_for_longest_ago_goes():
    files = {f"assets/{name}.png": name.encode() * 400 for name in "abc"}
    app = Files(**files)
    held = Shelf(app, most_bytes=1000)
    for name in "abacba":
        _asked(held, f"assets/{name}.png")
    assert app.asked == 5 and sum(len(other.body) for other in held._held.values()) <= 1000


def test_only_the_page_s_own_files_are_held(tmp_path, monkeypatch):
    folder = tmp_path / "stage-0123456789abcdef"
    (folder / "js").mkdir(parents=True)
    for place in (folder / "js" / "a.js", tmp_path / "theirs.png"):
        place.write_text("x")
    monkeypatch.setattr("gradio.data_classes._StaticFiles.all_paths", [])
    gr.set_static_paths(folder)
    for name in (NAME, "theme.css", "static/js/a.js", f"file={folder}/js/a.js"):
        assert is_static(name), name
    others = (
        f"file={tmp_path}/theirs.png",
        f"file={folder}/../theirs.png",
        "file=https://x.example/a.js",
        "config",
        "",
    )
    for name in (*others, "", "static/../a", "static/ffmpeg/core.wasm", "assets/a/b", "queue/data", "info", "health"):
        assert not is_static(name), name
    module = f"file={folder}/js/a.js"
    assert _asked(Shelf(Files(**{module: b"x"})), module)[1]["cache-control"] == FOREVER.decode()
