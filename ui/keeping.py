"""How long the server keeps things, said at the foot of the page, and a button that deletes them at once."""

import html

import gradio as gr

from levitor_core.engine import ModelStatus
from levitor_core.version import VERSION
from ui.handlers import PRIVATE
from ui.server.service import Service
from ui.server.visitors import client_of

SURE = "() => [window.confirm('Delete your photos, paths and videos, here and on the server?')]"
CLEAN_BROWSER = """(sure) => {
  if (!sure) return;
  sessionStorage.clear();
  indexedDB.deleteDatabase("levitor");
  location.reload();
}"""


def sentence(service: Service) -> str:
    """What people are told."""
    closed, longest = _in_words(service.settings.keep_closed_s), _in_words(service.settings.keep_h * 3600)
    return (
        f"What you open or make here is deleted from the server {closed} after you close the page, and every file"
        f" after {longest} at the latest."
    )


def about(service: Service, models: tuple[ModelStatus, ...] = ()) -> str:
    """The foot of the page: how long things are kept, whom to write to, what this is and what it runs."""
    contact = service.settings.contact
    lines = [sentence(service), f"Report what should not be here to {contact}." if contact else ""]
    lines += [", ".join([f"LeviTor {VERSION}", *(f"{model.purpose}: {model.name}" for model in models)])]
    return f"<small>{'<br>'.join(html.escape(line) for line in lines if line)}</small>"


def lay_out(service: Service) -> tuple[gr.Button, gr.HTML]:
    """Make the widgets."""
    with gr.Row(elem_id="keeping"):
        foot = gr.HTML(about(service), padding=False, elem_id="foot")
        button = gr.Button("Delete my work", size="sm", variant="stop", scale=0, min_width=140, elem_id="delete-work")
    return button, foot


def wire(button: gr.Button, service: Service) -> None:
    """Bind the button, and the same as a call: `/delete`."""
    sure = gr.Checkbox(visible=False)

    def pressed(sure: bool, request: gr.Request) -> None:
        if sure:
            forget(request)

    def forget(request: gr.Request) -> str:
        """Delete what you have on the server, but for other open pages: uploads, results, what was made of them."""
        service.forget_client(client_of(request), request.session_hash or "")
        return "Your work is deleted."

    button.click(None, None, sure, js=SURE, api_visibility=PRIVATE).then(
        pressed, sure, None, api_visibility=PRIVATE
    ).success(None, sure, None, js=CLEAN_BROWSER, api_visibility=PRIVATE)
    gr.api(forget, api_name="delete")  # pyright: ignore[reportPrivateImportUsage]


def _in_words(seconds: float) -> str:
    for unit, length in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            number = round(seconds / length)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "a moment"
