"""THE schema of a project: every field of the document that a person edits, with its range, default and help.

The page edits it in the browser, `project.json` holds it, the command line and the API change it; their limits, labels
and types come from here. Pictures lie beside it: a mask stands in the document by its name. What only one renderer
reads stands under `renderers`, and is declared in that renderer's folder.

Points are (x, y) in pixels of the working image, times are fractions 0..1 of the clip, nearness is disparity / 255,
and goes on before the photo's front.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

import numpy as np
from jaxtyping import Bool
from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from levitor_core.fields import AtMost, Between, Flag, Matching, Part, Text, Widget, array_part, misfit, part

MAX_OBJECTS = 64
MAX_SCENERY = 64
MAX_WAYPOINTS = 200
MAX_CAMERA_KEYS = 200
MAX_ORDERS = 256
MAX_STROKES = 200
MAX_STROKE_POINTS = 64
MAX_STROKE_RADIUS = 200.0
MAX_NAME = 60
MAX_VARIANTS = 4
MAX_FRAMES = 1200
MAX_NEARNESS = 4.0  # 1 is the photo's front, where disparity ends; nearer things come out of it
FARTHEST_PIXEL = 100_000.0  # either way from the working image's corner
DEFAULT_SOFTNESS = 30.0
COLOURS = (
    "#ff5a5f", "#3d8bfd", "#2fb37a", "#f2a516", "#a06bff", "#12b5c9", "#e8589c", "#8fae1b", "#c9713a", "#6f7d95",
)  # fmt: skip

Mask = Bool[np.ndarray, "h w"]
PointXY = tuple[float, float]
Timing = Literal["even", "per-click"]
Easing = Literal["none", "in", "out", "both"]
Relation = Literal["front", "behind"]
DepthTool = Literal["nearer", "farther", "level", "smooth"]


def _same_as_none(value: Any) -> Any:
    return None if isinstance(value, str) and value == "same" else value


def _none_as_same(value: float | None) -> float | str:
    return "same" if value is None else value


class _ByName:
    """A mask that the document names: read from, and written to, the names that the reader or writer hands over."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        write = core_schema.plain_serializer_function_ser_schema(self._write, info_arg=True)
        return core_schema.with_info_plain_validator_function(self._read, serialization=write)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string"}

    def _read(self, value: Any, info: Any) -> Mask:
        if info.context is None:
            return self._check(value)
        masks = info.context["masks"]
        if not isinstance(value, str) or value not in masks:
            raise PydanticCustomError("wanted", "{wanted}", {"wanted": "the name of a mask that is there"})
        return masks[value]

    def _check(self, value: Any) -> Mask:
        if not isinstance(value, np.ndarray) or value.dtype != bool or value.ndim != 2:
            raise PydanticCustomError("wanted", "{wanted}", {"wanted": "an array (h, w) of true and false"})
        return value

    def _write(self, mask: Mask, info: Any) -> str:
        return info.context["name_of"](mask)


Pixels = Annotated[float, Between(-FARTHEST_PIXEL, FARTHEST_PIXEL)]
Fraction = Annotated[float, Between(0, 1)]
Nearness = Annotated[
    float | None,
    Between(0, MAX_NEARNESS),
    BeforeValidator(_same_as_none),
    PlainSerializer(_none_as_same, float | str),
    WithJsonSchema({"anyOf": [{"const": "same"}, {"type": "number", "minimum": 0, "maximum": MAX_NEARNESS}]}),
]
Name = Annotated[str, Text(MAX_NAME)]
Identity = Annotated[str | None, Text(MAX_NAME)]  # by which the page's editor tells things apart, whatever their names
Seed = Annotated[int, Between(0, 2**32 - 1), Widget("number")]
Variants = Annotated[int, Between(1, MAX_VARIANTS), Widget("slider")]
Frames = Annotated[int, Between(1, MAX_FRAMES), Widget("number")]
Speed = Annotated[float, Between(1, 60), Widget("slider")]


@part
class Waypoint(Part):
    """A placed point of a path."""

    x: Pixels
    y: Pixels
    nearness: Nearness = Field(
        default=None, description="0 far, 1 the photo's front, 4 the nearest; none: the same as the waypoint before"
    )
    time: Annotated[float | None, Between(0, 1)] = Field(default=None, description="none: between its neighbours")
    size: Annotated[float, Between(0.01, 100)] = Field(default=1.0, description="a factor")
    rotation: Annotated[float, Between(-36_000, 36_000)] = Field(default=0.0, description="degrees clockwise")


@part
class OrderOverride(Part):
    """In front of, or behind, the object or scenery called `name`, from `start` to `end` of the clip."""

    name: Name
    relation: Relation
    start: Fraction = 0.0
    end: Fraction = 1.0


@array_part
class SceneObject(Part):
    """A picked object and its path. Hidden objects are taken out of the picture; without waypoints it stays."""

    name: Name
    mask: Annotated[Mask, _ByName()]
    colour: Annotated[str, Matching(r"#[0-9A-Fa-f]{6}", "a colour such as #ff5a5f")] = COLOURS[0]
    waypoints: Annotated[tuple[Waypoint, ...], AtMost(MAX_WAYPOINTS)] = ()
    timing: Timing = "even"
    easing: Easing = "none"
    hidden: Flag = False
    on_ground: Flag = False
    pinned_to_screen: Flag = False
    relief: Fraction = Field(default=0.0, description="0: a card of one depth; 1: as deep as its depth map has it")
    shadow: Fraction = Field(default=0.35, description="how dark a soft shadow lies under it where it goes on ground")
    feather: Annotated[float, Between(0, 40)] = Field(
        default=0.0, description="pixels inside its outline over which Preview lets it fade"
    )
    hold: Annotated[float, Between(0.1, 8)] = Field(
        default=1.0, description="how firmly a video model keeps it to Preview: less lives, more is rigid"
    )
    order_overrides: Annotated[tuple[OrderOverride, ...], AtMost(MAX_ORDERS)] = ()
    copy_of: Name | None = Field(
        default=None, description="another object, whose pixels it shows once more, on a path of its own"
    )
    follows: Name | None = Field(
        default=None, description="another object, on which it rides as a part of it would while that one has a path"
    )
    id: Identity = None

    @property
    def moves(self) -> bool:
        """Whether it has a path to follow."""
        return len(self.waypoints) > 1 and not self.hidden


@array_part
class Scenery(Part):
    """A still thing whose disparity is shifted, or flattened to its median."""

    name: Name
    mask: Annotated[Mask, _ByName()]
    shift: Annotated[float, Between(-255, 255)] = 0.0
    flatten: Flag = False
    id: Identity = None


@part
class DepthStroke(Part):
    """A stroke of the brush that mends depth, along `points`; it spreads to the outlines of what it is drawn on.

    "level" gives all that it reaches the depth at its first point; "nearer" and "farther" change disparity by `amount`.
    """

    tool: DepthTool
    points: Annotated[tuple[tuple[Pixels, Pixels], ...], AtMost(MAX_STROKE_POINTS, 1)]
    radius: Annotated[float, Between(1, MAX_STROKE_RADIUS)] = 24.0
    amount: Annotated[float, Between(0, 255)] = 30.0


@part
class CameraKey(Part):
    """What the camera does to the picture by `time`: `pan` shifts it (x right, y down, in pixels), `zoom` scales
    it about its centre, `push` subtracts from z in units of the nearest possible depth, 1 / (255 + softness); beyond
    0.75 of that the camera would pass through the scene."""

    time: Fraction
    pan: tuple[Pixels, Pixels] = (0.0, 0.0)
    zoom: Annotated[float, Between(0.01, 100)] = 1.0
    push: Annotated[float, Between(-8, 0.75)] = 0.0


@part
class CameraMove(Part):
    """The camera's own path; empty means it does not move."""

    keys: Annotated[tuple[CameraKey, ...], AtMost(MAX_CAMERA_KEYS)] = ()
    easing: Easing = "none"


@part
class GenerationSettings(Part):
    """How a project is turned into a video, as far as every renderer reads it."""

    renderer: Annotated[str, Text(40)] = Field(
        default="auto", title="Renderer", description="Which renderer; auto takes the best one that can run here."
    )
    seed: Seed = Field(default=217, title="Seed", description="Same seed, same video.")
    num_variants: Variants = Field(default=1, title="Variants", description="How many videos, with consecutive seeds.")
    num_frames: Frames | None = Field(
        default=None, title="Frames", description="Frames in the clip; none: the renderer's own number."
    )
    fps: Speed | None = Field(default=None, title="Speed", description="Frames a second; none: the renderer's own.")


@part
class RendererSettings(Part):
    """What a renderer is told: the document's common settings, resolved, to which each renderer's folder adds its own.

    A folder's own class gives its own defaults to frames and speed.
    """

    seed: Seed = 217
    num_variants: Variants = 1
    num_frames: Frames = 16
    fps: Speed = 6.0


@array_part
class Document(Part):
    """What a person made of a photo."""

    objects: Annotated[tuple[SceneObject, ...], AtMost(MAX_OBJECTS)] = field(default=(), kw_only=True)
    scenery: Annotated[tuple[Scenery, ...], AtMost(MAX_SCENERY)] = field(default=(), kw_only=True)
    depth_strokes: Annotated[tuple[DepthStroke, ...], AtMost(MAX_STROKES)] = field(default=(), kw_only=True)
    camera: CameraMove = field(default=CameraMove(), kw_only=True)
    softness: Annotated[float, Between(0, 10_000)] = field(default=DEFAULT_SOFTNESS, kw_only=True)
    settings: GenerationSettings = field(default=GenerationSettings(), kw_only=True)
    renderers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        names = [item.name for item in (*self.objects, *self.scenery)]
        if len(set(names)) < len(names):
            raise misfit("every object's name", "its own")
