"""PURE. Names of objects as names of files."""

from collections.abc import Mapping

from levitor_core.structures import Project


def file_names(project: Project) -> Mapping[int, str]:
    """A name for every object's files, by its label: its number and its own name, which every file system takes."""
    return {label: f"{label:02d}-{_plain(item.name)}" for label, item in enumerate(project.objects, 1)}


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:40].strip("-") or "object"
