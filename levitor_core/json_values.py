"""JSON from outside, checked before anything in it is looked at."""

import json
import math
from typing import Any

from levitor_core.fields import misfit

MAX_NESTING = 32


def parse(data: bytes) -> dict[str, Any]:
    """UTF-8 JSON with an object at the top, finite numbers and at most 32 levels; raises InputError otherwise."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise misfit("project.json", "whole JSON") from error
    if not isinstance(document, dict):
        raise misfit("project.json", "a group of fields")
    _check_tree(document)
    return document


def _check_tree(document: Any) -> None:
    level = [document]
    for _ in range(MAX_NESTING):
        for value in level:
            if isinstance(value, float) and not math.isfinite(value):
                raise misfit("every number", "finite")
        nested = [value for value in level if isinstance(value, dict | list)]
        level = [item for value in nested for item in (value.values() if isinstance(value, dict) else value)]
    if level:
        raise misfit("project.json", f"nested at most {MAX_NESTING} levels")
