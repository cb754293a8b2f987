"""What a finished video says of itself: that nobody filmed it, what made it, and on whose terms."""

import html
from collections.abc import Sequence

from levitor_core.checkpoints.table import APACHE, weights_named
from levitor_core.renderers import RendererEntry, entries
from levitor_core.version import VERSION


def licences(entry: RendererEntry) -> tuple[str, ...]:
    """The licences that a renderer's videos are bound by: this code's, or those of the weights that it reads."""
    return tuple(dict.fromkeys(weights_named(name).licence for name in entry.weights)) or (APACHE,)


def is_free_commercially(entry: RendererEntry) -> bool:
    """Whether everyone may use it in paid work."""
    return all(weights_named(name).free_commercially for name in entry.weights)


def about(renderer: str) -> str:
    """One line for the metadata of a video by the renderer of that name."""
    entry = next(entry for entry in entries() if entry.name == renderer)
    made = "by an AI model" if entry.weights else "by computer"
    return (
        f"Synthetic video, not a recording: made {made} from one photo with LeviTor {VERSION}, {entry.title}."
        f" Licence of the model: {'; '.join(licences(entry))}."
    )


def table(shown: Sequence[RendererEntry]) -> str:
    """Renderers and their licences as HTML."""
    lines = (f"{html.escape(entry.title)}: {html.escape('; '.join(licences(entry)))}" for entry in shown)
    return f"<small>{'<br>'.join(lines)}</small>"
