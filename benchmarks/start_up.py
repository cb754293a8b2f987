"""How long after `python app.py` the page answers."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0
EMPTY = """
import gradio, sys
with gradio.Blocks(analytics_enabled=False) as page:
    pass
page.launch(server_port=int(sys.argv[1]))
"""


def scenario() -> list[Row]:
    """Three starts each, in turn: what Gradio takes for a page with nothing on it is the floor."""
    took = [(_start("-c", EMPTY), _start("app.py", "--port")) for _ in range(3)]
    empty, ours = zip(*took, strict=True)
    floor = "an empty page of Gradio's, from start to first answer"
    return [Row(floor, empty), Row("`python app.py`, from start to the first answer of the page", ours)]


def _start(*command: str) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.perf_counter()
    server = subprocess.Popen([sys.executable, *command, str(port)], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while time.perf_counter() - begun < PATIENCE:
            if _answers(f"http://127.0.0.1:{port}/"):
                return time.perf_counter() - begun
            time.sleep(0.05)
        raise TimeoutError(f"the page did not answer within {PATIENCE:g} s")
    finally:
        server.terminate()
        server.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as page:
            return page.status == 200
    except (urllib.error.URLError, OSError):
        return False
