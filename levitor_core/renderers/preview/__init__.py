"""Preview: the photo as a layered scene, its own pixels moved in 3D."""

from levitor_core.renderers.preview.renderer import PreviewRenderer, draw

__all__ = ["PreviewRenderer", "draw"]
