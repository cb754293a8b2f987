"""The page is built without any heavy library: those are imported by whoever first needs them."""

import subprocess
import sys
from pathlib import Path

import app

HEAVY = {
    "torch",
    "diffusers",
    "transformers",
    "sklearn",
    "cv2",
    "scipy",
    "imageio_ffmpeg",
    "segment_anything",
    "skimage",
}


def test_the_page_is_built_without_heavy_imports():
    program = (
        "import sys, app; from levitor_core.engine import Engine; app.build_app(Engine());"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    root = Path(app.__file__).parent
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_arguments_have_their_documented_defaults():
    arguments = app.parse_arguments(["--port", "7000", "--device", "cpu", "--checkpoints", "weights"])
    assert (arguments.port, arguments.device, arguments.checkpoints) == (7000, "cpu", Path("weights"))
    assert not app.parse_arguments([]).share
