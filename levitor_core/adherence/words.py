"""PURE. Adherence -> one sentence: how well the paths were followed, and what to change where they were not."""

from collections.abc import Iterator

import numpy as np

from levitor_core.adherence.measures import Adherence, ObjectAdherence

SEEN = 0.5  # mask IoU of Preview's own object from which the measures are believed of it
HARDLY = 0.3  # of its way
FAR = 0.02  # of the picture's diagonal
OF_ANOTHER_SIZE = 0.25
LEFT_BEHIND = 0.15  # of the holes' pixels, beyond what Preview leaves


def sentence(video: Adherence, preview: Adherence) -> str:
    """What to say of a video beside Preview's own figures: the first thing to change, or that the paths were kept."""
    return next(_find_faults(video, preview), None) or _praise(video, preview)


def about(video: Adherence, preview: Adherence) -> str:
    """What else stands beside that sentence: Preview's own figures, and that none of this is a mark of quality."""
    errors = [own.centre_error_px for _, own in _pair_up(video, preview)]
    own = f"Preview itself measures {_pixels(max(errors))} from its paths; " if errors else ""
    flicker = f"flicker is {video.flicker:.1f}, Preview's {preview.flicker:.1f}. " if np.isfinite(video.flicker) else ""
    told = own + flicker
    return told[:1].upper() + told[1:] + "This tells where things went, not how good the video looks."


def _find_faults(video: Adherence, preview: Adherence) -> Iterator[str]:
    """What went wrong, the worst kind first."""
    told = _pair_up(video, preview)
    for item, own in told:
        if item.travelled < HARDLY * own.travelled:
            yield f"{item.name} hardly moved; raise Hold to Preview, or its own hold."
    if video.hole_leak - preview.hole_leak > LEFT_BEHIND:
        yield "What moved away still shows where it was; raise the hold of the background, or give a clean plate."
    for item, own in told:
        if item.centre_error_px - own.centre_error_px > FAR * float(np.hypot(*video.size_hw)):
            far = _pixels(item.centre_error_px)
            yield f"{item.name} is {far} from its path; raise Hold to Preview, or its own hold."
    for pair, own in zip(video.order, preview.order, strict=True):
        if pair.share < 0.5 < own.share:
            yield f"{pair.front} should pass in front of {pair.back} but looks hidden by it; raise Hold to Preview."
    for item, own in told:
        if item.size_error - own.size_error > OF_ANOTHER_SIZE:
            yield f"{item.name} has not the size that its depth asks for; raise its hold, or give it less depth to go."


def _praise(video: Adherence, preview: Adherence) -> str:
    told = _pair_up(video, preview)
    if not video.objects:
        return "Nothing has a path, so there is nothing to follow; give an object a path."
    if not told:
        name = video.objects[0].name
        return f"{name} looks too much like what is around it to be measured by its colours; compare by eye."
    return f"The paths were followed to within {_pixels(max(item.centre_error_px for item, _ in told))} on average."


def _pixels(count: float) -> str:
    return "1 pixel" if round(count) == 1 else f"{count:.0f} pixels"


def _pair_up(video: Adherence, preview: Adherence) -> list[tuple[ObjectAdherence, ObjectAdherence]]:
    """The objects that the measures can see where they surely are: in Preview."""
    pairs = zip(video.objects, preview.objects, strict=True)
    return [(item, own) for item, own in pairs if own.mask_iou >= SEEN and np.isfinite(own.centre_error_px)]
