"""The stage in a Gradio page of its own, on the tests' scene: `python -m tests.browser.stage_app PORT`."""

import sys

import gradio as gr

from levitor_core.structures import Project
from tests.browser.stage_scene import InstanceSegmenter, balloon_scene
from ui.stage import Shelf, Stage, apply_document, cached, scene_payload


def build() -> gr.Blocks:
    """A button that loads the scene, the stage, and what the server made of the last edit."""
    project, shelf = balloon_scene(), Shelf()
    shelf.put(project)

    def edited(work: Project, event: gr.EventData):
        work = apply_document(work, event._data["document"])
        return work, ", ".join(f"{item.name}: {len(item.waypoints)}" for item in work.objects)

    with gr.Blocks() as page:
        work = gr.State(project)
        load = gr.Button("Load")
        told = gr.Textbox(label="Told")
        stage = Stage(InstanceSegmenter(), shelf)
        load.click(lambda: gr.update(scene=scene_payload(project, cached)), None, stage)
        stage.edited(edited, work, [work, told], show_progress="hidden")
    return page


if __name__ == "__main__":
    build().launch(server_port=int(sys.argv[1]), quiet=True)
