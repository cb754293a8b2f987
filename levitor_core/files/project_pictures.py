"""The pictures in a project file: arrays to PNGs and back, each of the size and values that the format can hold."""

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image as PilImage

from levitor_core.fields import misfit
from levitor_core.files.image_files import decode, grey_values, image_hw, rgb
from levitor_core.files.map_values import of_bits
from levitor_core.files.photo import MAX_PHOTO_SIDE
from levitor_core.structures import DisparityMap, Image, LabelMap, Mask, Project, Scene, SceneObject, Scenery, SizeHW

Members = Mapping[str, bytes]


def pictures_of(project: Project, masks: Mapping[str, SceneObject | Scenery]) -> dict[str, bytes]:
    """Every picture of the project as a PNG by its name in the file; `masks` has the names of the masks.

    Raises InputError unless every array has the size and the values that the format can hold.
    """
    check_arrays(project)
    arrays = {
        "photo.png": project.photo,
        "image.png": project.scene.image,
        "disparity.png": np.round(project.scene.disparity * 257.0).astype(np.uint16),
        "partition.png": project.scene.partition.astype(np.uint16),
    }
    arrays |= {name: item.mask for name, item in masks.items()}
    if project.clean_plate is not None:
        arrays["clean_plate.png"] = project.clean_plate
    return {name: _png(array) for name, array in arrays.items()}


def read_photo_and_plate(members: Members) -> tuple[Image, Image | None]:
    """The photo and, where there is one, the clean plate. Raises InputError."""
    photo = _colours(members, "photo.png" if "photo.png" in members else "photo.jpg")
    plate = _colours(members, "clean_plate.png", photo.shape[:2]) if "clean_plate.png" in members else None
    return photo, plate


def read_scene(members: Members, hw: SizeHW, depth_source: str, segmentation_source: str) -> Scene:
    """What the models have read from the photo, at working size. Raises InputError."""
    return Scene(
        image=_colours(members, "image.png", hw),
        disparity=_picture(members, "disparity.png", hw, _read_disparity),
        partition=_picture(members, "partition.png", hw, _read_ids),
        depth_source=depth_source,
        segmentation_source=segmentation_source,
    )


def _read_disparity(data: bytes) -> DisparityMap:
    values = grey_values(data, "disparity.png")
    if values is None:
        raise misfit("disparity.png", "a picture without colour")
    return of_bits(values).astype(np.float32)


def _read_ids(data: bytes) -> LabelMap:
    ids = grey_values(data, "partition.png", palette_indices=True)
    if ids is None or ids.dtype.kind == "f":
        raise misfit("partition.png", "a grey picture of whole numbers")
    return ids.astype(np.int32)


def read_mask(members: Members, file: str, hw: SizeHW) -> Mask:
    """One mask at working size. Raises InputError."""
    return _picture(members, file, hw, lambda data: np.asarray(rgb(decode(data, file)).convert("L"))) > 127


def _colours(members: Members, name: str, hw: SizeHW | None = None) -> Image:
    return _picture(members, name, hw, lambda data: np.array(rgb(decode(data, name))))


def _picture(members: Members, name: str, hw: SizeHW | None, read: Callable[[bytes], np.ndarray]) -> np.ndarray:
    """A picture of the expected size, or of at most a photo's: by its header before, and by its pixels afterwards."""
    data = member(members, name)
    wanted = misfit(name, f"{hw[1]}x{hw[0]} pixels" if hw else f"at most {MAX_PHOTO_SIDE} pixels long")
    stated = image_hw(data, name)
    if stated != hw and (hw is not None or max(stated) > MAX_PHOTO_SIDE):
        raise wanted
    pixels = read(data)
    if hw is not None and pixels.shape[:2] != hw:  # turned by EXIF
        raise wanted
    return pixels


def member(members: Members, name: str) -> bytes:
    """The content of one file of the project. Raises InputError where it is missing."""
    if name not in members:
        raise misfit(name, "in the file")
    return members[name]


def check_arrays(project: Project) -> None:
    """Raise InputError unless every array has the size and the values that the format can hold."""
    scene, photo_hw = project.scene, project.photo.shape[:2]
    h, w = scene.size_hw
    if max(photo_hw) > MAX_PHOTO_SIDE or abs(photo_hw[0] * w - photo_hw[1] * h) > 2 * max(h, w):
        raise misfit("the photo", f"of the same shape as the image and at most {MAX_PHOTO_SIDE} pixels long")
    if project.clean_plate is not None and project.clean_plate.shape[:2] != photo_hw:
        raise misfit("the clean plate", "as large as the photo")
    if scene.disparity.shape != (h, w) or not ((scene.disparity >= 0) & (scene.disparity <= 255)).all():
        raise misfit("the depth map", "as large as the image, with values from 0 to 255")
    if scene.partition.shape != (h, w) or scene.partition.min() < 0 or scene.partition.max() > 65535:
        raise misfit("the partition", "as large as the image, with ids from 0 to 65535")
    if any(item.mask.shape != (h, w) for item in (*project.objects, *project.scenery)):
        raise misfit("every mask", "as large as the image")


def _png(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    PilImage.fromarray(np.ascontiguousarray(array)).save(file, "PNG", compress_level=1)
    return file.getvalue()
