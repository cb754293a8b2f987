"""The commands and their options; every one sets `run`, a function of commands, arranging or making."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, get_args

from levitor_core.cli import arranging, commands, comparing, making
from levitor_core.cli.console import Lines
from levitor_core.cli.space import space
from levitor_core.cli.values import Numbers, file_name, folder_name, protect, size, waypoint
from levitor_core.depth.ground_plane import Lie
from levitor_core.document import DepthTool, Relation
from levitor_core.errors import InputError
from levitor_core.exporting import ExportSettings, formats
from levitor_core.fields import Setting, settings_of
from levitor_core.renderers import all_settings, entries
from levitor_core.structures import DEFAULT_SOFTNESS, Easing, Timing

PREVIEWED = ("num_frames", "fps", "height")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The arguments of one command: `run` does it, `only_says` is true where its lines are all that it is for.

    Raises InputError for what is no command.
    """
    parser, for_commands = _parser()
    takes_value = {
        name: action.option_strings[-1]
        for each in (parser, *for_commands.values())
        for action in each._actions
        for name in action.option_strings
        if action.nargs is None
    }
    return parser.parse_args(protect(words, takes_value))


def commands_by_name() -> Mapping[str, argparse.ArgumentParser]:
    """Every command's own parser: what it takes, with its help and defaults, and, as its default of `run`, what it
    does."""
    return _parser()[1]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; `{self.prog} --help` shows how.")

    def print_help(self, file: Any = None) -> None:
        Lines().say(self.format_help().rstrip())


def _parser() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and that of every command by its name."""
    parser = _Parser(prog="python -m levitor_core", description="Turn one photo into a video along 3D paths.")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), help="folder of the weights")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.set_defaults(engine=None, monitor=None)  # of its own
    added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for add in (
        *(_add_new, _add_select, _add_outline, _add_duplicate, _add_list, _add_delete, _add_path, _add_order),
        *(_add_mend, _add_camera, _add_preview, _add_render, _add_control, _add_export, _add_checkpoints, _add_space),
        *(_add_adherence, _add_warm),
    ):
        add(added)
    return parser, added.choices


def _command(
    added: Any,
    name: str,
    run: Callable[[argparse.Namespace], Iterable[str]],
    help: str,
    only_says: bool = False,
) -> argparse.ArgumentParser:
    command = added.add_parser(name, help=help, description=help)
    command.set_defaults(run=run, only_says=only_says)
    return command


def _project_command(added: Any, name: str, run: Any, help: str, only_says: bool = False) -> argparse.ArgumentParser:
    command = _command(added, name, run, help, only_says)
    command.add_argument("project", type=file_name, metavar="P.levitor", help="a project file")
    return command


def _add_new(added: Any) -> None:
    command = _command(added, "new", commands.new, "Start a project from a photo.")
    command.add_argument("image", type=file_name, metavar="IMAGE", help="the photo")
    command.add_argument("-o", "--output", type=file_name, required=True, metavar="P.levitor")
    command.add_argument("--force", action="store_true", help="replace the project that is there")
    command.add_argument("--depth", type=file_name, metavar="MAP", help="disparity map, near is white")
    command.add_argument("--far-is-white", action="store_true", help="the depth map has far as white")
    command.add_argument("--normalise", action="store_true", help="stretch the depth map to its full range")
    command.add_argument("--partition", type=file_name, metavar="MAP", help="label map of still instances")
    command.add_argument("--clean-plate", type=file_name, metavar="IMAGE", help="the same photo without the objects")
    command.add_argument(
        "--depth-softness", type=float, default=DEFAULT_SOFTNESS, metavar="S", help="more: sizes change less with depth"
    )
    command.add_argument("--crop", choices=("trained",), help="crop to the network's 288 wide x 512 high")


def _add_select(added: Any) -> None:
    command = _project_command(added, "select", commands.select, "Pick an object.")
    command.add_argument("--name", required=True, help="what it is called")
    command.add_argument("--point", type=Numbers(2), action="append", default=[], metavar="X,Y", help="inside it")
    command.add_argument("--negative", type=Numbers(2), action="append", default=[], metavar="X,Y", help="outside it")
    command.add_argument("--box", type=Numbers(4), metavar="X0,Y0,X1,Y1", help="around it")
    command.add_argument("--mask", type=file_name, metavar="FILE", help="an image, white where the object is")
    command.add_argument("--instance", type=int, metavar="ID", help="an automatic mask, as `list` numbers them")


def _add_outline(added: Any) -> None:
    command = _project_command(
        added, "outline", commands.outline, "Change an object's outline, in the order in which the options stand here."
    )
    command.add_argument("name", metavar="NAME", help="the object")
    command.add_argument("--point", type=Numbers(2), action="append", default=[], metavar="X,Y", help="belongs to it")
    command.add_argument(
        "--negative", type=Numbers(2), action="append", default=[], metavar="X,Y", help="does not belong"
    )
    for tool, what in (("lasso", "outline"), ("magnetic", "corners of an outline along edges"), ("scribble", "stroke")):
        command.add_argument(f"--{tool}", type=Numbers(2), nargs="*", default=[], metavar="X,Y", help=f"{what} to add")
    command.add_argument("--take-away", action="store_true", help="what the three above hold is taken away instead")
    command.add_argument("--shadow", action="store_true", help="the shadow that it casts belongs to it")
    command.add_argument("--fill", action="store_true", help="close its holes")
    command.add_argument("--grow", type=float, default=0.0, metavar="PX", help="by so many pixels; less than 0 shrinks")
    command.add_argument(
        "--smooth", type=float, default=0.0, metavar="PX", help="without corners and specks of that size"
    )
    command.add_argument("--feather", type=float, metavar="PX", help="pixels over which its edge fades in Preview")


def _add_duplicate(added: Any) -> None:
    command = _project_command(
        added, "duplicate", commands.duplicate, "Show an object once more, on a path of its own."
    )
    command.add_argument("name", metavar="NAME", help="the object")
    command.add_argument("--as", dest="new_name", metavar="NAME", help="what the copy is called")


def _add_list(added: Any) -> None:
    _project_command(added, "list", commands.show, "Show what is in a project.", only_says=True)


def _add_delete(added: Any) -> None:
    command = _project_command(added, "delete", commands.delete, "Forget an object.")
    command.add_argument("name", metavar="NAME")


def _add_path(added: Any) -> None:
    command = _project_command(added, "path", commands.path, "Give an object its path, in pixels of the working image.")
    command.add_argument("name", metavar="NAME", help="the object")
    command.add_argument(
        "waypoints",
        type=waypoint,
        nargs="*",
        metavar="X,Y,NEARNESS[@TIME]",
        help="nearness 0 (far) to 1 (the photo's front) and on to 4, or `same`; the first waypoint has the object's"
        " own; time 0 to 1",
    )
    command.add_argument(
        "--from", dest="source", type=file_name, metavar="FILE", help="instead: tracked points, .npy, .json or .csv"
    )
    command.add_argument("--follow", metavar="NAME", help="instead: ride on another object, as a part of it would")
    command.add_argument(
        "--of-size", type=size, metavar="WxH", help="the picture that the file counts in; else the working image"
    )
    command.add_argument("--timing", choices=get_args(Timing), default="even", help="even speed, or even waypoints")
    command.add_argument("--ease", choices=get_args(Easing), default="none", help="where it starts or ends slowly")
    command.add_argument("--on-ground", action="store_true", help="read its depth from the scene beneath it")
    command.add_argument("--relief", type=float, metavar="R", help="0 (a card, as picked) to 1 (all of its depth)")
    command.add_argument(
        "--hold", type=float, metavar="X", help="how firmly a video model keeps it to Preview: 0.1 lives, 1, 8 is rigid"
    )


def _add_order(added: Any) -> None:
    command = _project_command(added, "order", arranging.order, "Say what is in front: an object or another thing.")
    command.add_argument("name", metavar="NAME", help="the object")
    command.add_argument("other", metavar="OTHER", help="another object, or scenery")
    command.add_argument("relation", choices=(*get_args(Relation), "depth"), help="of the object; depth: as depth says")
    command.add_argument("--start", type=float, default=0.0, metavar="TIME", help="from when on, 0 to 1")
    command.add_argument("--end", type=float, default=1.0, metavar="TIME", help="until when, 0 to 1")


def _add_mend(added: Any) -> None:
    command = _project_command(added, "mend", arranging.mend, "Mend the depth map; what was read stays beneath.")
    command.add_argument("--brush", choices=get_args(DepthTool), help="a stroke that fills to the outline")
    command.add_argument("--along", type=Numbers(2), nargs="*", default=[], metavar="X,Y", help="where the stroke goes")
    command.add_argument("--radius", type=float, default=24.0, metavar="PX", help="of the brush")
    command.add_argument("--by", type=float, default=30.0, metavar="D", help="disparity, of nearer and farther")
    command.add_argument("--clear", action="store_true", help="forget earlier strokes")
    command.add_argument("--take", choices=get_args(Lie), help="what a guess takes the photo for")
    command.add_argument(
        "--horizon", type=float, metavar="H", help="of a guess, as a share of the height from above; less than 0: above"
    )


def _add_camera(added: Any) -> None:
    command = _project_command(
        added, "camera", commands.camera, "Move the camera over the clip; without options it stands still."
    )
    command.add_argument("--pan", type=Numbers(2), default=(0.0, 0.0), metavar="X,Y", help="shift of the picture")
    command.add_argument("--zoom", type=float, default=1.0, metavar="K", help="scale about the centre")
    command.add_argument(
        "--push", type=float, default=0.0, metavar="D", help="up to 0.75; 0.5 makes the nearest double"
    )
    command.add_argument("--ease", choices=get_args(Easing), default="none", help="where it starts or ends slowly")


def _add_preview(added: Any) -> None:
    command = _project_command(added, "preview", making.preview, "Make Preview's video, which needs no model.")
    command.add_argument("-o", "--output", type=file_name, required=True, metavar="OUT.mp4|OUT.gif")
    _add_settings(command, (setting for setting in all_settings().values() if setting.name in PREVIEWED))


def _add_render(added: Any) -> None:
    command = _project_command(added, "render", making.render, "Make the video.")
    command.add_argument("-o", "--output", type=file_name, required=True, metavar="OUT.mp4|OUT.gif")
    _add_settings(command, all_settings().values())


def _add_settings(command: argparse.ArgumentParser, settings: Iterable[Setting]) -> None:
    for setting in settings:
        option = setting.name.removeprefix("num_").removeprefix("inference_").replace("_", "-")
        choices = [value for _, value in setting.widget.labels] if setting.widget else []
        choices = ["auto", *(entry.name for entry in entries())] if setting.name == "renderer" else choices
        shown: Any = {"choices": choices} if choices else {"metavar": "N" if setting.kind is int else "X"}
        command.add_argument(f"--{option}", dest=setting.name, type=setting.kind, help=setting.help, **shown)


def _add_control(added: Any) -> None:
    command = _project_command(added, "control", making.control, "Write what the video model is steered by.")
    command.add_argument("-o", "--output", type=file_name, required=True, metavar="OUT.npz")
    command.add_argument("--frames", type=int, metavar="N", dest="num_frames", help="of another number of frames")


def _add_export(added: Any) -> None:
    command = _project_command(added, "export", making.export, "Write a project for another tool, in a new folder.")
    command.add_argument("-o", "--output", type=folder_name, required=True, metavar="DIR")
    shown = "; ".join(f"{item.name}: {item.description}" for item in formats())
    command.add_argument("--format", required=True, choices=[item.name for item in formats()], help=shown)
    for setting in settings_of(ExportSettings):
        option = setting.name.removeprefix("num_")
        command.add_argument(f"--{option}", dest=setting.name, type=setting.kind, help=setting.help, metavar="X")


def _add_adherence(added: Any) -> None:
    about = "Measure how well a video followed the paths, beside Preview's own figures."
    command = _project_command(added, "adherence", comparing.adherence, about)
    command.add_argument("video", type=file_name, metavar="VIDEO", help="a video of the project, by any tool")
    command.add_argument("-o", "--output", type=file_name, required=True, metavar="OUT.json|OUT.md")


def _add_checkpoints(added: Any) -> None:
    command = _command(
        added, "checkpoints", making.checkpoints, "Show which weights are here, or download them.", only_says=True
    )
    command.add_argument("action", nargs="?", choices=("download",))
    command.add_argument("names", nargs="*", metavar="NAME")


def _add_warm(added: Any) -> None:
    command = _project_command(
        added, "warm", making.warm, "Compile, in minutes, what makes videos of this size and length quicker.", True
    )
    shown = ("renderer", "num_frames", "num_variants", "memory")
    _add_settings(command, (setting for setting in all_settings().values() if setting.name in shown))


def _add_space(added: Any) -> None:
    command = _command(added, "space", space, "Put the app into a Space on the Hugging Face hub.")
    command.add_argument("--to", required=True, metavar="OWNER/NAME", help="the Space, which is made if there is none")
    kind = command.add_mutually_exclusive_group()
    kind.add_argument("--zero", action="store_true", help="one that is lent a GPU for every video (ZeroGPU)")
    kind.add_argument("--docker", action="store_true", help="one that builds the Dockerfile")
    command.add_argument("--dry-run", type=Path, metavar="DIR", help="write the files there and upload nothing")
