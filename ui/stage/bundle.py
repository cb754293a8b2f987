"""The ES modules of js/ as one script, so that the page needs neither a build step nor a public folder.

Each module becomes a function that returns what it exports; a module comes after those it imports. The modules keep
to a small dialect, which is checked: named imports from relative paths, exports at declarations.
"""

import functools
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "js"
ENTRY = "stage.js"

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\./[\w/.]+|\.\./[\w/.]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.M)
_FORBIDDEN = re.compile(r"^(?:import|export)\b.*$", re.M)
_NOTE = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n", re.M | re.S)


@functools.cache
def script() -> str:
    """Statements after which `mountStage(root, host)` is defined."""
    order: list[Path] = []
    _collect(FOLDER / ENTRY, order)
    wrapped = "".join(_wrapped(path) for path in order)
    return f'"use strict";\n{wrapped}const {{ mountStage }} = {_variable(order[-1])};\n'


@functools.cache
def css() -> str:
    """The stage's style sheet."""
    return (FOLDER.parent / "stage.css").read_text(encoding="utf-8")


def _collect(path: Path, order: list[Path]) -> None:
    if path in order:
        return
    for _, target in _IMPORT.findall(path.read_text(encoding="utf-8")):
        _collect((path.parent / target).resolve(), order)
    order.append(path)


def _wrapped(path: Path) -> str:
    source = _NOTE.sub("", path.read_text(encoding="utf-8"))
    exported = _EXPORT.findall(source)
    body = _IMPORT.sub(lambda found: _imported(path, found), _EXPORT.sub("", source))
    if odd := _FORBIDDEN.search(re.sub(r"^export \{\};$", "", body, flags=re.M)):
        raise ValueError(f"{path.name} has {odd.group()!r}, which the bundle does not know")
    body = body.replace("export {};", "")
    return f"const {_variable(path)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


def _imported(path: Path, found: re.Match[str]) -> str:
    names = " ".join(found.group(1).replace(" as ", ": ").split())
    return f"const {{ {names} }} = {_variable((path.parent / found.group(2)).resolve())};\n"


def _variable(path: Path) -> str:
    return "_" + re.sub(r"\W", "_", str(path.resolve().relative_to(FOLDER.resolve()).with_suffix("")))
