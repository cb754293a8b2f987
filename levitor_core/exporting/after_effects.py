"""After Effects: position, scale, rotation and opacity of every object, as text that is pasted onto a layer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from levitor_core.exporting.names import file_names
from levitor_core.exporting.shot import Format, Shot, write_text
from levitor_core.motion.tracks import Placement, placements

_COLUMNS = {
    "Position": ("X pixels", "Y pixels", "Z pixels"),
    "Scale": ("X percent", "Y percent", "Z percent"),
    "Rotation": ("degrees",),
    "Opacity": ("percent",),
}


def _write(shot: Shot, folder: Path) -> None:
    for label, name in file_names(shot.project).items():
        placed = placements(shot.animation, label)
        if placed and not shot.project.objects[label - 1].hidden:
            write_text(keyframes(shot, label, placed), folder / f"{name}.txt")


def keyframes(shot: Shot, label: int, placed: Sequence[Placement]) -> str:
    """The clipboard's text for one object, a key a frame.

    Positions count from the picture's corner (pixel centres at halves). The scale holds what its depth makes of its
    size, so z is 0. It is opaque where anything of it is seen.
    """
    seen = (shot.rendered.labels == label).any(axis=(1, 2))
    keys: dict[str, list[Sequence[float]]] = {name: [] for name in _COLUMNS}
    for at, shown in zip(placed, seen, strict=True):
        keys["Position"].append((*_on_picture(at, shot), 0.0))
        keys["Scale"].append((100 * at.size,) * 3)
        keys["Rotation"].append((np.degrees(at.rotation),))
        keys["Opacity"].append((100.0 * shown,))
    return "\n".join(_lines(shot, keys)) + "\n"


def _on_picture(placed: Placement, shot: Shot) -> tuple[float, float]:
    height, width = shot.project.scene.size_hw
    return (placed.x + 0.5) * shot.size_hw[1] / width, (placed.y + 0.5) * shot.size_hw[0] / height


def _lines(shot: Shot, keys: dict[str, list[Sequence[float]]]) -> Iterator[str]:
    head = {
        "Units Per Second": shot.fps,
        "Source Width": shot.size_hw[1],
        "Source Height": shot.size_hw[0],
        "Source Pixel Aspect Ratio": 1,
        "Comp Pixel Aspect Ratio": 1,
    }
    yield "Adobe After Effects 8.0 Keyframe Data"
    yield ""
    yield from (f"\t{name}\t{value:g}" for name, value in head.items())
    for name, values in keys.items():
        yield ""
        yield f"Transform\t{name}"
        yield "\tFrame\t" + "\t".join(_COLUMNS[name])
        yield from (f"\t{frame}\t" + "\t".join(f"{v:.6g}" for v in value) for frame, value in enumerate(values))
    yield ""
    yield "End of Keyframe Data"


FORMATS = (
    Format(
        "after-effects",
        "After Effects",
        "a text file an object, to paste onto its layer: position, scale, rotation, opacity",
        _write,
        needs_objects=True,
        photo_size=True,
    ),
)
