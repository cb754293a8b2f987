"""The commands that change a project: their arguments to the lines that they say. Nothing is computed before its
output is known to be writable, of the command's kind and none of its inputs.

Whoever runs a command for others (the page's calls do) hands over an `engine` that is loaded already and a `monitor`.
"""

from typing import TYPE_CHECKING, Any

from levitor_core import editing
from levitor_core.cli import outputs
from levitor_core.cli.given import Arguments, Lines, change, engine_of, monitor_of, open_project
from levitor_core.errors import InputError
from levitor_core.structures import CameraKey, CameraMove, Mask, PointPrompt, Project

if TYPE_CHECKING:
    from levitor_core.engine import Engine


def new(arguments: Arguments) -> Lines:
    """A photo to a project file."""
    from levitor_core.files import photo, project_file

    output = arguments.output
    inputs = arguments.image, arguments.depth, arguments.partition, arguments.clean_plate
    outputs.check(output, outputs.PROJECT, inputs, new=not arguments.force)
    engine, monitor = engine_of(arguments), monitor_of(arguments)
    depth = arguments.depth and photo.read_map(
        arguments.depth, far_is_white=arguments.far_is_white, normalise=arguments.normalise
    )
    project = engine.new_project(
        photo.read_photo(arguments.image),
        crop=arguments.crop,
        disparity=depth,
        partition=arguments.partition and photo.read_labels(arguments.partition),
        clean_plate=arguments.clean_plate and photo.read_photo(arguments.clean_plate),
        softness=arguments.depth_softness,
        monitor=monitor,
    )
    if arguments.partition is None:
        project = engine.find_instances(project, monitor)
    project_file.save(project, output, new=not arguments.force)
    height, width = project.scene.size_hw
    made = f"{output}: {width}x{height}, depth by {project.scene.depth_source}, {len(_instances(project))}"
    yield f"{made} still instances by {project.scene.segmentation_source}"
    yield from _stand_ins(engine)


def select(arguments: Arguments) -> Lines:
    """A mask, given or found by clicks, becomes an object."""
    engine = engine_of(arguments)

    def with_object(project: Project) -> Project:
        return editing.add_object(project, _pick_mask(arguments, project, engine), arguments.name)

    project = change(arguments, with_object)
    made = project.objects[-1]
    yield f"{made.name}: {int(made.mask.sum())} pixels"
    yield from _stand_ins(engine)


def _stand_ins(engine: "Engine") -> Lines:
    """What did a model's job, and why."""
    for used in engine.stand_ins():
        yield f"{used.purpose} by {used.name}: {used.reason}"


def _pick_mask(arguments: Arguments, project: Project, engine: "Engine") -> Any:
    if arguments.mask:
        from levitor_core.files import photo

        return photo.read_mask_for(project, arguments.mask)
    if arguments.instance is not None:
        if arguments.instance not in _instances(project):
            raise InputError(f"There is no instance {arguments.instance}; `list` shows their numbers.")
        return project.scene.partition == arguments.instance
    prompts = [PointPrompt(*point) for point in arguments.point]
    prompts += [PointPrompt(*point, inside=False) for point in arguments.negative]
    if not arguments.point and not arguments.box:
        raise InputError("Say where the object is: give --point, --box, --mask or --instance.")
    return engine.segment(project, prompts, arguments.box).masks[0]


def outline(arguments: Arguments) -> Lines:
    """Clicks and tools on an object's outline, one after the other."""
    from levitor_core.segmentation.mask_edits import edit_mask, list_edits
    from levitor_core.segmentation.quick import QuickSegmenter

    engine, edits = engine_of(arguments), list_edits(vars(arguments), not arguments.take_away)
    clicks = [PointPrompt(*point) for point in arguments.point]
    clicks += [PointPrompt(*point, inside=False) for point in arguments.negative]
    if not clicks and not edits and arguments.feather is None:
        raise InputError("Say how the outline changes: give --point, --lasso, --grow or another; `--help` lists them.")

    def changed(project: Project) -> Project:
        mask, picker = editing.find_object(project, arguments.name).mask, QuickSegmenter()
        embedding = engine.embed(project, by=picker)
        if clicks:
            mask = picker.refine(embedding, mask, clicks).masks[0]
        for edit in edits:
            mask = edit_mask(mask, edit, project.scene.image, lambda: picker.graph(embedding))
        project = editing.set_mask(project, arguments.name, mask)
        return project if arguments.feather is None else editing.set_feather(project, arguments.name, arguments.feather)

    made = editing.find_object(change(arguments, changed), arguments.name)
    yield f"{made.name}: {int(made.mask.sum())} pixels"


def duplicate(arguments: Arguments) -> Lines:
    """An object shown once more."""
    project = change(arguments, lambda project: editing.duplicate(project, arguments.name, arguments.new_name))
    yield f"{project.objects[-1].name}: a copy of {project.objects[-1].copy_of}"


def show(arguments: Arguments) -> Lines:
    """What is in a project, a line a thing."""
    project = open_project(arguments.project)
    for label, item in enumerate(project.objects, 1):
        state = "hidden" if item.hidden else f"{len(item.waypoints)} waypoints"
        yield f"object {label}: {item.name}, {_where(item.mask)}, {state}"
    for item in project.scenery:
        yield f"scenery: {item.name}, {_where(item.mask)}"
    for label in _instances(project):
        yield f"instance {label}: {_where(project.scene.partition == label)}"


def _where(mask: Mask) -> str:
    if not mask.any():
        return "0 pixels"
    x, y = editing.anchor_of(mask)
    return f"{int(mask.sum())} pixels around {x:.0f},{y:.0f}"


def delete(arguments: Arguments) -> Lines:
    """Forget an object."""
    change(arguments, lambda project: editing.delete_object(project, arguments.name))
    return ()


def path(arguments: Arguments) -> Lines:
    """An object's path, by waypoints or by tracks of its points, and how it is followed."""
    from levitor_core.files.track_files import read_tracks
    from levitor_core.motion.path_fitting import are_shares, fit_path, in_pixels

    if [bool(arguments.waypoints), bool(arguments.source), bool(arguments.follow)].count(True) != 1:
        raise InputError(
            "Give an object's path as waypoints, as a file with --from, or as another object with --follow."
        )
    points = arguments.source and read_tracks(arguments.source)

    def moved(project: Project) -> Project:
        waypoints = tuple(arguments.waypoints)
        if points is not None:
            size_hw = project.scene.size_hw
            waypoints = fit_path(in_pixels(points, size_hw, arguments.of_size), size_hw)
        if arguments.follow:
            project = editing.follow(project, arguments.name, arguments.follow)
        else:
            project = editing.set_path(project, arguments.name, waypoints)
        return editing.set_motion(
            project,
            arguments.name,
            timing=arguments.timing,
            easing=arguments.ease,
            on_ground=arguments.on_ground,
            relief=arguments.relief,
            hold=arguments.hold,
        )

    project = change(arguments, moved)
    if points is not None:
        waypoints = editing.find_object(project, arguments.name).waypoints
        read = f"{points.shape[1]} frames of {len(points)} points"
        shares = ", as shares of the picture" if are_shares(points) and arguments.of_size is None else ""
        yield f"{arguments.name}: {len(waypoints)} waypoints from {read}{shares}"


def camera(arguments: Arguments) -> Lines:
    """The camera's path from standing still to one key at the end."""
    end = CameraKey(1.0, arguments.pan, arguments.zoom, arguments.push)
    keys = () if end == CameraKey(1.0) else (CameraKey(0.0), end)
    change(arguments, lambda project: editing.set_camera(project, CameraMove(keys, arguments.ease)))
    return ()


def _instances(project: Project) -> dict[int, int]:
    """Area in pixels of every still instance, by its id in the partition."""
    import numpy as np

    ids, areas = np.unique(project.scene.partition, return_counts=True)
    return {int(label): int(area) for label, area in zip(ids, areas, strict=True) if label > 0}
