"""Hostile calls by the thousand: `python benchmarks/mutated_calls.py [COUNT] [--seed S]`, on a public server.

Bodies of every call, of the page's events, of the stage's functions and of MCP, and uploads, each a whole one that was
changed at random. None may end the server, show a trace, take 5 s or 1 GB; each is answered, or refused in a sentence.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.attacks import API, serving, watched
from benchmarks.mutations import LARGEST_MB, LONGEST_S, mutated, other_json

TRACE = re.compile(r"Traceback|File \"|site-packages|\.py\b|/tmp/(?!\S*levitor-run)")
MCP = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "camera", "arguments": {"push": 0.2}}}
HEAD = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


class Caller:
    """Who calls: knows the page's parts and one uploaded project."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        config = client.get("/config").json()
        self.named = [event["api_name"] for event in config["dependencies"] if event["api_visibility"] == "public"]
        self.events = [event["id"] for event in config["dependencies"]]
        self.stage = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "stage")

    def call(self, rng: random.Random) -> str:
        """One hostile call; what is wrong with its answer, if anything."""
        path, body = self._whole(rng)
        content = json.dumps(body).encode()
        for _ in range(rng.randint(1, 3)):
            content = other_json(content, rng)
        if rng.random() < 0.05:
            content = content[: rng.randrange(len(content) + 1)]
        began = time.monotonic()
        answer = self.client.post(f"{API}/{path}", content=content, headers=HEAD)
        said = answer.text
        if answer.status_code == 200 and path.startswith("call/"):
            said += self._rest(f"{path.replace('/v2', '')}/{answer.json()['event_id']}")
        return self._wrong(f"{path} {content[:200]!r}", answer.status_code, said, time.monotonic() - began)

    def upload(self, data: bytes, name: str) -> tuple[str, dict[str, Any]]:
        """A hostile file; what is wrong with the answer, and how a call names the file."""
        answer = self.client.post(f"{API}/upload", files={"files": (name, data)})
        wrong = self._wrong(f"upload {name}", answer.status_code, answer.text if answer.status_code != 200 else "", 0)
        path = answer.json()[0] if answer.status_code == 200 else ""
        return wrong, {"path": path, "meta": {"_type": "gradio.FileData"}}

    def _whole(self, rng: random.Random) -> tuple[str, Any]:
        kind = rng.choice(("photo", "project", "project", "map"))
        name = {"photo": "a.png", "map": "a.tiff", "project": "a.levitor"}[kind]
        _, file = self.upload(mutated(kind, rng), name)
        step, session = rng.choice(self.named), f"{rng.getrandbits(40):x}"
        values = {"project": file, "image": file, "name": "ball", "num_frames": 2, "waypoints": [{"x": 30, "y": 36}]}
        values |= {"renderer": "preview", "format": rng.choice(("wan-move", "ttm", "depth", "none")), "push": 0.1}
        seen = {"scene_id": f"{rng.getrandbits(128):032x}", "path": file["path"], "points": [[1, 2, True]], "box": None}
        wholes: tuple[tuple[str, Any], ...] = (
            (f"call/v2/{step}", values),
            (f"call/v2/{step}", values),
            (f"call/{step}", {"data": list(values.values())}),
            (f"run/{step}", {"data": [file, "ball", None], "session_hash": session}),
            ("queue/join", {"data": [file, "Whole photo"], "session_hash": session,
                            "fn_index": rng.choice(self.events)}),
            ("component_server", {"data": seen, "component_id": self.stage, "session_hash": session,
                                  "fn_name": rng.choice(("segment", "prepare", "know", "remember"))}),
            ("cancel", {"session_hash": session, "fn_index": 0, "event_id": session}),
            ("mcp/", MCP),
            ("login", {"username": "a", "password": "b"}),
        )  # fmt: skip
        return rng.choice(wholes)

    def _rest(self, path: str) -> str:
        with self.client.stream("GET", f"{API}/{path}") as lines:
            return "".join(line for line in lines.iter_lines() if line.startswith("data:"))

    def _wrong(self, what: str, status: int, said: str, seconds: float) -> str:
        found = TRACE.search(said)
        if (status == 500 and '{"error":"' not in said) or found:  # Gradio's status for what was told in a sentence
            return f"{what}: {status} {said[max(0, found.start() - 80) if found else 0 :][:300]}"
        return f"{what}: {seconds:.1f} s" if seconds > LONGEST_S else ""


def main() -> None:
    """Print every fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    faults = Counter[str]()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), LEVITOR_MCP="1") as (url, pid),
        watched(pid) as memory,
    ):
        with httpx.Client(base_url=url, timeout=60) as client:
            caller = Caller(client)
            for number in range(given.count):
                wrong = "the server is gone"
                with suppress(httpx.TransportError):
                    wrong = caller.call(random.Random(f"{given.seed} {number}"))
                if wrong:
                    faults[wrong.partition(" ")[0]] += 1
                    print(f"{number}: {wrong}", flush=True)
            alive = client.get("/health").status_code
        log = (Path(folder) / "log.txt").read_text()
    grown = max(memory) - next(filter(None, memory))
    print(f"{given.count} calls, faults: {dict(faults)}; /health {alive}, {grown:.0f} MB more (allowed: {LARGEST_MB})")
    print(f"in the log: {Counter(re.findall(r'error .*', log)).most_common(9)}, traces {log.count('Traceback')}")


if __name__ == "__main__":
    main()
