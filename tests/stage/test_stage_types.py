"""The stage's JSDoc types, checked by TypeScript: `npm install typescript` here or `tsc` on the path runs it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STRICT = "--noEmit --allowJs --checkJs --strict --skipLibCheck --noUnusedLocals --noUnusedParameters"
TARGET = "--target es2022 --module es2022 --moduleResolution bundler --lib es2023,dom,dom.iterable"


def test_the_modules_keep_their_types():
    tsc = shutil.which("tsc", path=ROOT / "node_modules" / ".bin") or shutil.which("tsc")
    if tsc is None:
        pytest.skip("TypeScript is not installed")
    entry = ROOT / "ui" / "stage" / "js" / "stage.js"
    command = [tsc, *STRICT.split(), *TARGET.split(), str(entry)]
    checked = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout[-4000:]
