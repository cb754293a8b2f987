"""The page's file dialogs offer what the engine reads, and nothing else."""

import re
from pathlib import Path

from levitor_core.files.image_files import READ, SUFFIXES
from ui.stage.schema import OPENED

SCRIPTS = Path(__file__).parents[2] / "ui" / "stage" / "js"


def test_every_dialog_offers_what_is_read():
    assert set(OPENED) == {*SUFFIXES, ".levitor"} and {".heic", ".avif", ".jpg"} <= set(SUFFIXES)
    dialogs = re.findall(r"accept[:=] ?([^ >},]+)", "".join(path.read_text() for path in SCRIPTS.rglob("*.js")))
    assert {dialog.strip("${") for dialog in dialogs} == {"OPENED.join()", "TRACKED.join()"}
    assert all(any(kind.lower() in ending for ending in SUFFIXES) for kind in re.findall(r"[A-Z]\w+", READ))
