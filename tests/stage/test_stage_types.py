"""The stage's JSDoc types, checked by TypeScript: `npm install --prefix tests/stage` brings it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STRICT = "--noEmit --allowJs --checkJs --strict --skipLibCheck --noUnusedLocals --noUnusedParameters"
TARGET = "--target es2022 --module es2022 --moduleResolution bundler --lib es2023,dom,dom.iterable"


def test_the_modules_keep_their_types():
    tsc = shutil.which("tsc", path=Path(__file__).parent / "node_modules" / ".bin")
    if tsc is None:
        pytest.skip("TypeScript is not installed; `npm install --prefix tests/stage` brings it")
    modules = map(str, sorted((ROOT / "ui" / "stage" / "js").rglob("*.js")))
    command = [tsc, *STRICT.split(), *TARGET.split(), *modules]
    checked = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout[-4000:]
