"""One law: the document that the browser owns is one that the server takes, as it stands, after every event.

Random edits, undos, redos and reloads on the page's own document store, in Node, against the reader and the writer.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.stage.any_project import any_project
from ui.stage import OpenPhotos
from ui.stage.payload import document_of, offered_settings

NODE = shutil.which("node")
SEQUENCES, EVENTS = 12, 15

pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")


@pytest.fixture(scope="module")
def tab():
    """A browser tab without a browser."""
    command = [NODE, str(Path(__file__).parent / "owner.js")]
    node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield node
    node.stdin.close()
    node.wait(timeout=10)


def say(tab, value):
    tab.stdin.write(json.dumps(value) + "\n")
    tab.stdin.flush()


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_what_is_handed_over_comes_back_as_it_went(tab, seed):
    project, photos = any_project(seed), OpenPhotos()
    names = {"scene_id": photos.put(project), "document_id": "1"}
    say(tab, {"document": document_of(project) | names, "settings": offered_settings(), "seed": seed, "events": EVENTS})
    while "done" not in (said := json.loads(tab.stdout.readline())):
        document = said.get("reload") or said["handed"]
        again = document_of(photos.project_of(document)) | names
        assert again == document
        if "reload" in said:
            say(tab, again)
