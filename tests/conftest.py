"""What every test shares: quiet threads, checked shapes, golden data where it is there, and who runs what."""

import os
import signal
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

from levitor_core.stop_signals import SIGNALS  # noqa: E402

for number in SIGNALS:  # a shell has them ignored for what it starts in the background, and for children it stays so
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT.parent / "shared" / "golden"
FIRST = ("browser", "levitor", "server")  # the longest; the rest fills up behind them


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden numbers, computed by the released demo's own code; it lies outside the repository."""
    if not GOLDEN.is_dir():
        pytest.skip("the golden numbers are not on this machine")
    return GOLDEN


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="the slow tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests wait to be asked for; what takes longest comes first."""
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes more than ten seconds on two cores; --slow runs it"))
    items.sort(key=lambda item: FIRST.index(group) if (group := _group(item.nodeid)) in FIRST else len(FIRST))


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
