"""Every text of the page stands out from what is behind it (WCAG 2.2, AA: 4.5 to 1)."""

import pytest

from ui.theme import DARK, LIGHT

PAIRS = [
    *((text, ground) for text in ("ink", "muted") for ground in ("bg", "surface", "sunken")),
    *(("accent", ground) for ground in ("bg", "surface", "accent-soft")),
    *(("accent-ink", ground) for ground in ("accent", "accent-hover")),
    ("warn", "warn-soft"),
    ("danger", "surface"),
]


def luminance(colour):
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_contrast(colours, text, ground):
    dark, light = sorted((luminance(colours[text]), luminance(colours[ground])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
