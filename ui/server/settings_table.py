"""docs/settings.md, made from where each setting and limit is declared: `python -m ui.server.settings_table`."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from levitor_core import document
from levitor_core.checkpoints import UNASKED_LIMIT
from levitor_core.files import image_files, photo, project_file, safe_zip, track_files, video_io
from levitor_core.renderers.preview.entry import MAX_SIDE
from levitor_core.structures import MAX_LABEL
from ui.outputs import MAX_VIDEOS
from ui.server.settings import ServerSettings, public_settings, variable
from ui.stage import documents

ABOUT = """Made by `python -m ui.server.settings_table > docs/settings.md` from where each is declared."""
SERVER = """Environment variables, declared in `ui/server/settings.py`. `LEVITOR_PUBLIC=1` is for a server that
strangers may use and takes the second column; what is named besides holds over either. A client is the user that a
declared proxy names, else the page's login, else an address (of IPv6 its first 64 bits)."""
MEGABYTE = 2**20

# What other programs' variables, read here too, do.
OTHERS = {
    "GRADIO_SERVER_NAME": "the address to listen on, as `--host`",
    "GRADIO_SERVER_PORT": "the port, as `--port`",
    "GRADIO_ANALYTICS_ENABLED": "off unless set: nothing is told to Gradio's makers",
    "HF_TOKEN": "the hub's token, for weights whose licence its account has accepted",
    "HF_ENDPOINT": "another hub than huggingface.co",
    "HF_HUB_OFFLINE": "nothing is downloaded; `TRANSFORMERS_OFFLINE` does the same",
    "HF_HOME": "where the hub's downloads are kept",
    "OMP_WAIT_POLICY": "PASSIVE unless set: waiting threads leave the processor to others",
    "TQDM_DISABLE": "1 unless set on the command line: libraries show no progress of their own",
    "TMPDIR": "where temporary files go; a server puts its own folder there",
    "GRADIO_TEMP_DIR": "set by the server to its own folder, whatever it was",
    "FORWARDED_ALLOW_IPS": "emptied by the server, which believes `LEVITOR_PROXIES` alone",
    "LEVITOR_CACHE": "the folder of what `warm` compiles, one's own code; else levitor in the cache folder",
    "TORCHINDUCTOR_CACHE_DIR": "in that folder unless set: what torch's compiler keeps",
    "XDG_CACHE_HOME": "the person's cache folder, else ~/.cache",
    "CUDA_VISIBLE_DEVICES": "the GPUs that `--workers` share, one each",
    "RAY_USAGE_STATS_ENABLED": "0 unless set: `--ray` tells Ray's makers nothing",
    "SPACE_ID": "set by the hub on a Space: the server is public and trusts the hub's proxies",
    "SPACES_ZERO_GPU": "set by the hub where GPUs are lent",
}


def _limits() -> Iterator[tuple[str, object, str]]:
    yield "objects", document.MAX_OBJECTS, "picked and moved in one work"
    yield "scenery", document.MAX_SCENERY, "still things whose depth is edited"
    yield "waypoints", document.MAX_WAYPOINTS, "of one path"
    yield "camera keys", document.MAX_CAMERA_KEYS, "of the camera's path"
    yield "name", f"{document.MAX_NAME} characters", "of an object"
    yield "instances", MAX_LABEL, "still things and objects together"
    yield "clicks", documents.MAX_CLICKS, "for one mask"
    yield "videos", MAX_VIDEOS, "that a tab keeps; the oldest goes first"
    yield "photo", f"{photo.MAX_PHOTO_SIDE} pixels", "of its long side are kept"
    yield "shape", f"{image_files.MAX_ASPECT:g}:1", "the longest a photo may be"
    yield "picture file", f"{image_files.MAX_FILE_BYTES // MEGABYTE} MB", "read from disk"
    yield "project file", f"{project_file.MAX_FILE_BYTES // MEGABYTE} MB", "as a file"
    yield (
        "unpacked project",
        f"{safe_zip.MAX_UNPACKED_BYTES // MEGABYTE} MB",
        f"in at most {safe_zip.MAX_MEMBERS} files",
    )
    yield "tracks", f"{track_files.MAX_BYTES // MEGABYTE} MB", f"and {track_files.MAX_MOMENTS} frames"
    yield "height of a video", f"{MAX_SIDE} pixels", "of Preview and exports"
    yield "GIF", f"{video_io.MAX_GIF_FPS} frames a second", "more are left out"
    yield "unasked download", f"{UNASKED_LIMIT // 10**6} MB", "larger weights are fetched only when asked for"


def table() -> str:
    """The page, as Markdown."""
    return "\n\n".join(
        [
            "# Settings and limits",
            ABOUT,
            "## The server",
            SERVER,
            _rows(("variable", "for oneself", "public, where it differs", "what it is"), _server()),
            "## Variables of others",
            _rows(("variable", "what it does here"), ((f"`{name}`", about) for name, about in OTHERS.items())),
            "## A work and its files",
            _rows(("of", "at most", "what it is"), _limits()),
        ]
    )


def _rows(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _server() -> Iterator[tuple[object, ...]]:
    public = public_settings()
    for item in fields(ServerSettings):
        here, there = _shown(item.default), _shown(getattr(public, item.name))
        yield f"`{variable(item.name)}`", here, there if there != here else "", item.metadata["help"]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) if isinstance(value, tuple) else f"{value}"


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
