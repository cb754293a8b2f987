"""One table of settings: its page is up to date, every one can be set, and nothing that cannot be meant is taken."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from levitor_core.errors import InputError
from ui.server.settings import ServerSettings, public_settings, read_settings
from ui.server.settings_table import table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "settings.md"
_ENVIRON = r"(?:os\.)?environ"
_READ = re.compile(rf'{_ENVIRON}(?:\.get|\.pop|\.setdefault)?[(\[]\s*"([A-Z_]+)"|"([A-Z_]+)" (?:not )?in {_ENVIRON}')


def test_the_page_of_settings_is_what_the_declarations_say():
    assert PAGE.read_text(encoding="utf-8") == table() + "\n"


def test_it_names_every_variable_that_the_code_reads():
    files = [ROOT / "app.py", *(path for folder in ("ui", "levitor_core") for path in (ROOT / folder).rglob("*.py"))]
    read = {name for path in files for pair in _READ.findall(path.read_text()) for name in pair if name}
    assert {"HF_ENDPOINT", "SPACE_ID", "TQDM_DISABLE"} <= read and all(f"`{name}`" in table() for name in read)


@pytest.mark.parametrize("name", [item.name for item in fields(ServerSettings) if item.name != "public"])
def test_each_is_read_from_its_variable_over_either_default(name):
    kind = type(getattr(ServerSettings(), name))
    for public in ("0", "1"):
        given = "1" if kind is bool else "7"
        settings = read_settings({"LEVITOR_PUBLIC": public, f"LEVITOR_{name.upper()}": given})
        assert getattr(settings, name) == ((given,) if kind is tuple else kind(given))
        assert settings.public == (public == "1")


@pytest.mark.parametrize("text", ["", "many", "-1", "1e99", "nan", "1,5"])
def test_what_is_no_number_is_refused_by_the_variable_s_name(text):
    with pytest.raises(InputError, match="LEVITOR_RENDERS must be a number"):
        read_settings({"LEVITOR_RENDERS": text})


def test_a_public_server_never_allows_more_and_a_space_is_one():
    local, public = ServerSettings(), public_settings()
    for item in fields(ServerSettings):
        if item.name not in ("public", "memory_mb") and isinstance(item.default, int | float):
            assert getattr(public, item.name) <= getattr(local, item.name), item.name
    space = read_settings({"SPACE_ID": "someone/levitor"})
    assert space.public and space.proxies and space.megapixels == public.megapixels
    assert not read_settings({}).public
