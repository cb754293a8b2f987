"""PURE. Means with 95 % bootstrap intervals, and differences of two models on the same scenes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

CONFIDENCE = 0.95
RESAMPLES = 9999
Values = Sequence[float | None]


@dataclass(frozen=True)
class Estimate:
    """A mean, its 95 % bootstrap interval over scenes, and how many scenes it is of."""

    mean: float
    low: float
    high: float
    count: int

    @property
    def differs(self) -> bool:
        """Whether zero lies outside the interval."""
        return not self.low <= 0 <= self.high

    def text(self, digits: int = 2, sign: bool = False) -> str:
        """`mean [low, high]`."""
        form = f"{{:{'+' if sign else ''}.{digits}f}}"
        return f"{form.format(self.mean)} [{form.format(self.low)}, {form.format(self.high)}]"


def estimate(values: Values) -> Estimate:
    """The mean over the scenes that have a value, resampled with a fixed seed; NaN when none has."""
    present = np.array([value for value in values if value is not None], np.float64)
    if not len(present):
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    mean = float(present.mean())
    if len(present) == 1 or np.ptp(present) == 0:
        return Estimate(mean, mean, mean, len(present))
    interval = bootstrap(
        (present,), np.mean, n_resamples=RESAMPLES, confidence_level=CONFIDENCE, method="percentile",
        rng=np.random.default_rng(0), batch=1000,
    ).confidence_interval  # fmt: skip
    return Estimate(mean, float(interval.low), float(interval.high), len(present))


def paired_difference(values: Values, reference: Values) -> Estimate:
    """Mean of value minus reference over the scenes in which both were measured.

    Raises ValueError when the two were not measured on the same number of scenes.
    """
    pairs = zip(values, reference, strict=True)
    return estimate([None if a is None or b is None else a - b for a, b in pairs])
