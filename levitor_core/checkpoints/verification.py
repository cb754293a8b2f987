"""Is this really the file it should be? Every check reads headers or hashes; none loads a tensor or runs a pickle.

SAM's `.pth` files are compared by size and SHA-256 with the published ones. Folders are compared key by key and shape
by shape with what their own config.json describes: each model's room says what that is (`expected_shapes`), by its
architecture built without memory on torch's meta device.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from levitor_core.checkpoints.table import Weights, first_present, present
from levitor_core.errors import MissingWeightsError
from levitor_core.monitor import Monitor
from levitor_core.whole_files import absence, is_file

Shapes = dict[str, tuple[int, ...]]
CHUNK = 1 << 24
_OTHER_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".safetensors", ".gguf", ".onnx", ".msgpack")


@dataclass(frozen=True)
class _Part:
    """A folder with one config.json and one safetensors file: the architecture its config describes, and what of it
    can be compared (transformers renames tensors between file and model, but does not reshape these)."""

    folder: str
    expected: Callable[[Path, Path | None], Shapes]
    compared: Callable[[Shapes], Counter[Any]]


def verify(weights: Weights, path: Path, monitor: Monitor, unet_folder: Path | None = None) -> None:
    """Check the file or folder `path` against its row of the table.

    A ControlNet shares fields with the UNet in `unet_folder`, or without one with the published UNet. Raises
    MissingWeightsError naming the file when it is absent, truncated, damaged or of another model, and OSError when it
    may not be read.
    """
    if weights.sha256:
        _verify_file(weights, path, monitor)
        return
    for names in weights.files:
        file = first_present(path, names)
        if file is None:
            lacking = path / names[0]
            raise MissingWeightsError(f"{lacking} {absence(lacking)}{instead_of(lacking)}; {advice(weights)}.")
        file.open("rb").close()
    if missing := weights.missing_files(path):
        lacking = path / missing[0]
        raise MissingWeightsError(f"{lacking} {absence(lacking)}; {advice(weights)}.")
    if weights.architecture == "svd":
        _check_svd(path)
    parts = _PARTS[weights.architecture]
    for index, part in enumerate(parts):
        monitor.report(f"Checking {weights.title}", index, len(parts))
        _verify_part(weights, path / part.folder, part, unet_folder)


def expected_shapes(weights: Weights, folder: Path) -> Shapes:
    """Names and shapes of every tensor that a single-part folder's config.json describes."""
    (part,) = _PARTS[weights.architecture]
    return _describe(weights, folder, part, None)


def instead_of(file: Path) -> str:
    """What lies in the place of a missing file of weights but is not read, as part of a sentence; else nothing."""
    try:
        others = sorted(other.name for other in file.parent.iterdir() if other.suffix in _OTHER_WEIGHTS)
    except OSError:  # there is no such folder, or nobody may look
        return ""
    if not file.name.endswith(".safetensors") or not others:
        return ""
    return f" ({others[0]} is there, but only a .safetensors file of that name, or .fp16.safetensors, is read)"


def advice(weights: Weights) -> str:
    """How to get `weights`, as the second half of a sentence."""
    what = f"the folder from {weights.source}" if weights.repository else f"the file from {weights.source}"
    gate = f"accept its licence at {weights.source}, set HF_TOKEN to your access token and " if weights.gated else ""
    return (
        f"{gate}run `{weights.download_command}` ({weights.size_text}), "
        f"or put {what} at {weights.place} in the checkpoints folder"
    )


def sha256_of(path: Path, title: str, monitor: Monitor) -> str:
    """SHA-256 of a file, read in pieces, with progress in megabytes."""
    digest, total, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            monitor.report(f"Checking {title} (MB)", done // 10**6, total // 10**6)
    return digest.hexdigest()


def _verify_file(weights: Weights, path: Path, monitor: Monitor) -> None:
    if not is_file(path):
        raise MissingWeightsError(f"{path} {absence(path)}; {advice(weights)}.")
    _refuse_text(weights, path)
    size = path.stat().st_size
    if size != weights.size:
        raise _unusable(
            weights, path, f"has {size:,} bytes instead of {weights.size:,}: it is incomplete or another file"
        )
    if sha256_of(path, weights.title, monitor) != weights.sha256:
        raise _unusable(weights, path, "is damaged or of another model")


def _refuse_text(weights: Weights, path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(64).lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise _unusable(weights, path, "is a web page, not weights")
    if start.startswith(b"version https://git-lfs"):
        raise _unusable(weights, path, "is a Git LFS pointer, not the weights themselves")


def _unusable(weights: Weights, path: Path, what: str) -> MissingWeightsError:
    return MissingWeightsError(f"{path} {what}; delete it and {advice(weights)}.")


def _verify_part(weights: Weights, folder: Path, part: _Part, unet_folder: Path | None) -> None:
    expected = part.compared(_describe(weights, folder, part, unet_folder))
    names = {Path(name).name for group in weights.files for name in group if name.endswith(".safetensors")}
    for file in present(folder, sorted(names)):
        _refuse_text(weights, file)
        missing = (expected - part.compared(_shapes_in(weights, file))).total()
        if missing:
            what = f"lacks {missing} of the {expected.total()} tensors its config.json describes"
            raise _unusable(weights, file, what)


def _describe(weights: Weights, folder: Path, part: _Part, unet_folder: Path | None) -> Shapes:
    try:
        return part.expected(folder, unet_folder)
    except MissingWeightsError:
        raise
    except Exception as error:  # a config.json can hold anything, and libraries answer it with anything
        raise _unusable(weights, folder / "config.json", f"does not describe {weights.title}") from error


def _shapes_in(weights: Weights, file: Path) -> Shapes:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as tensors:
            return {key: tuple(tensors.get_slice(key).get_shape()) for key in tensors.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise _unusable(weights, file, "is damaged or incomplete") from error


def _names_and_shapes(shapes: Shapes) -> Counter[Any]:
    return Counter(shapes.items())


def _only_shapes(shapes: Shapes) -> Counter[Any]:
    return Counter(shapes.values())


def _depth_anything(folder: Path, _: Path | None) -> Shapes:
    from levitor_core.depth import depth_anything

    return depth_anything.expected_shapes(folder)


def _network(name: str) -> Callable[[Path, Path | None], Shapes]:
    def expected(folder: Path, unet_folder: Path | None) -> Shapes:
        from levitor_core.renderers.levitor import architecture

        return architecture.expected_shapes(name, folder, unet_folder)

    return expected


def _check_svd(folder: Path) -> None:
    from levitor_core.renderers.levitor import architecture

    architecture.read_scheduler(folder / "scheduler" / "scheduler_config.json")
    architecture.read_normalisation(folder)


_PARTS: dict[str, tuple[_Part, ...]] = {
    "depth-anything": (_Part("", _depth_anything, _only_shapes),),
    "svd": (
        _Part("image_encoder", _network("image_encoder"), _only_shapes),
        _Part("unet", _network("unet"), _names_and_shapes),
        _Part("vae", _network("vae"), _names_and_shapes),
    ),
    "svd-controlnet": (_Part("", _network("controlnet"), _names_and_shapes),),
    "svd-unet": (_Part("", _network("unet"), _names_and_shapes),),
    "wan": (),  # compared when it is loaded: diffusers tells then what of 34 GB does not fit
}
