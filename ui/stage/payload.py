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
from levitor_core.renderers import all_settings, entries
from levitor_core.structures import Animation, DisparityMap, Project, Scene

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


def without_work(project: Project) -> Project:
    """The photo with what was read from it, as nobody has worked on it yet."""
    return Project(
        photo=project.photo,
        scene=project.scene,
        clean_plate=project.clean_plate,
        photo_box=project.photo_box,
        softness=project.softness,
    )


def scene_id(project: Project) -> str:
    """Names photo, working image, depth, clean plate and what masks a person gave; the same after the project was a
    file. Masks that a model found, objects and paths do not change it."""
    words = np.rint(project.scene.disparity * 257).astype(np.uint16)  # as project files hold it
    digest = hashlib.sha256(repr((project.softness, project.photo_box)).encode())
    given = project.scene.partition if project.scene.has_given_masks else None
    for picture in (project.photo, project.scene.image, words, project.clean_plate, given):
        if picture is not None:
            digest.update(repr(picture.shape).encode() + picture.tobytes())
    return digest.hexdigest()[:32]


def scene_payload(
    project: Project, save: Save, *, document_id: str = "", automatic: str = "preview", play: bool = False
) -> dict[str, Any]:
    """The `scene` property for another photo or project, whose document gets this id of its own. `automatic` is the
    renderer that "auto" takes here."""
    return {
        **pictures(project, save),
        "document_id": document_id,
        "document": document_of(project),
        "settings": offered_settings(automatic),
        "play": play,
    }


def pictures(project: Project, save: Save) -> dict[str, Any]:
    """What the browser shows of a photo, and the file by which it brings the photo back."""
    return {
        "id": scene_id(project),
        "guessed": project.scene.depth_is_stand_in,
        "ground": _ground(project.scene) if project.scene.depth_is_stand_in else None,
        "photo": save(_jpeg(project.photo), "photo.jpg"),
        "disparity": save(_words(_disparity(animation.animate(without_work(project), 1)) * 257), "disparity.png"),
        **instances(project, save),
    }


def _ground(scene: Scene) -> dict[str, Any]:
    """What a guess takes the photo for: how what is seen lies, and where the horizon is (a share of the height)."""
    from levitor_core.depth.ground_plane import GroundPlane

    plane = GroundPlane.named(scene.depth_source)
    return {"lie": plane.lie, "horizon": plane.horizon_in(scene.image) / max(scene.size_hw[0] - 1, 1)}


def instances(project: Project, save: Save) -> dict[str, Any]:
    """The automatic masks, which may come later, and with them another project file."""
    partition = project.scene.partition
    return {
        "pickable": not project.scene.segmentation_is_stand_in,
        "instances": save(_words(partition), "instances.png") if partition.any() else None,
        "project": save(project_file.to_bytes(without_work(project)), "project.levitor"),
    }


def offered_settings(automatic: str = "preview") -> dict[str, Any]:
    """What each renderer takes by itself, and how far every setting that is a number goes."""
    ranges = {
        name: {
            "low": setting.between.low,
            "high": setting.between.high,
            "whole": setting.kind is int,
            "optional": setting.default is None,
        }
        for name, setting in all_settings().items()
        if setting.between is not None
    }
    own = {entry.name: write_part(entry.settings()) for entry in entries()}
    return {"renderers": own, "automatic": automatic, "ranges": ranges}


def document_of(project: Project) -> dict[str, Any]:
    """The document as the browser edits it."""
    content: Any = {item.name: getattr(project, item.name) for item in fields(Document)}
    masks = {_mask_id(item.mask): item.mask for item in (*project.objects, *project.scenery)}
    return {
        **_with_ids(write_part(Document(**content), name_of=_mask_id)),
        "size_hw": list(project.scene.size_hw),
        "masks": {name: mask_url(mask) for name, mask in masks.items()},
    }


def _with_ids(document: dict[str, Any]) -> dict[str, Any]:
    """Objects and scenery that no editor has named yet get the ids o1, o2, ... and s1, s2, ..."""
    for kind, letter in (("objects", "o"), ("scenery", "s")):
        for number, item in enumerate(document[kind], 1):
            item["id"] = item["id"] or f"{letter}{number}"
    return document


def prepare_scene(
    project: Project, objects: Sequence[Picked], save: Save, scenery: Sequence[Scenery] = ()
) -> dict[str, Any]:
    """What lies in and behind picked objects: the scene's depth with the project's strokes, its scenery edited and its
    edges on their masks; each lifted one's tamed depth and support; depth and colour with those lifted out.

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
                "support": mask_url(layer.order(0).never_hidden_by),  # its own place at the least
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
