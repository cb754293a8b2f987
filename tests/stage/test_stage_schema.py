"""The document's schema is stated once: what JavaScript reads is made from it."""

import re
from pathlib import Path

from levitor_core.document import CameraKey, SceneObject, Waypoint
from levitor_core.fields import settings_of, write_part
from levitor_core.renderers import all_settings, entries
from ui.stage.schema import FILE, javascript


def test_the_generated_module_is_that_of_the_schema():
    assert FILE.read_text(encoding="utf-8") == javascript(), "run `python -m ui.stage.schema`"


def test_no_other_module_of_the_stage_states_a_limit():
    stated = re.compile(r"^export const (?:MAX_(?:OBJECTS|WAYPOINTS|SCENERY|NAME|CAMERA_KEYS)|COLOURS) ", re.M)
    modules = [path for path in Path(FILE).parent.rglob("*.js") if path != FILE]
    assert modules and not [path.name for path in modules if stated.search(path.read_text(encoding="utf-8"))]


def test_every_setting_has_a_label_help_and_a_range_or_a_choice():
    for setting in all_settings().values():
        assert setting.label and setting.help.endswith(".")
        assert setting.between or setting.widget or setting.name == "renderer"
    for entry in entries():
        assert {setting.name for setting in settings_of(entry.settings)} == entry.own_names


def test_parts_write_what_they_were_made_of():
    point = Waypoint(3, 4, extra={"grip": 1})
    assert write_part(point) == {
        "grip": 1, "x": 3.0, "y": 4.0, "nearness": "same", "time": None, "size": 1.0, "rotation": 0.0,
    }  # fmt: skip
    assert write_part(CameraKey(0.5)) == {"time": 0.5, "pan": [0.0, 0.0], "zoom": 1.0, "push": 0.0}
    assert SceneObject.__name__ in FILE.read_text(encoding="utf-8")
