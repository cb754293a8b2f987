"""HF_ENDPOINT as it was given. The hub's client, and with it Gradio and transformers, cannot even be imported with an
address whose port is no number: such a one is kept here, for the sentence that refuses it, and hidden from them."""

import os
from urllib.parse import urlsplit


def _take_unreadable() -> str | None:
    address = os.environ.get("HF_ENDPOINT", "")
    try:
        _ = urlsplit(address).port
    except ValueError:
        return os.environ.pop("HF_ENDPOINT")
    return None


UNREADABLE = _take_unreadable()
