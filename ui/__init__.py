"""The page: gradio and numpy, never torch; it talks to one `levitor_core.engine.Engine`."""
