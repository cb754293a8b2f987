"""The canvas: one gr.HTML component whose document, picture and tools live in the browser (see PROTOCOL.md).

payload     Project -> what the browser needs to draw it
documents   what the browser sends back -> Project; everything in it is checked
photos      the open photos, without anybody's work
modules     the ES modules and the style sheet, as files that Gradio serves
handle      what the page's own scripts may ask of the stage
stage       the component and its server functions
"""

from ui.stage.documents import apply_document
from ui.stage.payload import pictures, scene_payload
from ui.stage.photos import OpenPhotos
from ui.stage.stage import Stage, find_upload, put_in_cache

__all__ = ["OpenPhotos", "Stage", "apply_document", "find_upload", "pictures", "put_in_cache", "scene_payload"]
