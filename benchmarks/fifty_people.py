"""Fifty people at once: `python benchmarks/fifty_people.py [PEOPLE] [MINUTES]`, on a public server.

Each opens a photo of a colour of its own, clicks every 8 s and makes a 16-frame Preview of 512 pixels every 3 minutes.
A mix-up is a video whose colour is another's. Printed: how long clicks and openings took, how videos ended, how the
memory grew after the first minute and what lay on the disk.
"""

import io
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.attacks import API, Page, serving, watched
from levitor_core.document import Waypoint
from levitor_core.editing import add_object, set_path
from levitor_core.engine import Engine
from levitor_core.errors import LevitorError
from levitor_core.files.project_file import to_bytes
from levitor_core.files.video_io import read_frames

CLICK_EVERY_S, RENDER_EVERY_S, SETTLED_S = 8.0, 180.0, 60.0


@dataclass
class Seen:
    """What all people saw."""

    clicks: list[float] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)
    videos: Counter[str] = field(default_factory=Counter)
    mix_ups: int = 0
    failed: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Print the figures."""
    people, minutes = int((sys.argv[1:] or ["50"])[0]), float((sys.argv[2:] or ["10"])[0])
    seen, jobs = Seen(), [_job(number, people) for number in range(people)]
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (url, pid), watched(pid) as held:
        until = time.monotonic() + 60 * minutes
        crowd = [
            threading.Thread(target=_live, args=(url, number, jobs[number], until, seen)) for number in range(people)
        ]
        for person in crowd:
            person.start()
        for person in crowd:
            person.join()
        disk = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 2**20
    settled = held[int(SETTLED_S * 10) :] or held
    print(f"{people} people, {minutes:g} minutes, {len(seen.clicks)} clicks, {len(seen.openings)} openings")
    print(f"clicks: p50 {_at(seen.clicks, 50):.2f} s, p95 {_at(seen.clicks, 95):.2f} s")
    print(f"openings: p50 {_at(seen.openings, 50):.1f} s, p95 {_at(seen.openings, 95):.1f} s")
    print(f"videos: {dict(seen.videos)}; mix-ups: {seen.mix_ups}; failures: {dict(seen.failed)}")
    print(f"memory: {settled[0]:.0f} MB after a minute, {settled[-1]:.0f} at the end, {max(held):.0f} at most")
    print(f"disk: {disk:.0f} MB")


def _at(values: list[float], percentile: float) -> float:
    return float(np.percentile(values, percentile)) if values else float("nan")


def _colour(number: int, people: int) -> tuple[int, int, int]:
    """One that no other person has, all parts of it far from those of the next."""
    side = 1
    while side**3 < people:
        side += 1
    steps = np.linspace(20, 235, max(side, 2)).astype(int)
    return int(steps[number % side]), int(steps[number // side % side]), int(steps[number // side**2])


def _job(number: int, people: int) -> tuple[bytes, bytes]:
    """A person's photo and the work on it."""
    pixels = np.full((384, 512, 3), _colour(number, people), np.uint8)
    pixels[150:230, 100:180] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    project = Engine(device="cpu").new_project(pixels)
    mask = np.asarray((project.scene.image > 250).all(axis=-1))
    moved = set_path(add_object(project, mask, "box"), "box", (Waypoint(140, 190), Waypoint(260, 200)))
    return file.getvalue(), to_bytes(moved)


def _live(url: str, number: int, job: tuple[bytes, bytes], until: float, seen: Seen) -> None:
    rng = random.Random(number)
    time.sleep(rng.uniform(0, CLICK_EVERY_S))
    began = time.monotonic()
    try:
        page = Page(url, f"7.7.{number // 250}.{number % 250 + 1}", job[0])
    except (httpx.HTTPError, ValueError) as error:
        seen.failed[type(error).__name__] += 1
        return
    seen.openings.append(time.monotonic() - began)
    film = time.monotonic() + rng.uniform(0, min(RENDER_EVERY_S, (until - time.monotonic()) / 2))
    making: list[threading.Thread] = []
    while time.monotonic() < until:
        if time.monotonic() > film:
            film += RENDER_EVERY_S
            making.append(threading.Thread(target=_film, args=(page, number, job[1], seen)))
            making[-1].start()
        try:
            seen.clicks.append(page.click())
        except (RuntimeError, httpx.HTTPError, ValueError) as error:
            seen.failed[str(error)[:60]] += 1
        time.sleep(CLICK_EVERY_S)
    for video in making:
        video.join()


def _film(page: Page, number: int, project: bytes, seen: Seen) -> None:
    """A video by `/preview`; its colour is the person's, or it is a mix-up."""
    try:
        (path,) = page.client.post(f"{API}/upload", files={"files": ("job.levitor", project)}).json()
        given = {"project": {"path": path, "meta": {"_type": "gradio.FileData"}}, "num_frames": 16, "height": 512}
        answer = page.client.post(f"{API}/call/v2/preview", json=given)
        if answer.status_code != 200:
            seen.videos[f"refused: {answer.json()['detail'][:60]}"] += 1
            return
        kind, said = _end(page.client, answer.json()["event_id"])
        if kind != "complete":
            seen.videos[f"refused: {said[:60]}"] += 1
            return
        seen.videos["finished"] += 1
        seen.mix_ups += _is_anothers(page.client.get(f"{API}/file={said}").content, page.data)
    except (httpx.HTTPError, ValueError, LevitorError) as error:
        seen.videos[type(error).__name__] += 1


def _end(client: httpx.Client, event: str) -> tuple[str, str]:
    kind = ""
    with client.stream("GET", f"{API}/call/preview/{event}", timeout=600) as lines:
        for line in lines.iter_lines():
            kind = line.removeprefix("event: ") if line.startswith("event: ") else kind
            if line.startswith("data: ") and kind in ("complete", "error"):
                told: Any = json.loads(line.removeprefix("data: "))
                return kind, told[0]["path"] if kind == "complete" else str(told.get("error", told))
    return "", "the stream ended"


def _is_anothers(video: bytes, photo: bytes) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(video)
        file.flush()
        frame = next(iter(read_frames(Path(file.name))))
    with Image.open(io.BytesIO(photo)) as own:
        wanted = np.asarray(own)[:20, :20].reshape(-1, 3).mean(axis=0)
    return bool(np.abs(frame[:20, :20].reshape(-1, 3).mean(axis=0) - wanted).max() > 25)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
