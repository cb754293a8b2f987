"""Every command gets its own copy of one small project, in a folder that holds nothing else."""

from pathlib import Path

import pytest

from tests.cli.jobs import JOB


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, in the current folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    path = Path("job.levitor")
    path.write_bytes(JOB)
    return path
