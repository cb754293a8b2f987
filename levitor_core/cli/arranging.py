"""The commands that say what is in front of what, and how deep: orders between things, the depth map mended."""

from levitor_core import editing
from levitor_core.cli.given import Arguments, Lines, change
from levitor_core.document import DepthStroke
from levitor_core.errors import InputError
from levitor_core.structures import Project


def order(arguments: Arguments) -> Lines:
    """An object in front of another thing or behind it, for a stretch of the clip."""
    said = arguments.name, arguments.other, arguments.relation, arguments.start, arguments.end
    change(arguments, lambda project: editing.set_order(project, *said))
    return ()


def mend(arguments: Arguments) -> Lines:
    """The depth guessed anew, its strokes forgotten, and one more."""
    guess = arguments.take is not None or arguments.horizon is not None
    if not (guess or arguments.clear or arguments.brush):
        raise InputError("Say what to do with the depth: --brush, --take, --horizon or --clear.")
    if bool(arguments.brush) != bool(arguments.along):
        raise InputError("A stroke needs --brush, what it does, and --along, the points it goes along.")

    def mended(project: Project) -> Project:
        if guess:
            project = editing.guess_depth(project, arguments.take, arguments.horizon)
        if arguments.clear:
            project = editing.clear_strokes(project)
        if arguments.brush:
            points = tuple(map(tuple, arguments.along))
            project = editing.add_stroke(project, DepthStroke(arguments.brush, points, arguments.radius, arguments.by))
        return project

    change(arguments, mended)
    return ()
