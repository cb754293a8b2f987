"""One project, ready to be drawn: plate and cut-outs (once) -> backdrop and layers (each frame) -> composite."""

import numpy as np

from levitor_core.monitor import Monitor
from levitor_core.renderers.preview.backdrop import Backdrop, BackdropPainter
from levitor_core.renderers.preview.canvas import Canvas
from levitor_core.renderers.preview.compositing import composite
from levitor_core.renderers.preview.fill import MAX_FILL_SIDE, background_plate
from levitor_core.renderers.preview.layers import Drawn, LayerPainter
from levitor_core.renderers.preview.matte import cut_out
from levitor_core.structures import Animation, Image, Mask, ObjectLayer, Project, SizeHW


class ScenePainter:
    """A project's plate and cut-outs, prepared once, drawn frame by frame at `size_hw`."""

    def __init__(self, project: Project, animation: Animation, size_hw: SizeHW, monitor: Monitor) -> None:
        canvas = Canvas(size_hw, project.scene.size_hw)
        steps = len(animation.layers) + 2
        monitor.report("Preparing", 0, steps)
        plate = background_plate(project, animation.removed, animation.z, min(MAX_FILL_SIDE, max(size_hw)))
        monitor.report("Preparing", 1, steps)
        self._backdrop = BackdropPainter(plate, animation, canvas, _guessed(project))
        self._layers: list[LayerPainter] = []
        for step, layer in enumerate(animation.layers, start=2):
            monitor.report("Preparing", step, steps)
            cutout = cut_out(project.photo, plate, layer.mask)
            self._layers.append(LayerPainter(layer, cutout, animation.camera, canvas, animation.softness))

    def draw(self, frame: int) -> Image:
        """One finished frame."""
        return composite(*self.parts(frame))

    def parts(self, frame: int) -> tuple[Backdrop, list[tuple[ObjectLayer, Drawn]]]:
        """What a frame is composed of: the still scene, and the objects that are in the picture."""
        drawn = [(painter.layer, item) for painter in self._layers if (item := painter.draw(frame)) is not None]
        return self._backdrop.draw(frame), drawn


def _guessed(project: Project) -> Mask:
    """Pixels whose depth is a guess that no one has chosen or mended."""
    chosen = np.zeros(project.scene.size_hw, bool)
    for thing in project.scenery:
        chosen |= thing.mask
    return ~chosen & project.scene.depth_is_stand_in
