"""The commands that make something of a project, videos and what other programs read, or weights for it."""

from pathlib import Path

from levitor_core import provenance
from levitor_core.cli import outputs
from levitor_core.cli.console import progress
from levitor_core.cli.given import Arguments, Lines, engine_of, monitor_of, open_project
from levitor_core.errors import InputError
from levitor_core.renderers import all_settings, with_settings
from levitor_core.structures import Project
from levitor_core.whole_files import check_free_folder


def preview(arguments: Arguments) -> Lines:
    """What Preview makes of a project, whichever renderer it names."""
    return render(Arguments(**vars(arguments), renderer="preview", num_variants=1))


def render(arguments: Arguments) -> Lines:
    """A project to a video, or one a variant."""
    from levitor_core.files.video_io import write_video

    project = _with_settings(open_project(arguments.project), arguments)
    files = [_variant(arguments.output, number) for number in range(1, project.settings.num_variants + 1)]
    for file in files:
        outputs.check(file, outputs.VIDEO, [arguments.project])
    clips = engine_of(arguments).render(project, monitor_of(arguments))
    for file, clip in zip(files, clips, strict=False):
        write_video(clip.frames, file, clip.fps, provenance.about(clip.renderer, project))
        height, width = clip.size_hw
        yield f"{file}: {clip.num_frames} frames, {width}x{height}, {clip.fps:g} fps, by {clip.renderer}"
        yield from clip.notes


def _with_settings(project: Project, arguments: Arguments) -> Project:
    given = {name: getattr(arguments, name, None) for name in all_settings()}
    return with_settings(project, **{name: value for name, value in given.items() if value is not None})


def _variant(output: Path, number: int) -> Path:
    return output if number == 1 else output.with_stem(f"{output.stem}-{number}")


def control(arguments: Arguments) -> Lines:
    """A project to the arrays that the video model is steered by."""
    import numpy as np

    from levitor_core.whole_files import replacing

    outputs.check(arguments.output, outputs.CONTROL, [arguments.project])
    result = engine_of(arguments).control(open_project(arguments.project), arguments.num_frames, monitor_of(arguments))
    with replacing(arguments.output) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file,
            label_maps=result.rendered.labels,
            depth_maps=result.rendered.disparity,
            control_points=result.points.rows,
            control_signal=result.signal.values,
        )
    yield f"{arguments.output}: {len(result.points.rows)} control points in {result.points.num_frames} frames"


def export(arguments: Arguments) -> Lines:
    """A project to the files that another tool reads, in a new folder."""
    from levitor_core import exporting
    from levitor_core.fields import settings_of

    check_free_folder(arguments.output)
    chosen = exporting.format_named(arguments.format)
    given = {setting.name: getattr(arguments, setting.name) for setting in settings_of(exporting.ExportSettings)}
    wanted = exporting.ExportSettings(**{name: value for name, value in given.items() if value is not None})
    project, monitor = open_project(arguments.project), monitor_of(arguments)
    shot = engine_of(arguments).export(project, chosen.name, arguments.output, wanted, monitor)
    height, width = shot.size_hw
    yield f"{arguments.output}: {chosen.title}, {shot.num_frames} frames, {width}x{height}, {shot.fps:g} fps"


def warm(arguments: Arguments) -> Lines:
    """Compiled packages for videos of a project's size, for later processes on this machine."""
    engine, monitor = engine_of(arguments), monitor_of(arguments)
    project = _with_settings(open_project(arguments.project), arguments)
    renderer = engine.renderer(project.settings.renderer)
    prepare = getattr(renderer, "warm", None)
    if prepare is None:
        raise InputError(f"{renderer.entry.title} has nothing to compile; leave warm out.")
    prepare(project, monitor)
    yield f"{renderer.entry.title}: videos like {arguments.project} begin quickly on this machine from now on."


def checkpoints(arguments: Arguments) -> Lines:
    """Which weights are here; or downloads."""
    from levitor_core.checkpoints import Checkpoints

    found, monitor = Checkpoints(arguments.checkpoints), progress()
    if arguments.action == "download":
        for name in arguments.names or ("sam_vit_b", "depth-anything-v2-small"):
            yield f"{name}: {found.download(name, monitor, asked=bool(arguments.names))}"
        return
    for row in found.table(monitor):
        where = row.problem or row.path or f"missing; {row.how_to_get}"
        yield f"{row.name}\n  for {row.purpose}; {row.size_text}; {row.licence}\n  {where}"
