"""What the page's own scripts ask of the stage: the methods of `window.levitorStage` and nothing beyond them.

They are declared, with what they do, as `PageHandle` in js/gradio.js.
"""

from collections.abc import Iterable

_HANDLE = "window.levitorStage"

DOCUMENT = f"async (document, ...rest) => [await {_HANDLE}?.work() ?? null, ...rest]"
_START_LIMIT_S = 60  # a stage that cannot start says so on the page, and the tab goes without a name
TAB = f"""async () => {{
  const deadline = performance.now() + {1000 * _START_LIMIT_S};
  while (!{_HANDLE} && performance.now() < deadline) await new Promise((done) => setTimeout(done, 50));
  return [{_HANDLE}?.tab ?? "", Boolean(await {_HANDLE}?.keepsWork())];
}}"""


def on_stage(call: str) -> str:
    """The script of an event that only calls a method."""
    return f"() => (void {_HANDLE}?.{call}, [])"


def set_setting(name: str) -> str:
    """The script of a settings widget that was changed by hand."""
    return f"(value) => (void {_HANDLE}?.setSetting({name!r}, value), [])"


def settings_to_show(names: Iterable[str]) -> str:
    """The script that brings the settings' widgets up to date, in that order, those that are staying untouched, and
    tells the page's style which renderer is in use."""
    used = f"document.documentElement.dataset.renderer = {_HANDLE}.rendererInUse()"
    return f"() => ({used}, {_HANDLE}.settingsToShow({list(names)!r}))"
