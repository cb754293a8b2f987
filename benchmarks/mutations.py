"""Hostile input by the thousand: `python benchmarks/mutations.py [COUNT] [--seed S] [--kind K]`.

Photos, maps, masks, label maps, tracks, project files, documents and bodies of calls, each a whole one that was changed
at random. None may crash, show a trace to its client, take 5 s of computing or 1 GB. What is not a sentence is printed
with the number that makes it again; a process that dies is one fault, and the next goes on.
"""

import argparse
import copy
import io
import json
import random
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, get_args

import numpy as np
from PIL import Image as PilImage

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from levitor_core.depth.ground_plane import Lie
from levitor_core.document import DepthTool
from levitor_core.engine import Engine
from levitor_core.errors import LevitorError
from levitor_core.files.image_files import take_at_most
from levitor_core.files.photo import Framing, read_labels, read_map, read_mask_for, read_photo
from levitor_core.files.project_file import open_project, to_bytes
from levitor_core.files.safe_zip import pack, unpack
from levitor_core.files.track_files import read_tracks
from levitor_core.motion.path_fitting import fit_path
from levitor_core.renderers import with_settings
from levitor_core.segmentation.mask_edits import Tool
from levitor_core.structures import Project, Scene, SceneObject, Waypoint
from ui.server.settings import public_settings
from ui.stage import OpenPhotos, stage
from ui.stage.documents import apply_document
from ui.stage.payload import document_of, scene_id, scene_payload

STAGE_CALLS: dict[str, Callable[..., Any]] = {
    "segment": stage.segment,
    "outline": stage.outline,
    "trace": stage.trace,
    **{
        call.__name__: lambda engine, photos, request, call=call: call(engine, photos, request, lambda data, name: name)
        for call in (stage.prepare, stage.ground)
    },
}
LONGEST_S, LARGEST_MB, MAX_SENTENCE = 5.0, 1024, 400
SIZE_HW = (72, 96)
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 0.5, 1e308, -1e308, float("nan"), float("inf"), 2**63, 10**400, "", "a", "\0", "\ud800",
    "x" * 9999, "<img src=//evil.example/x>", "../../etc/passwd", "1e999", [], {}, [[]], [None], {"": None}, [0] * 999,
    [[[[[1]]]]],
)  # fmt: skip


@cache
def project() -> Project:
    """A ball that moves before a wall, an instance, a clean plate."""
    rows, columns = np.indices(SIZE_HW)
    ball = (columns - 30) ** 2 + (rows - 36) ** 2 <= 100
    photo = np.random.default_rng(0).integers(0, 255, (*SIZE_HW, 3), dtype=np.uint8)
    scene = Scene(photo, np.where(ball, 150, 20).astype(np.float32), (columns > 60).astype(np.int32), "test", "test")
    moving = SceneObject("ball", ball, waypoints=(Waypoint(30, 36), Waypoint(60, 40, 0.9)))
    return Project(photo=photo, scene=scene, objects=(moving,), clean_plate=photo[::-1].copy())


def _picture(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    image = PilImage.fromarray(project().photo)
    if mode == "I;16":
        image = PilImage.fromarray(np.arange(SIZE_HW[0] * SIZE_HW[1], dtype=np.uint16).reshape(SIZE_HW))
    elif mode != "RGB":
        image = image.convert(mode)
    image.save(file, kind, **options)
    return file.getvalue()


def _npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


@cache
def wholes(kind: str) -> tuple[Any, ...]:
    """What is changed."""
    exif = PilImage.Exif()
    exif[0x0112] = 6
    colours = tuple(_picture(*given) for given in (("PNG",), ("PNG", "P"), ("PNG", "RGBA"), ("WEBP",), ("GIF", "P"),
                                                   ("BMP",), ("TIFF",), ("JPEG", "CMYK")))  # fmt: skip
    colours += (_picture("JPEG", exif=exif.tobytes()), _picture("JPEG", "L", progressive=True))
    greys = (_picture("PNG", "L"), _picture("PNG", "I;16"), _picture("TIFF", "I;16"), _picture("TIFF", "F"))
    maps = (*greys, _picture("PNG", "1"), _npy(project().scene.disparity), _npy(project().scene.partition))
    found: dict[str, tuple[Any, ...]] = {
        "photo": colours + greys,
        "map": maps + colours[:3],
        "mask": maps + colours[:3],
        "labels": maps + colours[:3],
        "tracks": (
            _npy(np.random.default_rng(1).normal(30, 9, (9, 4, 2))),
            b'[[{"x":1,"y":2},{"x":3,"y":4}]]', b"x,y\n1,2\n3,4",
        ),
        "project": (to_bytes(project()),),
        "document": (json.dumps(document_of(project())).encode(),),
        "request": tuple(json.dumps(asked).encode() for asked in _requests()),
    }  # fmt: skip
    return found[kind]


def _requests() -> Iterator[dict[str, Any]]:
    """One of each call that the stage makes, and of each tool."""
    mask, points = next(iter(document_of(project())["masks"].values())), [[20, 30], [50, 30], [40, 50]]
    strokes = [{"tool": tool, "points": points, "radius": 9.0} for tool in get_args(DepthTool)]
    picked = {"objects": [{"name": "a", "mask": "m", "lifted": True}], "scenery": [], "masks": {"m": mask}}
    yield {"segment": {"points": [[30, 36, True]], "box": [1, 2, 30, 40]}}
    yield {"segment": {"points": [[50, 36, True], [30, 36, False]], "mask": mask}}
    yield {"prepare": picked | {"depth_strokes": strokes}}
    for tool in get_args(Tool):
        yield {"outline": {"mask": mask, "edit": {"tool": tool, "points": points, "inside": True, "pixels": 3.0}}}
    yield {"trace": {"start": [20, 30], "end": [60, 40]}}
    yield from ({"ground": {"lie": lie, "horizon": 0.4}} for lie in get_args(Lie))


def mutated(kind: str, rng: random.Random) -> bytes:
    """One of the kind, changed in one to four places."""
    data: bytes = rng.choice(wholes(kind))
    for _ in range(rng.randint(1, 4)):
        if kind == "project" and rng.random() < 0.9:
            data = _other_members(data, rng)
        elif kind in ("document", "request") and rng.random() < 0.95:
            data = other_json(data, rng)
        else:
            data = rng.choice(_CHANGES)(data, rng)
    return _with_sums(data) if data.startswith(b"\x89PNG") and rng.random() < 0.8 else data


def _overwrite(data: bytes, rng: random.Random) -> bytes:
    at, size = rng.randrange(len(data) or 1), rng.choice((1, 2, 4))
    value = rng.choice((*NUMBERS, rng.getrandbits(32))) & (1 << 8 * size) - 1
    return data[:at] + value.to_bytes(size, rng.choice(("big", "little"))) + data[at + size :]


def _early(data: bytes, rng: random.Random) -> bytes:
    """Heads say the most."""
    return _overwrite(data[:64], rng) + data[64:]


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _without(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + data[at + rng.randint(1, 99) :]


def _twice(data: bytes, rng: random.Random) -> bytes:
    at, end = sorted(rng.randrange(len(data) or 1) for _ in range(2))
    return data[:end] + data[at:end] * rng.choice((1, 2, 9)) + data[end:]


def _flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 20) if data else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


_Change = Callable[[bytes, random.Random], bytes]
_CHANGES: tuple[_Change, ...] = (_overwrite, _early, _early, _cut, _without, _twice, _flipped)


def _with_sums(data: bytes) -> bytes:
    """A PNG's chunks with right sums, so that what is in them is looked at."""
    out, at = data[:8], 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + size]
        out += data[at : at + 4] + body + zlib.crc32(body).to_bytes(4, "big")
        at += 12 + size
    return out + data[at:]


def _other_members(data: bytes, rng: random.Random) -> bytes:
    try:
        members = unpack(data)
    except LevitorError:
        return _flipped(data, rng)
    if not members:
        return data
    name = rng.choice(sorted(members))
    if name.endswith(".json"):
        members[name] = other_json(members[name], rng)
    elif rng.random() < 0.2:
        del members[name]
    elif rng.random() < 0.3:
        members[name] = rng.choice([picture for other, picture in members.items() if not other.endswith(".json")])
    else:
        members[name] = _with_sums(rng.choice(_CHANGES)(members[name], rng))
    return pack(members)


def other_json(data: bytes, rng: random.Random) -> bytes:
    """JSON with one value replaced, repeated, moved, renamed or left out."""
    try:
        values = json.loads(data)
        places = list(_places(values))
    except (ValueError, RecursionError):
        return _flipped(data, rng)
    if not places:
        return json.dumps(rng.choice(HOSTILE)).encode()
    holder, name = rng.choice(places)
    what = rng.random()
    if what < 0.15:
        del holder[name]
    elif what < 0.25 and isinstance(holder, list):
        holder.extend(copy.deepcopy([holder[name]]) * rng.choice((1, 9, 300)))
    elif what < 0.35:
        other, key = rng.choice(places)
        holder[name] = copy.deepcopy(other[key])
    elif isinstance(holder[name], int | float) and abs(holder[name]) < 2**64 and what < 0.6:
        holder[name] = holder[name] * rng.choice((-1, 0, 2, 1e3, 1e9)) + rng.choice((0, 1, 0.25, -1e-9))
    else:
        holder[name] = copy.deepcopy(rng.choice(HOSTILE))
    return json.dumps(values).encode()


def _places(values: Any) -> Iterator[tuple[Any, Any]]:
    for name in list(values) if isinstance(values, dict) else range(len(values)) if isinstance(values, list) else ():
        yield values, name
        yield from _places(values[name])


def _exercise(opened: Project) -> None:
    """What the page does with a work: shows it, looks it over, draws it, saves it and opens it again."""
    engine = _engine()
    scene_payload(opened, lambda data, name: name)
    small = with_settings(opened, renderer="preview", num_frames=2, size="draft", motion_blur=0.0, height=None)
    engine.check(small)
    for clip in engine.render(small):
        list(clip.frames)
    open_project(to_bytes(opened))


@cache
def _engine() -> Engine:
    from levitor_core.checkpoints import Checkpoints

    take_at_most(public_settings().megapixels * 1_000_000)
    return Engine(Checkpoints(Path("none")), device="cpu")


@cache
def _warm() -> None:
    """What is imported and compiled at the first photo is done."""
    USES["photo"](_picture("PNG"))


def _use_tracks(data: bytes) -> None:
    for suffix in (".npy", ".json", ".csv"):
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            file.write(data)
            file.flush()
            with suppress(LevitorError):
                fit_path(read_tracks(Path(file.name)), SIZE_HW)


def _use_request(data: bytes) -> None:
    request = json.loads(data)
    names = [name for name in STAGE_CALLS if isinstance(request, dict) and isinstance(request.get(name), dict)]
    for name in names:
        STAGE_CALLS[name](_engine(), _photos(), request[name] | {"scene_id": scene_id(project())})


@cache
def _photos() -> OpenPhotos:
    photos = OpenPhotos()
    photos.put(replace(project(), scene=replace(project().scene, depth_is_stand_in=True)))
    return photos


def _use_map(data: bytes) -> None:
    values = read_map(data, normalise=len(data) % 2 > 0)
    disparity = Framing.of_project(project()).map(values)
    _exercise(replace(project(), scene=replace(project().scene, disparity=disparity)))


USES: dict[str, Callable[[bytes], Any]] = {
    "photo": lambda data: _exercise(_engine().new_project(read_photo(data))),
    "map": _use_map,
    "mask": lambda data: read_mask_for(project(), data),
    "labels": lambda data: Framing.of_project(project()).labels(read_labels(data)),
    "tracks": _use_tracks,
    "project": lambda data: _exercise(open_project(data)),
    "document": lambda data: _exercise(apply_document(project(), json.loads(data))),
    "request": _use_request,
}


def fault_of(kind: str, seed: int, number: int) -> str:
    """What is wrong with how a mutated input is taken; nothing when it is read, or refused in a sentence."""
    data = mutated(kind, random.Random(f"{kind} {seed} {number}"))
    if kind in ("document", "request") and not _is_json(data):
        return ""  # the web server refuses it
    _warm()
    before, began = _forget_peak(), time.process_time()
    try:
        USES[kind](data)
    except LevitorError as error:
        if wrong := _no_sentence(error):
            return wrong
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = next((frame for frame in reversed(frames) if "levitor_core" in frame.filename), frames[-1])
        return f"{type(error).__name__}: {str(error)[:120]} at {Path(ours.filename).name}:{ours.lineno}"
    seconds, megabytes = time.process_time() - began, _memory_mb("VmHWM") - before
    if seconds > LONGEST_S or megabytes > LARGEST_MB:
        return f"{seconds:.1f} s, {megabytes:.0f} MB"
    return ""


def _no_sentence(error: LevitorError) -> str:
    said = str(error)
    bad = not said or "\n" in said or len(said) > MAX_SENTENCE or "Traceback" in said
    return f"no sentence: {said[:200]!r}" if bad else ""


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _memory_mb(what: str) -> float:
    return int(Path("/proc/self/status").read_text().partition(f"{what}:")[2].split()[0]) / 1024


def _forget_peak() -> float:
    """The most that the process held is from now on what it holds, which is returned."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory_mb("VmRSS")


def main() -> None:
    """Print every fault and how many of each kind were tried."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=tuple(USES), action="append")
    given = parser.parse_args()
    kinds, faults, began = given.kind or list(USES), Counter[str](), time.monotonic()
    for number in range(given.count):
        kind = kinds[number % len(kinds)]
        if fault := _in_a_process(kind, given.seed, number):
            faults[fault.partition(":")[0] + fault.rpartition(" at ")[2]] += 1
            print(f"{kind} {given.seed} {number}: {fault}", flush=True)
    print(f"{given.count} inputs, {faults.total()} faults of {len(faults)} kinds, {time.monotonic() - began:.0f} s")


_pools: list[ProcessPoolExecutor] = []


def _in_a_process(kind: str, seed: int, number: int) -> str:
    if not _pools:
        _pools.append(ProcessPoolExecutor(1, get_context("spawn")))
    try:
        return _pools[0].submit(fault_of, kind, seed, number).result()
    except BrokenProcessPool:
        _pools.clear()
        return "the process died"


if __name__ == "__main__":
    main()
