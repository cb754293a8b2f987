"""Section 4 of the paper: clips and trajectories in, the model's videos out, numbers beside the truth.

    frechet, statistics            PURE   numbers of feature clouds, of scenes
      ^
    sampling       many videos at once through renderers/levitor
    strips         input, control, generated and true video as one picture
      ^
    toy_scenes, toy, toy_report              the toy model on held-out synthetic scenes, and docs/toy-report.md
    protocol, trackers, features, benchmark
                                             the paper's settings on DAVIS-style data: FID, FVD, ObjMC, mask IoU
    anchored_toy                             the toy model held to Preview, and docs/anchoring.md
      ^
    __main__       python -m levitor_core.evaluation

A metric whose network cannot be had is "not measured"; nothing else is ever reported under its name.
"""
