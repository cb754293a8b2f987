"""Layers for compositing: every object with its own alpha, what lies behind, matte, depth and order.

Laid over the background in `order.json`'s order, back to front, the objects give Preview's frame again.
"""

import json
import shutil
from pathlib import Path

from levitor_core.exporting.depth import note, to_16_bits
from levitor_core.exporting.names import file_names
from levitor_core.exporting.shot import Format, Shot, write_png, write_text
from levitor_core.files.video_io import FRAME_FILES, write_prores

SEQUENCES = "background", "matte", "depth"


def _write(shot: Shot, folder: Path) -> None:
    names = file_names(shot.project)
    moving = {layer.label: names[layer.label] for layer in shot.animation.layers}
    for name in (*SEQUENCES, *moving.values()):
        (folder / name).mkdir()
    order: list[list[str]] = []
    for frame, part in enumerate(shot.parts()):
        file = FRAME_FILES % frame
        write_png(part.background, folder / "background" / file)
        write_png(part.matte, folder / "matte" / file)
        write_png(to_16_bits(part.disparity), folder / "depth" / file)
        for label, picture in part.objects.items():
            write_png(picture, folder / moving[label] / file)
        order.append([moving[label] for label in part.order])
        if frame == 0:
            write_png(part.background, folder / "clean_plate.png")
    titles = {moving[layer.label]: layer.name for layer in shot.animation.layers}
    record = {
        "about": shot.about,
        "fps": shot.fps,
        "size": shot.size_hw[::-1],
        "objects": titles,
        "front_to_back": order,
    }
    write_text(json.dumps(record, indent=1) + "\n", folder / "order.json")
    write_text(note(shot), folder / "depth.json")


def _write_prores(shot: Shot, folder: Path) -> None:
    """The same with each object as one film."""
    _write(shot, folder)
    for layer in shot.animation.layers:
        pictures = folder / file_names(shot.project)[layer.label]
        write_prores(pictures, pictures.with_name(f"{pictures.name}.mov"), shot.fps, shot.about)
        shutil.rmtree(pictures)


FORMATS = (
    Format(
        "layers",
        "Layers",
        "a PNG sequence with alpha an object, background, matte, depth and order.json, at the photo's size",
        _write,
        photo_size=True,
    ),
    Format(
        "layers-prores",
        "Layers, ProRes 4444",
        "as layers, each object as one film with alpha",
        _write_prores,
        photo_size=True,
    ),
)
