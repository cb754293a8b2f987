"""HF_ENDPOINT as it was given, and what the hub's client has kept. The client, and with it Gradio and transformers,
cannot even be imported with an address whose port is no number: such a one is kept here, for the sentence that refuses
it, and hidden from them."""

import os
from pathlib import Path
from urllib.parse import urlsplit


def _take_unreadable() -> str | None:
    address = os.environ.get("HF_ENDPOINT", "")
    try:
        _ = urlsplit(address).port
    except ValueError:
        return os.environ.pop("HF_ENDPOINT")
    return None


UNREADABLE = _take_unreadable()


def in_cache(repository: str, file: str, revision: str) -> Path | None:
    """A file of a repository in the hub's cache: of that commit, else of the branch main."""
    from huggingface_hub import try_to_load_from_cache

    try:
        found = [try_to_load_from_cache(repository, file, None, at) for at in (revision or None, None)]
    except OSError:  # a cache that is closed to us holds nothing for us
        return None
    return next((Path(at) for at in found if isinstance(at, str)), None)
