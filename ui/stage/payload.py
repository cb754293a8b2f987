"""Project -> what the browser needs to draw it. PURE but for `save`, which turns bytes into an address.

The shapes are those of PROTOCOL.md. Depth and ids travel as PNGs whose red and green hold 16 bits, because a browser
reads only eight of a grey PNG's sixteen.
"""

import base64
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from jaxtyping import Int, Shaped
from PIL import Image as PilImage

from levitor_core.document import CameraMove, Document, Mask, SceneObject, Scenery, Waypoint
from levitor_core.fields import write_part
from levitor_core.files import project_file
from levitor_core.motion import animation
from levitor_core.motion.geometry import disparity_from_depth
from levitor_core.renderers import entries
from levitor_core.structures import Animation, DisparityMap, Project

Save = Callable[[bytes, str], str]

MAX_SHOWN_SIDE = 1280
FILL_SIDE = 640


@dataclass(frozen=True, eq=False)
class Picked:
    """An object as the browser names it; `lifted` when it moves or is hidden, or soon will be."""

    name: str
    mask_id: str
    mask: Mask
    lifted: bool


def scene_id(project: Project) -> str:
    """Names the photo, its depth and its clean plate; automatic masks, objects and paths do not change it."""
    digest = hashlib.sha256(project.photo.tobytes())
    digest.update(project.scene.disparity.tobytes())
    digest.update(b"" if project.clean_plate is None else project.clean_plate.tobytes())
    return digest.hexdigest()[:32]


def scene_payload(
    project: Project,
    save: Save,
    *,
    document_id: str = "",
    step: int = 0,
    version: int = 0,
    changes: Any = None,
    automatic: str = "preview",
) -> dict[str, Any]:
    """The `scene` property. `document_id` must change whenever the server replaced the person's document.

    `version` names the depth and clean plate; `changes` are those parts of the document that the server's `step`
    made, None when it made none. `automatic` is the renderer that "auto" takes here.
    """
    bare = replace(project, objects=(), scenery=(), camera=CameraMove())
    still = animation.animate(bare, 1)
    partition = project.scene.partition
    return {
        "id": scene_id(project),
        "document_id": document_id,
        "document": document_of(project) | {"version": version},
        "clips": _own_clips(automatic),
        "step": step,
        "changes": changes,
        "photo": save(_jpeg(project.photo), "photo.jpg"),
        "disparity": save(_words(_disparity(still) * 257), "disparity.png"),
        "pickable": not project.scene.segmentation_is_stand_in,
        "instances": save(_words(partition), "instances.png") if partition.any() else None,
        "project": save(project_file.to_bytes(bare), "project.levitor"),
    }


def _own_clips(automatic: str) -> dict[str, dict[str, float]]:
    """The length that each renderer gives a clip by itself; "auto" is that of the one which it takes here."""
    clips = {entry.name: entry.settings() for entry in entries()}
    clips["auto"] = clips[automatic]
    return {name: {"num_frames": clip.num_frames, "fps": clip.fps} for name, clip in clips.items()}


def document_of(project: Project) -> dict[str, Any]:
    """The person's part of the project, as the browser edits it."""
    content: Any = {item.name: getattr(project, item.name) for item in fields(Document)}
    masks = {_mask_id(item.mask): item.mask for item in (*project.objects, *project.scenery)}
    return {
        **_with_ids(write_part(Document(**content), name_of=_mask_id)),
        "size_hw": list(project.scene.size_hw),
        "masks": {name: mask_url(mask) for name, mask in masks.items()},
    }


def settings_of(project: Project) -> dict[str, Any]:
    """The document's part that the Generate panel owns."""
    document = document_of(replace(project, objects=(), scenery=()))
    return {name: document[name] for name in ("settings", "renderers")}


def _with_ids(document: dict[str, Any]) -> dict[str, Any]:
    """Objects and scenery that no editor has named yet get the ids o1, o2, ... and s1, s2, ..."""
    for kind, letter in (("objects", "o"), ("scenery", "s")):
        for number, item in enumerate(document[kind], 1):
            item["id"] = item["id"] or f"{letter}{number}"
    return document


def prepared(
    project: Project, objects: Sequence[Picked], save: Save, scenery: Sequence[Scenery] = ()
) -> dict[str, Any]:
    """What lies in and behind picked objects: the scene's depth with its scenery edited and its edges on their masks,
    each lifted one's tamed depth and support, and depth and colour with those lifted out.

    Raises InputError, naming them, for masks that coincide.
    """
    from levitor_core.renderers.preview.fill import background_plate

    step = (Waypoint(0, 0), Waypoint(1, 0))
    still = [SceneObject(item.name, item.mask, relief=1.0) for item in objects]
    lifted = [
        replace(item, waypoints=step if picked.lifted else ()) for item, picked in zip(still, objects, strict=True)
    ]
    ids = {item.name: item.mask_id for item in objects}
    bare = replace(project, scenery=tuple(scenery), camera=CameraMove())
    at_rest = animation.animate(replace(bare, objects=tuple(still)), 1)
    resolved = animation.animate(replace(bare, objects=tuple(lifted)), 1)
    plate = background_plate(bare, resolved.removed, resolved.z, FILL_SIDE)
    return {
        "objects": {
            ids[layer.name]: {
                "disparity": _url(_words(disparity_from_depth(layer.z, project.softness) * 257)),
                "support": mask_url(layer.never_hidden_by) if layer.never_hidden_by.any() else None,
            }
            for layer in resolved.layers
        },
        "disparity": _url(_words(_disparity(at_rest) * 257)),
        "filled": _url(_words(_disparity(resolved) * 257)),
        "background": save(_jpeg(plate), "background.jpg"),
    }


def mask_url(mask: Mask) -> str:
    """A mask as a black and white PNG data URL."""
    return _url(_png(PilImage.fromarray(mask)))


def _mask_id(mask: Mask) -> str:
    return hashlib.sha256(mask.tobytes()).hexdigest()[:16]


def _disparity(resolved: Animation) -> DisparityMap:
    return disparity_from_depth(resolved.z, resolved.softness)


def _words(values: Shaped[np.ndarray, "h w"]) -> bytes:
    """Whole numbers 0..65535 as a PNG: red x 256 + green."""
    words: Int[np.ndarray, "h w"] = np.rint(values).clip(0, 65535).astype(np.int64)
    return _png(PilImage.fromarray(np.dstack([words >> 8, words & 255, np.zeros_like(words)]).astype(np.uint8)))


def _png(image: PilImage.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _jpeg(pixels: np.ndarray) -> bytes:
    image = PilImage.fromarray(pixels)
    image.thumbnail((MAX_SHOWN_SIDE, MAX_SHOWN_SIDE), PilImage.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=93, subsampling=0)
    return file.getvalue()


def _url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
