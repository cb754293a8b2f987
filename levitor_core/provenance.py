"""What a finished video says of itself: that nobody filmed it, what made it, and on whose terms."""

import html
from collections.abc import Iterator, Sequence

from levitor_core.checkpoints.table import APACHE, TABLE, Weights, weights_named
from levitor_core.renderers import RendererEntry, Terms, entries
from levitor_core.structures import Project
from levitor_core.version import VERSION


def licences(entry: RendererEntry) -> tuple[str, ...]:
    """The licences that a renderer's videos are bound by: those of the weights that it reads, else this code's."""
    return tuple(dict.fromkeys(weights.licence for weights in _weights(entry))) or (APACHE,)


def is_free_commercially(entry: RendererEntry) -> bool:
    """Whether everyone may use it in paid work."""
    return all(weights.free_commercially for weights in _weights(entry))


def about(renderer: str, project: Project) -> str:
    """One line for the metadata of a project's video by the renderer of that name."""
    entry = next(entry for entry in entries() if entry.name == renderer)
    model = any(_weights(entry))
    whose = "the model" if model else "the program"
    return " ".join(
        [
            f"Synthetic video, not a recording: made {'by an AI model' if model else 'by computer'} from one photo with"
            f" LeviTor {VERSION}, {entry.title}. Licence of {whose}: {'; '.join(licences(entry))}.",
            *(f"{row.title} read the photo ({row.licence})." for row in _readers(project)),
        ]
    )


def table(shown: Sequence[RendererEntry]) -> str:
    """Renderers and their licences as HTML."""
    lines = (f"{html.escape(entry.title)}: {html.escape('; '.join(licences(entry)))}" for entry in shown)
    return f"<details><summary>Licences</summary><small>{'<br>'.join(lines)}</small></details>"


def _weights(entry: RendererEntry) -> Iterator[Weights | Terms]:
    yield from map(weights_named, entry.weights)
    if entry.terms is not None:
        yield entry.terms


def _readers(project: Project) -> Iterator[Weights]:
    """The models that the project has its depth and masks from."""
    sources = project.scene.depth_source, project.scene.segmentation_source
    return (row for row in TABLE if row.title in sources)
