"""The stage's ES modules and style sheet as files that Gradio serves: the page needs no build step.

Gradio sends no Cache-Control, so a browser may keep a module for days: the folder they are served from is named by what
is in it, and no page ever mixes two versions. All of that folder is public, so it holds these files and nothing else.
"""

import functools
import hashlib
import os
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

SOURCES = Path(__file__).parent
ENTRY = "js/gradio.js"
KINDS = ("js/**/*.js", "vendor/**/*.js", "vendor/**/LICENSE", "stage.css")


def serve() -> dict[str, Any]:
    """The entry module as a file of Gradio's, which puts the page's own address in front of its `url`."""
    entry = (folder() / ENTRY).as_posix()
    return {"path": entry, "url": f"/gradio_api/file={entry}", "meta": {"_type": "gradio.FileData"}}


@functools.cache
def folder() -> Path:
    """Where they are served from, put there if need be."""
    files = {path.relative_to(SOURCES): path.read_bytes() for kind in KINDS for path in sorted(SOURCES.glob(kind))}
    public = Path(get_upload_folder()) / f"stage-{_digest(files)}"
    for name, data in files.items():
        _put(public / name, data)
    gr.set_static_paths(public)
    return public


def _digest(files: dict[Path, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(f"{name.as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:16]


def _put(path: Path, data: bytes) -> None:
    """Another server of the same version may be writing or reading the same file."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)
