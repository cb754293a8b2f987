"""LeviTor: one photo, clicked objects and their 3D paths in; a video out (arXiv 2412.15214).

An import never runs against the arrows, from room to room (`tests/test_arrows.py`); `ui` and `cli` see the engine and
the values only. A name with a slash is a room, a folder with its own parts.

    document (by fields), structures, errors, monitor      what a person edits, with its limits; the values that stages
                                                           pass on; progress
      ^
    PURE   motion/         where everything is in every frame:
             geometry      depth, displacement, camera: one pixel there and back
             trajectory    waypoints -> Trajectory3D, camera keys -> CameraTrack
             masks         picked objects over automatic masks -> one label map
             neighbourhood a mask's surroundings
             mending       depth brushed nearer, farther, level or smooth
             relief        depth tamed, snapped to masks, edited; what carries an object
             cut_sides     where the photo's edge cuts an object off, and how that side ends in view
             background    the hole a moved object leaves
             animation     Project -> Animation: all of the above, decided once
             rasterising   points -> z-buffer (torch, or PyTorch3D on CUDA)
             rendering     Animation -> RenderedMasks
             tracks        points of an object in every frame (path_fitting: and back to a path)
             preflight     what is likely to disappoint in a motion
      ^
           control/        RenderedMasks -> ControlPoints (k-means) -> ControlSignal, the ControlNet's input;
                           `steering`: Project -> masks and points, for everyone who asks
           anchoring/      Preview -> release levels of the noise, reference latents: sampling held to Preview
                           (`windows`: clips longer than a model makes at once)
      ^
    MODELS segmentation/   photo + clicks -> masks: SAM, or a quick picker, which also answers while SAM still reads a
                           photo (`encodings`); refined by clicks, tools (`mask_tools`) and `cast_shadow`
           depth/          photo -> disparity: Depth Anything V2, or a ground plane
           renderers/      Project -> Clip: preview/ (layers in colour), levitor/ (SVD + ControlNet, of the
                           released weights or of the toy's in checkpoints/toy; SVD alone; speed/: what
                           makes it quicker on CUDA), wan/ (Wan2.2); `attempts`: leaner where memory runs out
      ^
    FILES  files/          what comes from disk and goes there:
             photo         hostile uploads -> arrays, and the one framing they share (image_files, image_mending,
                           image_bytes and image_colours decode them; map_values checks what Python and files give)
             project_file  NAME.levitor, saved, opened and changed (project_layout: its document, project_pictures:
                           its arrays, safe_zip: the archive)
             video_io      MP4, GIF, the control drawn over a video (credentials: signed, where a host wants that)
             track_files   points that other tools tracked (npy_files: numbers that numpy saved)
           checkpoints/    which weights are here (table), whether they are whole (verification), where to get the
                           others (hosts, downloads)
      ^
    adherence/             Project, video -> how well it followed the paths, beside Preview's own figures
      ^
    provenance             what a finished video says of itself: its making and its licences
      ^
    exporting/             Project -> folders that other tools read; one module a format
      ^
    editing                every change a person can make to a project
    inspection             what a host's own check is shown
    readers                which of the models read a photo here, and why
    timing                 how long a video will take
    engine                 holds the models, composes the stages, nothing else
      ^
    serving/               videos made by other processes, one a GPU, or by a Ray cluster
      ^
    cli/                   the engine from a shell         ui/  the engine as a page         app.py  wires it
                           (ui/stage/ picks and moves in the browser, on a document that becomes the Project;
                           ui/server/ limits, queues and cleans up for a page that strangers use)

Beside the app, which imports none of it; all three over renderers/levitor's networks or the pure stages above:

    datasets/              true and synthetic videos -> VideoClip -> ControlSignal
      ^
    training/              VideoClip -> weights in the released layout (`python -m levitor_core.training CONFIG`)
    evaluation/            weights -> videos -> the paper's tables, section 4; the toy model's report

The path of a job: photo -> Scene -> SceneObject, Waypoint, CameraMove -> Project -> Animation -> RenderedMasks
-> ControlPoints -> ControlSignal -> Clip. At the bottom, for everyone: whole_files (files that appear whole or not at
all), leftovers (what killed processes left), stop_signals, json_values, hub_address, devices (which one computes),
tables (as Markdown), version.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: its spinning threads starve a busy machine

from levitor_core import hub_address as hub_address
