"""The stage without Gradio: a tiny server for its modules, a scene and the functions it asks. For its tests, and
to work on it: `python -m tests.browser.stage_harness` and open the address it prints."""

import functools
import json
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from levitor_core.files.project_file import open_project
from levitor_core.structures import Project
from tests.browser.stage_scene import InstanceSegmenter, balloon_scene
from ui.stage import OpenPhotos, apply_document, pictures, scene_payload
from ui.stage.payload import document_of
from ui.stage.stage import answer_with, follow_tracks, ground, know, outline, prepare, segment, trace
from ui.theme import colours

FOLDER = Path(__file__).resolve().parents[2] / "ui" / "stage"
POLICIES = {"/?foreign": "sandbox allow-scripts"}  # as in a frame of another site: the browser keeps nothing for it
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Stage</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/theme.css">
<link rel="stylesheet" href="/stage.css">
<style>body{margin:12px;font-family:system-ui;background:#fff}.dark body{background:#0f1117}</style>
<body><div id="mount"></div><script type="module">
import { mountStage } from "/js/stage.js";
const post = async (path, body) => (await fetch(path, { method: "POST", body: JSON.stringify(body) })).json();
window.events = [];
const host = {
  segment: (request) => post("/segment", request),
  outline: (request) => post("/outline", request),
  trace: (request) => post("/trace", request),
  tracks: (request) => post("/tracks", request),
  prepare: (request) => post("/prepare", request),
  ground: (request) => post("/ground", request),
  know: (request) => post("/know", request),
  remember: (request) => post("/remember", request),
  emit: (name, data) => {
    if (name === "settings") return void window.stage.settingsToShow([]); // there are no widgets
    window.events.push([name, data]);
    if (name === "restored") window.applied = post("/restored", data).then(show);
  },
  resolve: (url) => url,
  upload: async (file) => (await fetch("/uploads/" + file.name, { method: "POST", body: file }), { path: file.name }),
};
const query = new URLSearchParams(location.search);
if (query.has("dark")) document.documentElement.classList.add("dark");
if (query.has("noguide")) localStorage.setItem("levitor-guide-done", "1");
window.stage = mountStage(document.getElementById("mount"), host);
window.stage.app.onEdit.add(() => {
  window.events.push(["edited", {}]);
  window.applied = post("/handed", window.stage.app.serialize());
});
let scene = null;
const show = (answer) => window.stage.setScene((scene = answer));
if (query.has("kept")) await window.stage.restore();
else await show(await (await fetch("/scene")).json());
const view = { loop: true, atFrames: false, onion: true, depthView: false, pointer: null, cursor: null, hover: null };
const rest = { brush: 12, erase: false, error: "", playing: false, pointedAt: null };
let turn = 0, opened = null;
window.rewind = (ui) => {
  window.stage.app.history = { past: [], present: opened, future: [] };
  window.stage.useTool("select");
  window.stage.app.set({ ...view, ...rest, object: null, waypoint: null, cameraKey: null, ...ui });
};
window.restart = async (document, ui) => {
  scene.document_id = `again ${++turn}`;
  await window.stage.setScene({ ...scene, document });
  window.stage.app.set({ ...view, ...rest, ...ui });
  opened = window.stage.app.history.present;
};
window.ready = true;
</script></body></html>"""


class _Site:
    """One scene, and the files and documents that passed."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.bare = self.project = balloon_scene()  # without anyone's work, and with it
        self.documents: list[dict] = []
        self.uploads: dict[str, bytes] = {}
        self.photos = photos = OpenPhotos()
        photos.put(self.project)
        self.engine = engine = InstanceSegmenter()
        self.posts = {
            "/segment": answer_with(segment, engine, photos),
            "/outline": answer_with(outline, engine, photos),
            "/trace": answer_with(trace, engine, photos),
            "/tracks": self.tracks,
            "/prepare": self.prepare(),
            "/ground": answer_with(functools.partial(ground, save=self.save), engine, photos),
            "/know": answer_with(know, engine, photos),
            "/remember": self.remember,
            "/handed": self.handed,
            "/restored": self.restored,
        }

    def save(self, data: bytes, name: str) -> str:
        path = f"/files/{len(self.files)}-{name}"
        self.files[path] = data
        return path

    def scene(self) -> dict:
        return scene_payload(self.project, self.save, document_id=str(len(self.files)))

    def begin(self, project: Project) -> dict:
        """Another project of the same scene; its document."""
        self.project = project
        return document_of(project)

    def restart(self) -> None:
        """A server that knows no photo."""
        self.photos.forget("")
        self.posts["/prepare"] = self.prepare()

    def prepare(self) -> Callable[[dict], dict]:
        return self.remembered(answer_with(functools.partial(prepare, save=self.save), self.engine, self.photos))

    def open(self, project: Project) -> None:
        """What is asked for next is this project, of another photo."""
        self.project = project
        self.photos.put(project)

    @staticmethod
    def remembered(answer: Callable[[dict], dict]) -> Callable[[dict], dict]:
        """The same question costs its second of work only once."""
        known: dict[str, dict] = {}

        def ask(body: dict) -> dict:
            key = json.dumps(body)
            found = known.get(key) or answer(body)
            if "error" not in found:
                known[key] = found
            return found

        return ask

    def posted(self, path: str, body: bytes) -> dict:
        if path.startswith("/uploads/"):
            self.uploads[path.removeprefix("/uploads/")] = body
            return {}
        return self.posts[path](json.loads(body))

    def handed(self, document: dict) -> dict:
        self.project = apply_document(self.project, document)
        self.documents.append(document)
        return {"objects": [item.name for item in self.project.objects]}

    def tracks(self, body: dict) -> dict:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / body["path"]
            file.write_bytes(self.uploads[body["path"]])
            return follow_tracks(self.photos.get(body["scene_id"]), file)

    def remember(self, body: dict) -> dict:
        project = open_project(self.uploads[body["path"]])
        self.photos.put(project)
        return pictures(project, self.save)

    def restored(self, body: dict) -> dict:
        self.project = apply_document(open_project(self.uploads[body["path"]]), body["document"])
        self.photos.put(self.project)
        return self.scene()


@contextmanager
def harness():
    """Serves the stage; yields (address, site)."""
    site = _Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", site
    finally:
        server.shutdown()
        server.server_close()


def _handler(site: _Site):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.split("?")[0]
            if path == "/":
                return self.answer(PAGE.encode(), "text/html")
            if path == "/scene":
                return self.answer(json.dumps(site.scene()).encode(), "application/json")
            if path == "/theme.css":
                return self.answer(colours().encode(), "text/css")
            if path in site.files:
                return self.answer(site.files[path], "application/octet-stream")
            file = (FOLDER / path[1:]).resolve()
            if FOLDER not in file.parents or not file.is_file():
                return self.send_error(404)
            self.answer(file.read_bytes(), "text/css" if file.suffix == ".css" else "text/javascript")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(json.dumps(site.posted(self.path, body)).encode(), "application/json")

        def answer(self, data, kind):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICIES.get(self.path, ""))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", str(len(data)))
            with suppress(BrokenPipeError):  # the page has gone
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format, *args):
            pass

    return Handler


if __name__ == "__main__":
    with harness() as (address, _):
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        threading.Event().wait()
