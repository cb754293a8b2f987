"""PURE. Sampling held to Preview: down to its own noise level, every place of a video model's latents is Preview's.

    Animation, RenderedMasks -> `uncovered` -> `clocks` (how long each latent is held) -> `anchor` (in the sampling)

After Time-to-Move (arXiv 2511.08633), with one release for every place instead of two for all. A release is a moment
of the schedule, never a blend: a blend of two noisy latents loses variance. `schedules` says at which noise level it
comes, whatever the number of steps; `guide` is all of this as one value. `windows` cuts what is longer than a model
makes at once; each window is held to the last frames before it besides.
"""
