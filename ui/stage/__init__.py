"""The canvas: one gr.HTML component whose document, picture and tools live in the browser (see PROTOCOL.md).

payload     Project -> what the browser needs to draw it
documents   what the browser sends back -> Project; everything in it is checked
modules     the ES modules and the style sheet, as files that Gradio serves
handle      what the page's own scripts may ask of the stage
shelf       the open scenes
stage       the component and its two server functions
"""

from ui.stage.documents import apply_document, restored_project
from ui.stage.payload import scene_payload
from ui.stage.shelf import Shelf
from ui.stage.stage import Stage, cached, uploaded

__all__ = ["Shelf", "Stage", "apply_document", "cached", "restored_project", "scene_payload", "uploaded"]
