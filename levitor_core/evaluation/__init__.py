"""Section 4 of the paper: clips and trajectories in, the model's videos out, numbers beside the truth.

    measures, frechet, statistics, tables    PURE   numbers of videos, of feature clouds, of scenes; Markdown
      ^
    sampling       many videos at once through renderers/levitor
    strips         input, control, generated and true video as one picture
      ^
    toy_scenes, toy, toy_report              the toy model on held-out synthetic scenes, and docs/toy-report.md
    protocol, trackers, features, adherence, benchmark
                                             the paper's settings on DAVIS-style data: FID, FVD, ObjMC, mask IoU
      ^
    __main__       python -m levitor_core.evaluation

A metric whose network cannot be had is "not measured"; nothing else is ever reported under its name.
"""
