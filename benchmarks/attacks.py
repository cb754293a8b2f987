"""What one anonymous client does to everybody else: `python benchmarks/attacks.py [NAME ...]` on a public server.

A neighbour at another address has a photo open and clicks once a second; its clicks are timed and the server's memory
watched while the attack lasts. Ten seconds later the page must be usable: a photo is opened and clicked.
"""

import base64
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PROXY = "127.0.0.2"
API = "/gradio_api"


def main() -> None:
    """Print one row an attack."""
    print("attack      seconds  clicks   p50 s  worst s  peak MB  usable again, and what was said")
    for name in sys.argv[1:] or ATTACKS:
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (url, pid):
            print(f"{name:10} {_row(url, pid, ATTACKS[name])}", flush=True)


def _row(url: str, pid: int, attack: Callable[[str], list[str]]) -> str:
    neighbour = Page(url, "5.5.5.5", photo(1))
    neighbour.click()
    with watched(pid) as memory, clicking(neighbour) as clicks:
        began = time.monotonic()
        said = attack(url)
        seconds = time.monotonic() - began
        time.sleep(2)
    time.sleep(8)
    began = time.monotonic()
    Page(url, "6.6.6.6", photo(2)).click()
    after = time.monotonic() - began
    answers = "; ".join(f"{said.count(text)}x {text[:70]}" for text in sorted(set(said)))
    return (
        f"{seconds:8.1f} {len(clicks):7} {np.median(clicks):7.2f} {max(clicks):8.2f} {max(memory):8.0f}"
        f"  {after:.1f} s: {answers}"
    )


@contextmanager
def serving(folder: Path, **variables: str) -> Iterator[tuple[str, int]]:
    """A public server in a process of its own, with these settings: its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "app.py", "--port", url.rpartition(":")[2], "--checkpoints", str(folder / "none")]
    settings = {"LEVITOR_PUBLIC": "1", "LEVITOR_PROXIES": PROXY, "HF_HUB_OFFLINE": "1", "TMPDIR": str(folder)}
    settings |= variables
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log)
    try:
        for _ in range(600):
            with suppress(httpx.HTTPError):
                if httpx.get(url).status_code == 200:
                    break
            time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def somebody(url: str, address: str) -> httpx.Client:
    """A client at that address, as the declared proxy says."""
    transport = httpx.HTTPTransport(local_address=PROXY)
    return httpx.Client(base_url=url, timeout=120, transport=transport, headers={"X-Forwarded-For": address})


def photo(seed: int, hw: tuple[int, int] = (600, 800)) -> bytes:
    """A photo of its own: soft blobs."""
    small = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(small).resize((hw[1], hw[0]), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


@dataclass
class Page:
    """One open page without a browser: a photo is opened as it is made; it takes clicks."""

    url: str
    address: str
    data: bytes
    session: str = field(default_factory=lambda: os.urandom(6).hex())
    scene: str = ""

    def __post_init__(self) -> None:
        self.client = somebody(self.url, self.address)
        config = self.client.get("/config").json()
        self.events = {event["api_name"]: event["id"] for event in config["dependencies"]}
        self.stage = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "stage")
        (path,) = self.client.post(f"{API}/upload", files={"files": ("photo.png", self.data)}).json()
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        self.opened = self.run("open_file", [file, "Whole photo"])
        self.scene = next(iter(_found(self.opened, "id")), "")

    def run(self, name: str, data: list[Any]) -> Any:
        """One event of the page, through its queue; what its end says."""
        body = {"data": data, "fn_index": self.events[name], "session_hash": self.session}
        answer = self.client.post(f"{API}/queue/join", json=body)
        if answer.status_code != 200:
            return answer.json()
        with self.client.stream("GET", f"{API}/queue/data", params={"session_hash": self.session}) as lines:
            for line in lines.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if message.get("msg") == "process_completed":
                    return message["output"]
        return None

    def serve(self, name: str, request: dict[str, Any]) -> Any:
        """One of the stage's server functions."""
        body = {"data": request, "component_id": self.stage, "session_hash": self.session, "fn_name": name}
        return self.client.post(f"{API}/component_server", json=body).json()

    def click(self) -> float:
        """Seconds until a click is answered with a mask."""
        began = time.monotonic()
        x, y = np.random.default_rng(time.monotonic_ns()).integers(40, 200, 2).tolist()
        answer = self.serve("segment", {"scene_id": self.scene, "points": [[x, y, True]], "box": None})
        if "candidates" not in answer:
            raise RuntimeError(f"the neighbour's click failed: {answer}")
        return time.monotonic() - began


def _found(data: Any, name: str) -> Iterator[Any]:
    """The values of that name in nested data whose neighbours make it a scene's."""
    if isinstance(data, dict):
        if name in data and "document_id" in data:
            yield data[name]
        for value in data.values():
            yield from _found(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from _found(value, name)


@contextmanager
def clicking(page: Page) -> Iterator[list[float]]:
    """The page clicks once a second meanwhile; the seconds that each took."""
    done, taken = threading.Event(), [page.click()]

    def click() -> None:
        while not done.wait(1):
            try:
                taken.append(page.click())
            except (RuntimeError, httpx.HTTPError) as error:
                taken.append(float("inf"))
                print(error, file=sys.stderr)

    thread = threading.Thread(target=click)
    thread.start()
    try:
        yield taken
    finally:
        done.set()
        thread.join()


@contextmanager
def watched(pid: int) -> Iterator[list[float]]:
    """The process' resident memory in MB, ten times a second."""
    done, seen = threading.Event(), [0.0]

    def look() -> None:
        while not done.wait(0.1):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            seen.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def masks(url: str) -> list[str]:
    """Six masks of 10000 x 10000 pixels in 390 kB each, to the stage and as files, at once."""
    page, file = Page(url, "6.6.6.1", photo(3)), io.BytesIO()
    picture = np.zeros((10_000, 10_000), np.uint8)
    picture[::7, ::9] = 255
    Image.fromarray(picture).save(file, "PNG")
    data = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    request = {"scene_id": page.scene, "masks": {"m": data}, "objects": [{"name": "a", "mask": "m", "lifted": True}]}

    def ask(number: int) -> str:
        if number % 2:
            return str(page.serve("prepare", request).get("error"))
        own = Page(url, "6.6.6.1", photo(10 + number))
        (path,) = own.client.post(f"{API}/upload", files={"files": (f"{number}.png", file.getvalue())}).json()
        return str(own.run("mask", [None, {"path": path, "meta": {"_type": "gradio.FileData"}}]).get("error"))

    with ThreadPoolExecutor(12) as people:
        return list(people.map(ask, range(12)))


def renders(url: str) -> list[str]:
    """33 anonymous calls of `/render`, whose streams nobody opens."""
    client, example = somebody(url, "6.6.6.1"), ROOT / "examples" / "balloon-and-tower.levitor"
    (path,) = client.post(f"{API}/upload", files={"files": (example.name, example.read_bytes())}).json()
    body = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}, "preview", None]}
    codes = [f"call {client.post(f'{API}/call/render', json=body).status_code}" for _ in range(33)]
    own = somebody(url, "6.6.6.9")
    (path,) = own.post(f"{API}/upload", files={"files": (example.name, example.read_bytes())}).json()
    began = time.monotonic()
    event = own.post(f"{API}/call/render", json=body).json()["event_id"]
    with own.stream("GET", f"{API}/call/render/{event}") as lines:
        end = next(line for line in lines.iter_lines() if line in ("event: complete", "event: error"))
    return [*codes, f"another's video: {end} in {time.monotonic() - began:.0f} s"]


def photos(url: str) -> list[str]:
    """Forty photos opened by one client."""

    def open_one(number: int) -> str:
        page = Page(url, "6.6.6.1", photo(100 + number, (1500, 2000)))
        return "opened" if page.scene else str(page.opened.get("error") or page.opened.get("detail"))

    with ThreadPoolExecutor(4) as people:
        return list(people.map(open_one, range(40)))


def bodies(url: str) -> list[str]:
    """50 MB of JSON, as one array and as nested ones, six at once."""
    contents = [b'{"data":[' + b"1," * 25_000_000 + b"1]}", b"[" * 25_000_000 + b"]" * 25_000_000]
    just_under = b'{"data":[' + b"1," * 140_000 + b"1]}"

    def send(number: int) -> str:
        content = (*contents, just_under)[number % 3]
        with somebody(url, "6.6.6.1") as client, suppress(httpx.HTTPError):
            answer = client.post(f"{API}/queue/join", content=content, headers={"content-type": "application/json"})
            return f"{answer.status_code} {answer.json()['detail']}"
        return "cut off"

    with ThreadPoolExecutor(6) as people:
        return list(people.map(send, range(12)))


ATTACKS: dict[str, Callable[[str], list[str]]] = {f.__name__: f for f in (masks, renders, photos, bodies)}

if __name__ == "__main__":
    main()
