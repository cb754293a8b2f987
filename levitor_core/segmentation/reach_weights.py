"""What each measure of a region around a click counts for, when nothing is picked yet, for a "+" and for a "-".

Fitted to the `tuning` half of `benchmarks/picking.py`, benchmarks/README.md says how.
"""

import numpy as np

_TABLE = {
    "clear with what it joins": (5.00, 10.27, 3.27),
    "clear by itself": (7.78, 1.25, 3.00),
    "clear in Lab": (9.74, 2.69, 3.72),
    "weak outline": (-21.22, -0.00, -8.46),
    "length for its area": (-1.08, -1.94, 0.01),
    "at the picture's border": (3.91, -11.73, 22.85),
    "click in the middle": (11.48, 4.78, 7.94),
    "click far from the middle": (-1.93, 2.39, -0.08),
    "extent": (0.06, -0.91, 0.02),
    "extent, far from usual": (-0.26, 0.21, 0.15),
    "ends before the old outline": (0.00, 1.66, 2.83),
    "deeper than the old outline": (0.00, -3.28, -4.36),
    "depth at the click": (1.54, 1.73, 2.88),
    "round": (18.82, -2.12, 2.63),
    "unlike what is close": (12.61, 4.96, 2.14),
    "unlike what is around": (-6.22, 5.48, 6.63),
    "unlike what it joins": (0.00, -7.44, -6.77),
    "unlike what it leaves": (0.00, 4.29, -0.42),
    "many colours": (6.52, 4.65, -3.84),
    "potential drops behind it": (-0.79, 1.79, 1.37),
}
FIRST, ADD, CUT = np.array(list(_TABLE.values())).T
