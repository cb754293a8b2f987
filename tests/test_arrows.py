"""Rooms of the engine import one another one way only, as the picture in `levitor_core/__init__.py` draws them."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "levitor_core"
MAX_AT_THE_TOP = 26


def test_rooms_import_one_way():
    arrows: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).with_suffix("").parts[0]
        arrows.setdefault(room, set()).update(set(_imported(path)) - {room})
    order = list(TopologicalSorter(arrows).static_order())  # raises CycleError, which names the circle
    for lower, upper in (("motion", "control"), ("control", "renderers"), ("renderers", "files"), ("files", "engine")):
        assert order.index(lower) < order.index(upper)
    assert "cli" not in arrows["engine"] and not arrows["motion"] & {"files", "checkpoints", "renderers"}


def test_every_room_and_every_module_stands_in_the_picture():
    picture = (PACKAGE / "__init__.py").read_text().partition('"""')[2].partition('"""')[0]
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {name for name in modules if name not in picture} == set()
    assert {name for name in rooms if f"{name}/" not in picture} == set()
    assert len(modules) <= MAX_AT_THE_TOP


def _imported(path: Path) -> Iterator[str]:
    """Names right under the package that the file imports when it runs, at once or later."""
    tree = ast.parse(path.read_text())
    typing = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    unread = {id(node) for block in typing for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in unread or not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        package, *parts = node.module.split(".")
        if package == PACKAGE.name:
            yield from parts[:1] or [alias.name for alias in node.names]
