"""What an event is given: files by their addresses here are taken as those files, and none is fetched for strangers."""

from typing import Any
from urllib.parse import unquote, urlsplit

from levitor_core.errors import InputError

FILE_PATH = "/gradio_api/file="
NOT_FETCHED = "This server fetches no files from elsewhere; upload the file first."


def local(given: Any, fetches: bool) -> Any:
    """The same, with the path of every file that is named by its address on this server. Raises InputError for one of
    another server unless it `fetches` those."""
    if isinstance(given, list):
        return [local(value, fetches) for value in given]
    if not isinstance(given, dict):
        return given
    path = given.get("path")
    if "meta" in given and isinstance(path, str) and path.startswith(("http://", "https://")):
        return given | {"path": _here(path, fetches), "url": None}
    return {name: local(value, fetches) for name, value in given.items()}


def _here(address: str, fetches: bool) -> str:
    """The path within an address of ours; Gradio looks whether it may be read."""
    _, found, path = urlsplit(address).path.partition(FILE_PATH)
    if not found and not fetches:
        raise InputError(NOT_FETCHED)
    return unquote(path) if found else address
