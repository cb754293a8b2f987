"""The Frechet distance against closed forms; intervals against what they must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levitor_core.errors import InputError
from levitor_core.evaluation.frechet import frechet_distance
from levitor_core.evaluation.statistics import estimate, paired_difference
from levitor_core.tables import markdown_table


def cloud(seed=0, n=200, dims=6):
    return np.random.default_rng(seed).normal(size=(n, dims)) @ np.diag(np.arange(1, dims + 1))


@given(st.integers(0, 20), st.floats(-3, 3), st.floats(0.1, 4))
def test_frechet_of_a_shifted_and_scaled_cloud(seed, shift, scale):
    """d^2 = |m1 - m2|^2 + sum (s1 - s2)^2 where both covariances share their axes."""
    first = cloud(seed)
    second = first * scale + shift
    means = np.sum((first.mean(axis=0) * (1 - scale) - shift) ** 2)
    spread = (1 - scale) ** 2 * first.var(axis=0, ddof=1).sum()
    assert frechet_distance(first, second) == pytest.approx(means + spread, rel=1e-6, abs=1e-6)


def test_frechet_agrees_with_the_matrix_root():
    from scipy.linalg import sqrtm

    first, second = cloud(1), cloud(2) + 0.5
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    mean = first.mean(axis=0) - second.mean(axis=0)
    slow = mean @ mean + np.trace(c1 + c2 - 2 * np.real(sqrtm(c1 @ c2)))
    assert frechet_distance(first, second) == pytest.approx(slow, rel=1e-8)


def test_frechet_is_symmetric_zero_at_home_and_takes_fewer_samples_than_dimensions():
    first, second = cloud(1, n=5, dims=40), cloud(2, n=7, dims=40)
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(first, second) == pytest.approx(frechet_distance(second, first))
    with pytest.raises(InputError, match="at least two samples"):
        frechet_distance(first[:1], second)


def test_an_interval_holds_its_mean_and_narrows_with_scenes():
    values = np.random.default_rng(0).normal(3, 1, 400).tolist()
    few, many = estimate(values[:25]), estimate(values)
    for item in (few, many):
        assert item.low < item.mean < item.high
    assert many.high - many.low < (few.high - few.low) / 2
    assert many.high - many.low == pytest.approx(2 * 1.96 / 20, rel=0.15)


def test_pairs_see_a_difference_that_levels_hide():
    base = np.random.default_rng(0).normal(0, 10, 60)
    other = base + 0.5 + np.random.default_rng(1).normal(0, 0.1, 60)
    assert paired_difference(other.tolist(), base.tolist()).differs
    assert estimate(base.tolist()).low < estimate(other.tolist()).mean


def test_missing_values_leave_their_pair_out():
    assert paired_difference([1.0, None, 3.0], [0.0, 5.0, None]).count == 1
    assert np.isnan(estimate([None, None]).mean)
    with pytest.raises(ValueError, match="zip"):
        paired_difference([1.0], [1.0, 2.0])


def test_tables_have_a_cell_for_every_title():
    table = markdown_table(("a", "b"), [("1|2", "x\ny")])
    assert table.splitlines() == ["| a | b |", "| --- | --- |", "| 1\\|2 | x y |"]
