"""The engine without a page: `python -m levitor_core COMMAND ...`.

Exit status 0: done; 2: bad input; 3: missing weights; 1: a renderer failed; 130: interrupted. One line on stderr.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from levitor_core import editing
from levitor_core.errors import Cancelled, InputError, LevitorError, MissingWeightsError
from levitor_core.monitor import Monitor, ProgressEvent
from levitor_core.settings import MemoryMode, RendererName
from levitor_core.structures import (
    DEFAULT_SOFTNESS,
    CameraKey,
    CameraMove,
    Easing,
    PointPrompt,
    Project,
    Timing,
    Waypoint,
)

if TYPE_CHECKING:
    from levitor_core.engine import Engine

Arguments = argparse.Namespace


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    try:
        arguments = _parser().parse_args([_protected(value) for value in (sys.argv[1:] if argv is None else argv)])
        arguments.run(arguments)
    except MissingWeightsError as error:
        return _failed(error, 3)
    except InputError as error:
        return _failed(error, 2)
    except KeyboardInterrupt:
        return _failed(Cancelled(), 130)
    except LevitorError as error:
        return _failed(error, 1)
    return 0


def _failed(error: LevitorError, status: int) -> int:
    print(f"levitor: {error}", file=sys.stderr)
    return status


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; `{self.prog} --help` shows how.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m levitor_core", description="Turn one photo into a video along 3D paths.")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), help="folder of the weights")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for add in (_add_new, _add_select, _add_list, _add_delete, _add_path, _add_camera, _add_render, _add_control):
        add(commands)
    _add_checkpoints(commands)
    return parser


def _command(commands: Any, name: str, run: Callable[[Arguments], None], help: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help, description=help)
    command.set_defaults(run=run)
    return command


def _add_new(commands: Any) -> None:
    command = _command(commands, "new", _new, "Start a project from a photo.")
    command.add_argument("image", type=Path, metavar="IMAGE")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="P.levitor")
    command.add_argument("--depth", type=Path, metavar="MAP", help="disparity map, near is white")
    command.add_argument("--far-is-white", action="store_true", help="the depth map has far as white")
    command.add_argument("--normalise", action="store_true", help="stretch the depth map to its full range")
    command.add_argument("--partition", type=Path, metavar="MAP", help="label map of still instances")
    command.add_argument("--clean-plate", type=Path, metavar="IMAGE", help="the same photo without the objects")
    command.add_argument("--depth-softness", type=float, default=DEFAULT_SOFTNESS, metavar="S")
    command.add_argument("--crop", choices=("trained",), help="crop to the network's 288 wide x 512 high")


def _add_select(commands: Any) -> None:
    command = _command(commands, "select", _select, "Pick an object.")
    command.add_argument("project", type=Path, metavar="P.levitor")
    command.add_argument("--name", required=True)
    command.add_argument("--point", type=_numbers(2), action="append", default=[], metavar="X,Y", help="inside it")
    command.add_argument("--negative", type=_numbers(2), action="append", default=[], metavar="X,Y", help="outside it")
    command.add_argument("--box", type=_numbers(4), metavar="X0,Y0,X1,Y1", help="around it")
    command.add_argument("--mask", type=Path, metavar="FILE", help="an image, white where the object is")
    command.add_argument("--instance", type=int, metavar="ID", help="an automatic mask, as `list` numbers them")


def _add_list(commands: Any) -> None:
    command = _command(commands, "list", _list, "Show what is in a project.")
    command.add_argument("project", type=Path, metavar="P.levitor")


def _add_delete(commands: Any) -> None:
    command = _command(commands, "delete", _delete, "Forget an object.")
    command.add_argument("project", type=Path, metavar="P.levitor")
    command.add_argument("name", metavar="NAME")


def _add_path(commands: Any) -> None:
    command = _command(commands, "path", _path, "Give an object its path, in pixels of the working image.")
    command.add_argument("project", type=Path, metavar="P.levitor")
    command.add_argument("name", metavar="NAME")
    command.add_argument(
        "waypoints",
        type=_waypoint,
        nargs="+",
        metavar="X,Y,NEARNESS[@TIME]",
        help="nearness 0 (far) to 1 (near) or `same`; the first waypoint has the object's own; time 0 to 1",
    )
    command.add_argument("--timing", choices=get_args(Timing), default="even")
    command.add_argument("--ease", choices=get_args(Easing), default="none")
    command.add_argument("--on-ground", action="store_true", help="read its depth from the scene beneath it")


def _add_camera(commands: Any) -> None:
    command = _command(commands, "camera", _camera, "Move the camera over the clip; without options it stands still.")
    command.add_argument("project", type=Path, metavar="P.levitor")
    command.add_argument("--pan", type=_numbers(2), default=(0.0, 0.0), metavar="X,Y", help="shift of the picture")
    command.add_argument("--zoom", type=float, default=1.0, metavar="K")
    command.add_argument(
        "--push", type=float, default=0.0, metavar="D", help="up to 0.75; 0.5 makes the nearest double"
    )
    command.add_argument("--ease", choices=get_args(Easing), default="none")


def _add_render(commands: Any) -> None:
    command = _command(commands, "render", _render, "Make the video.")
    command.add_argument("project", type=Path, metavar="P.levitor")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.mp4|OUT.gif")
    command.add_argument("--renderer", choices=get_args(RendererName))
    command.add_argument("--seed", type=int, metavar="N")
    command.add_argument("--frames", type=int, metavar="N", dest="num_frames")
    command.add_argument("--fps", type=float, metavar="F")
    command.add_argument("--height", type=int, metavar="PIXELS")
    command.add_argument("--steps", type=int, metavar="N", dest="num_inference_steps")
    command.add_argument("--rigidity", type=float, metavar="R")
    command.add_argument("--memory", choices=get_args(MemoryMode))


def _add_control(commands: Any) -> None:
    command = _command(commands, "control", _control, "Write what the video model is steered by.")
    command.add_argument("project", type=Path, metavar="P.levitor")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.npz")
    command.add_argument("--frames", type=int, metavar="N", dest="num_frames")


def _add_checkpoints(commands: Any) -> None:
    command = _command(commands, "checkpoints", _checkpoints, "Show which weights are here, or download them.")
    command.add_argument("action", nargs="?", choices=("download",))
    command.add_argument("names", nargs="*", metavar="NAME")


def _new(arguments: Arguments) -> None:
    from levitor_core import photo

    engine, monitor = _engine(arguments), _monitor()
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
    _save(project, arguments.output)
    height, width = project.scene.size_hw
    print(f"{arguments.output}: {width}x{height}, depth by {project.scene.depth_source},", end=" ")
    print(f"{len(_instances(project))} still instances by {project.scene.segmentation_source}")


def _select(arguments: Arguments) -> None:
    project = _open(arguments.project)
    project = editing.add_object(project, _picked_mask(arguments, project), arguments.name)
    _save(project, arguments.project)
    print(f"{arguments.name}: {int(project.objects[-1].mask.sum())} pixels")


def _picked_mask(arguments: Arguments, project: Project) -> Any:
    if arguments.mask:
        from levitor_core import photo

        return photo.read_mask_for(project, arguments.mask)
    if arguments.instance is not None:
        return project.scene.partition == arguments.instance
    prompts = [PointPrompt(*point) for point in arguments.point]
    prompts += [PointPrompt(*point, inside=False) for point in arguments.negative]
    if not arguments.point and not arguments.box:
        raise InputError("Say where the object is: give --point, --box, --mask or --instance.")
    return _engine(arguments).segment(project, prompts, arguments.box).masks[0]


def _list(arguments: Arguments) -> None:
    project = _open(arguments.project)
    for label, item in enumerate(project.objects, 1):
        state = "hidden" if item.hidden else f"{len(item.waypoints)} waypoints"
        x, y = editing.anchor_of(item.mask)
        print(f"object {label}: {item.name}, {int(item.mask.sum())} pixels around {x:.0f},{y:.0f}, {state}")
    for item in project.scenery:
        print(f"scenery: {item.name}, {int(item.mask.sum())} pixels")
    for label, area in _instances(project).items():
        x, y = editing.anchor_of(project.scene.partition == label)
        print(f"instance {label}: {area} pixels around {x:.0f},{y:.0f}")


def _delete(arguments: Arguments) -> None:
    _save(editing.delete_object(_open(arguments.project), arguments.name), arguments.project)


def _path(arguments: Arguments) -> None:
    project = editing.set_path(_open(arguments.project), arguments.name, tuple(arguments.waypoints))
    project = editing.set_motion(
        project, arguments.name, timing=arguments.timing, easing=arguments.ease, on_ground=arguments.on_ground
    )
    _save(project, arguments.project)


def _camera(arguments: Arguments) -> None:
    end = CameraKey(1.0, arguments.pan, arguments.zoom, arguments.push)
    keys = () if end == CameraKey(1.0) else (CameraKey(0.0), end)
    _save(editing.set_camera(_open(arguments.project), CameraMove(keys, arguments.ease)), arguments.project)


def _render(arguments: Arguments) -> None:
    from levitor_core.video_io import write_video

    names = ("renderer", "seed", "num_frames", "fps", "height", "num_inference_steps", "rigidity", "memory")
    project, monitor = _open(arguments.project), _monitor()
    settings = project.settings.updated(**{name: getattr(arguments, name) for name in names})
    for number, clip in enumerate(_engine(arguments).render(replace(project, settings=settings), monitor), 1):
        path = arguments.output
        path = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        write_video(clip.frames, path, clip.fps)
        height, width = clip.size_hw
        print(f"{path}: {clip.num_frames} frames, {width}x{height}, {clip.fps:g} fps, by {clip.renderer}")
        for note in clip.notes:
            print(note)


def _control(arguments: Arguments) -> None:
    import numpy as np

    from levitor_core.files import replacing

    result = _engine(arguments).control(_open(arguments.project), arguments.num_frames, _monitor())
    with replacing(arguments.output) as path, path.open("wb") as file:
        np.savez_compressed(
            file,
            label_maps=result.rendered.labels,
            depth_maps=result.rendered.disparity,
            control_points=result.points.rows,
            control_signal=result.signal.values,
        )
    print(f"{arguments.output}: {len(result.points.rows)} control points in {result.points.num_frames} frames")


def _checkpoints(arguments: Arguments) -> None:
    from levitor_core.checkpoints import Checkpoints

    checkpoints, monitor = Checkpoints(arguments.checkpoints), _monitor()
    if arguments.action == "download":
        for name in arguments.names or ("sam_vit_b", "depth-anything-v2-small"):
            print(f"{name}: {checkpoints.download(name, monitor, asked=bool(arguments.names))}")
        return
    for row in checkpoints.table():
        where = row.path or f"missing; {row.how_to_get}"
        print(f"{row.name}\n  for {row.purpose}; {row.size_text}; {row.licence}\n  {where}")


def _engine(arguments: Arguments) -> "Engine":
    from levitor_core.checkpoints import Checkpoints
    from levitor_core.engine import Engine

    return Engine(Checkpoints(arguments.checkpoints), arguments.device)


def _open(path: Path) -> Project:
    from levitor_core.project_file import open_project

    return open_project(path)


def _save(project: Project, path: Path) -> None:
    from levitor_core.project_file import save

    save(project, path)


def _instances(project: Project) -> dict[int, int]:
    """Area in pixels of every still instance, by its id in the partition."""
    import numpy as np

    ids, areas = np.unique(project.scene.partition, return_counts=True)
    return {int(label): int(area) for label, area in zip(ids, areas, strict=True) if label > 0}


def _monitor() -> Monitor:
    """Progress on one line of a terminal, nothing elsewhere."""
    return Monitor(_show_progress) if sys.stderr.isatty() else Monitor()


def _show_progress(event: ProgressEvent) -> None:
    end = "\n" if event.step >= event.total else ""
    print(f"\r\033[K{event.stage} {event.step}/{event.total}", end=end, file=sys.stderr, flush=True)


def _protected(value: str) -> str:
    """A point that begins with a minus, behind a blank, which keeps argparse from taking it for an option."""
    return f" {value}" if re.match(r"-[\d.]+,", value) else value


def _numbers(count: int) -> Callable[[str], tuple[float, ...]]:
    def parse(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != count:
            raise argparse.ArgumentTypeError(f"{text.strip()!r} is not {count} numbers with commas between them")
        return values

    return parse


def _waypoint(text: str) -> Waypoint:
    place, _, time = text.strip().partition("@")
    parts = place.split(",")
    try:
        x, y, nearness = float(parts[0]), float(parts[1]), None if parts[2] == "same" else float(parts[2])
        if len(parts) == 3:
            return Waypoint(x, y, nearness, float(time) if time else None)
    except (ValueError, IndexError):
        pass
    raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a waypoint like 120,80,0.6 or 120,80,same@0.5")
