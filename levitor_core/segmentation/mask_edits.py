"""A person's change to a mask as a value, which page, command line and API read alike, and what it does."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from levitor_core.document import Flag, Pixels
from levitor_core.errors import InputError
from levitor_core.fields import AtMost, Between, Part, part
from levitor_core.segmentation.cast_shadow import with_shadow
from levitor_core.segmentation.mask_tools import filled, grown, lasso, magnetic_lasso, scribble, smoothed
from levitor_core.segmentation.photo_graph import PhotoGraph
from levitor_core.structures import Image, Mask

MAX_POINTS = 4000
MAX_PIXELS = 200.0

Tool = Literal["lasso", "magnetic", "scribble", "shadow", "fill", "grow", "smooth"]


@part
class MaskEdit(Part):
    """One use of a tool; see `mask_tools` and `cast_shadow`."""

    tool: Tool
    points: Annotated[tuple[tuple[Pixels, Pixels], ...], AtMost(MAX_POINTS)] = Field(
        default=(), description="the lasso's outline, the magnetic lasso's corners, or the scribble's stroke"
    )
    inside: Flag = Field(default=True, description="whether what they hold is added to the mask, or taken away")
    pixels: Annotated[float, Between(-MAX_PIXELS, MAX_PIXELS)] = Field(
        default=0.0, description="how far it grows (less than 0: shrinks), or how large a corner is smoothed"
    )


def list_edits(given: Mapping[str, Any], inside: bool) -> list[MaskEdit]:
    """The edits that were given by their tools' names, as points, pixels or yes, in the order of the tools."""
    edits: list[MaskEdit] = []
    for tool in get_args(Tool):
        if not (value := given[tool]):
            continue
        points, pixels = (tuple(value), 0.0) if isinstance(value, list) else ((), float(value))
        edits.append(MaskEdit(tool, points, inside, pixels))
    return edits


def edit_mask(mask: Mask, edit: MaskEdit, photo: Image, graph: Callable[[], PhotoGraph]) -> Mask:
    """The mask after an edit, on the photo at the mask's size, whose graph is asked for where it is needed.

    Raises InputError when nothing of the mask would be left or an outline holds nothing.
    """
    changed = _changed(mask, edit, photo, graph)
    if not changed.any():
        raise InputError("Nothing would be left of the outline; change it by less, or delete the object instead.")
    return changed


def _changed(mask: Mask, edit: MaskEdit, photo: Image, graph: Callable[[], PhotoGraph]) -> Mask:
    match edit.tool:
        case "grow":
            return grown(mask, edit.pixels)
        case "smooth":
            return smoothed(mask, abs(edit.pixels))
        case "fill":
            return filled(mask)
        case "shadow":
            return with_shadow(mask, graph())
        case "scribble":
            if not edit.points:
                raise InputError("The scribble has no points; draw it over the object.")
            return scribble(photo, mask, edit.points, edit.inside, (), graph())
        case "lasso":
            held = lasso(edit.points, mask.shape)
        case "magnetic":
            held = magnetic_lasso(photo, edit.points)
    return mask | held if edit.inside else mask & ~held
