"""The page's looks in one place: a few colours, light and dark, as CSS variables that theme, page and stage share."""

import inspect
from pathlib import Path

from gradio import themes
from gradio.themes.utils.fonts import Font

LIGHT = {
    "bg": "#f5f4f1",
    "surface": "#ffffff",
    "sunken": "#ecebe6",
    "ink": "#1b1d1f",
    "muted": "#5b5f66",
    "line": "#dddbd4",
    "accent": "#0f766e",
    "accent-hover": "#0b5f59",
    "accent-ink": "#ffffff",
    "accent-soft": "#e0f0ee",
    "warn": "#8a4b08",
    "warn-soft": "#fbeedb",
    "danger": "#b42318",
}
DARK = {
    "bg": "#131517",
    "surface": "#1b1e21",
    "sunken": "#24282c",
    "ink": "#eceae6",
    "muted": "#a6aab1",
    "line": "#30353a",
    "accent": "#57c9bd",
    "accent-hover": "#7bd8ce",
    "accent-ink": "#06211e",
    "accent-soft": "#17312e",
    "warn": "#f0b775",
    "warn-soft": "#35281a",
    "danger": "#f28b82",
}
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

# Gradio's names for what each of our colours paints; the variables themselves know light from dark.
_PAINTED = {
    "bg": ("body_background_fill",),
    "surface": (
        "background_fill_primary",
        "block_background_fill",
        "button_secondary_background_fill",
        "checkbox_label_background_fill",
        "input_background_fill",
        "panel_background_fill",
        "checkbox_background_color",
    ),
    "sunken": (
        "background_fill_secondary",
        "button_secondary_background_fill_hover",
        "checkbox_label_background_fill_hover",
        "button_cancel_background_fill",
        "block_label_background_fill",
    ),
    "ink": (
        "body_text_color",
        "block_title_text_color",
        "button_secondary_text_color",
        "button_secondary_text_color_hover",
        "checkbox_label_text_color",
    ),
    "muted": (
        "body_text_color_subdued",
        "block_info_text_color",
        "block_label_text_color",
        "input_placeholder_color",
    ),
    "line": (
        "border_color_primary",
        "block_border_color",
        "input_border_color",
        "checkbox_border_color",
        "checkbox_label_border_color",
        "button_secondary_border_color",
        "button_cancel_border_color",
    ),
    "accent": (
        "color_accent",
        "border_color_accent",
        "input_border_color_focus",
        "button_primary_background_fill",
        "button_primary_border_color",
        "checkbox_background_color_selected",
        "checkbox_border_color_selected",
        "checkbox_label_border_color_selected",
        "slider_color",
        "loader_color",
        "link_text_color",
    ),
    "accent-hover": (
        "button_primary_background_fill_hover",
        "button_primary_border_color_hover",
        "button_secondary_border_color_hover",
        "link_text_color_hover",
    ),
    "accent-ink": ("button_primary_text_color", "button_primary_text_color_hover"),
    "accent-soft": ("color_accent_soft", "checkbox_label_background_fill_selected"),
    "danger": ("button_cancel_text_color", "button_cancel_text_color_hover"),
}


def theme() -> themes.Base:
    """Gradio's theme from our variables; system fonts only, so that the page asks no other host for anything."""
    sans, mono = [Font(name) for name in SANS], [Font(name) for name in MONO]
    base = themes.Base(radius_size=themes.sizes.radius_md, font=sans, font_mono=mono)
    known = inspect.signature(base.set).parameters
    modes = {
        slot + mode: f"var(--lv-{ours})" for ours, slots in _PAINTED.items() for slot in slots for mode in ("", "_dark")
    }
    painted = {slot: colour for slot, colour in modes.items() if slot in known}
    plain = {
        "block_shadow": "none",
        "block_border_width": "0px",
        "block_label_border_width": "0px",
        "checkbox_label_text_color_selected": "var(--lv-ink)",
        "checkbox_label_text_color_selected_dark": "var(--lv-ink)",
        "input_border_width": "1px",
        "button_border_width": "1px",
        "layout_gap": "14px",
        "block_title_text_weight": "600",
        "block_title_text_size": "13px",
        "block_info_text_size": "12px",
    }
    return base.set(**painted, **plain)


def colours() -> str:
    """The variables, light and dark."""
    return _block(":root", LIGHT) + _block(".dark", DARK)


def css() -> str:
    """The variables, then the page's own rules."""
    return colours() + (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def _block(selector: str, colours: dict[str, str]) -> str:
    return selector + "{" + "".join(f"--lv-{name}:{value};" for name, value in colours.items()) + "}\n"
