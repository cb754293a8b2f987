"""Videos with masks -> VideoClip -> ControlSignal: what training and evaluation read (paper section 4.1).

clips           VideoClip, the paper's ablations, and the control signal of a clip
synthetic       a made-up world with true masks and depth: textured objects moving in 3D over photos
                (synthetic_pictures: the photos and their split; _sprites: shapes and colours; _scene: paths)
vos, sav        the DAVIS and YouTube-VOS layouts; SA-V (sav_frames: its val and test sets)
windows         consecutive frames of these, cropped and resized, with their depth: a ClipSource
depth_cache     the depth of every frame, on disk beside the data
preparation     fills that cache: `python -m levitor_core.datasets FOLDER --kind sav --out CACHE`
davis_writing   clips back into the DAVIS layout
"""
