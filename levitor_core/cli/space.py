"""The command `space`: what a Hugging Face Space needs, and nothing else, written to a folder or uploaded.

What is gated is not preloaded, since a Space whose token may not have it would never start: the app asks for it when it
starts, and makes do without.
"""

import argparse
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from levitor_core.checkpoints.table import Weights, weights_named
from levitor_core.errors import InputError, LevitorError
from levitor_core.whole_files import temporary_folder

ROOT = Path(__file__).resolve().parents[2]
FILES = ("app.py", "LICENSE", "requirements.txt")
CODE = ("levitor_core", "ui")
SUFFIXES = (".py", ".js", ".css")  # of the code; a licence stands beside what others wrote
TOOLS = ("datasets", "evaluation", "training")  # beside the app, which imports none of them
PRELOADED = ("depth-anything-v2-small",)
PRELOADED_WITH_GPU = (*PRELOADED, "levitor-controlnet")
ASKED_FOR = "stable-video-diffusion-img2vid-xt"
ZERO_HARDWARE = "zero-a10g"


@dataclass(frozen=True)
class Kind:
    """A kind of Space: `sdk` is the hub's word for how it runs."""

    sdk: str
    hardware: str | None = None

    @property
    def preloaded(self) -> tuple[Weights, ...]:
        """What is on its disk before it starts."""
        return tuple(map(weights_named, PRELOADED_WITH_GPU if self.hardware else PRELOADED))


GRADIO, ZERO, DOCKER = Kind("gradio"), Kind("gradio", ZERO_HARDWARE), Kind("docker")


def space(arguments: argparse.Namespace) -> Iterable[str]:
    """Write or upload it; the lines say what was done and what is left to a person."""
    kind = ZERO if arguments.zero else DOCKER if arguments.docker else GRADIO
    _check_name(arguments.to)
    if arguments.dry_run is not None:
        count = write(kind, arguments.dry_run)
        yield f"{arguments.dry_run}: {count} files for {arguments.to}; nothing was uploaded"
        return
    with temporary_folder() as folder:
        count = write(kind, folder)
        yield f"{_upload(folder, arguments.to, kind)}: {count} files"
    if kind is ZERO:
        asked = weights_named(ASKED_FOR)
        yield f"{asked.title} is gated: accept its licence at {asked.source}, then give the Space a token as HF_TOKEN"


def write(kind: Kind, folder: Path) -> int:
    """Write the Space's files below a folder that is new or empty; how many."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{str(folder)!r} holds something already; choose a new folder.")
    names = [*FILES, *_code(), *_examples(), *(("Dockerfile",) if kind is DOCKER else ())]
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    (folder / "README.md").write_text(readme(kind), encoding="utf-8")
    return len(names) + 1


def readme(kind: Kind) -> str:
    """The Space's page on the hub, whose head tells the hub how to run it."""
    return "\n".join(["---", *_head(kind), "---", "", _ABOUT])


def _head(kind: Kind) -> Iterator[str]:
    yield from ("title: LeviTor", "emoji: 🎈", "colorFrom: indigo", "colorTo: blue", f"sdk: {kind.sdk}")
    if kind is DOCKER:
        yield "app_port: 7860"
    else:
        yield from (f"sdk_version: {_pinned('gradio')}", 'python_version: "3.12"', "app_file: app.py")
    if kind.hardware:
        yield from (f"suggested_hardware: {kind.hardware}", "startup_duration_timeout: 1h")  # what is gated comes then
    yield from ("license: apache-2.0", "short_description: Photo to video along 3D paths")
    yield from ("models:", *(f"  - {repository}" for repository in _repositories(kind)))
    if kind is not DOCKER:  # a container's build is the Dockerfile's
        yield from ("preload_from_hub:", *(f"  - {_preload(weights)}" for weights in kind.preloaded))


def _repositories(kind: Kind) -> tuple[str, ...]:
    named = (*kind.preloaded, *((weights_named(ASKED_FOR),) if kind.hardware else ()))
    return tuple(weights.repository for weights in named)


def _preload(weights: Weights) -> str:
    inside = f"{weights.inside}/" if weights.inside else ""
    files = ",".join(inside + names[0] for names in weights.files)
    return f"{weights.repository} {files} {weights.revision}".rstrip()


def _pinned(package: str) -> str:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2].split()[0] for line in lines if line.startswith(f"{package}=="))


def _code() -> Iterator[str]:
    for path in sorted(file for folder in CODE for file in (ROOT / folder).rglob("*")):
        parts = path.relative_to(ROOT).parts
        tool = parts[0] == CODE[0] and parts[1] in TOOLS
        if path.is_file() and not tool and (path.suffix in SUFFIXES or path.name == "LICENSE"):
            yield "/".join(parts)


def _examples() -> Iterator[str]:
    return (f"examples/{path.name}" for path in sorted((ROOT / "examples").glob("*.levitor")))


def _check_name(name: str) -> None:
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        name = ""
    if name.count("/") != 1:
        raise InputError("A Space is called OWNER/NAME, of letters, digits, dots and dashes; say so after --to.")


def _upload(folder: Path, name: str, kind: Kind) -> str:
    """Make the Space, if there is none, and put exactly these files there; its address."""
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError

    if get_token() is None:
        raise InputError("The hub does not know you here; log in with `hf auth login`, or set HF_TOKEN.")
    hub: Any = HfApi()
    try:
        made = hub.create_repo(name, repo_type="space", space_sdk=kind.sdk, space_hardware=kind.hardware, exist_ok=True)
        hub.upload_folder(
            repo_id=name, repo_type="space", folder_path=folder, delete_patterns="*", commit_message="LeviTor"
        )
    except HfHubHTTPError as error:
        why = str(error).strip().splitlines()[0][:200]
        raise LevitorError(f"The hub refused ({why}); look at what your token may do.") from error
    return str(made)


_ABOUT = """# LeviTor

Turn one photo into a video: click an object, drag a path for it, say at each point how near or far it is, and press
Generate.

Everything but the diffusion video works without a GPU, and Preview, which moves the photo's own pixels, makes videos in
seconds. With a GPU the LeviTor model makes them too, once this Space may have its weights: accept the licence of
[Stable Video Diffusion XT](https://huggingface.co/stabilityai/stable-video-diffusion-img2vid-xt) with the account of a
token, put that token into this Space's secrets as `HF_TOKEN`, and restart it. The licence does not let everyone use its
videos in paid work.

Settings are this Space's variables; `ui/server/settings.py` has all of them, such as `LEVITOR_CONTACT`, whom to write
to, and `LEVITOR_COMMERCIAL=1`, which offers only what paid work may use.
"""
