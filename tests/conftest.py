"""What every test shares: quiet threads, checked shapes, golden data where it is there."""

import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

from jaxtyping import install_import_hook

import tests.shape_checks  # noqa: F401 - the hook names it

CHECKED = ("structures", "masks", "relief", "background", "neighbourhood", "trajectory", "animation")
install_import_hook([f"levitor_core.{name}" for name in CHECKED], "tests.shape_checks.typechecked")

import hypothesis  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("levitor", deadline=None, derandomize=True)
hypothesis.settings.load_profile("levitor")

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "golden"


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden numbers, computed by the released demo's own code; it lies outside the repository."""
    if not GOLDEN.is_dir():
        pytest.skip("the golden numbers are not on this machine")
    return GOLDEN
