"""What every test shares: quiet threads, checked shapes, golden data where it is there, and who runs what."""

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers on two cores; before torch is imported
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # Node, beside Python

from tests import shape_checks

shape_checks.install()

import hypothesis  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("levitor", deadline=None, derandomize=True)
hypothesis.settings.load_profile("levitor")

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT.parent / "shared" / "golden"
FIRST = ("browser",)  # the longest


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden numbers, computed by the released demo's own code; it lies outside the repository."""
    if not GOLDEN.is_dir():
        pytest.skip("the golden numbers are not on this machine")
    return GOLDEN


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first."""
    items.sort(key=lambda item: _group(item.nodeid) not in FIRST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A folder's tests, or a file's of this folder, share their servers and models: one worker runs them all."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return ByFolder(config, log)


def _group(nodeid: str) -> str:
    return nodeid.removeprefix("tests/").partition("::")[0].partition("/")[0]
