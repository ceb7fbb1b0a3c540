"""How sure a choice is: intervals by hand, no look ahead, chance recognised as chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.studies.grid.paired import is_any_pair_apart, paired_difference
from engine.studies.grid.tuning import (
    confidence_set,
    neighbours,
    reality_check_p_value,
    resampled_best,
    score,
    tune,
    walk_forward,
)
from engine.studies.student import student


@pytest.mark.parametrize(
    ("freedom", "value"),
    [
        (1, 12.706205),
        (2, 4.302653),
        (3, 3.182446),
        (4, 2.776445),
        (10, 2.228139),
        (30, 2.042272),
        (120, 1.97993),
    ],
)
def test_students_quantiles_are_those_of_the_tables(freedom: int, value: float) -> None:
    """Fisher and Yates, two-sided 5 %."""
    assert student(freedom) == pytest.approx(value, abs=1e-6)


def test_a_gap_without_overlap_is_the_paired_t_interval() -> None:
    """Student's sleep data (Biometrika, 1908): difference 1.58, 95 % interval 0.70 to 2.46."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = paired_difference(second, first, 1)
    assert found.mean == pytest.approx(1.58)
    assert found.half_width == pytest.approx(0.8798, abs=1e-4)
    assert found.independent == 10
    assert not found.is_noise


def test_overlap_widens_the_interval() -> None:
    """Each figure three times over is no more knowledge than once."""
    rng = np.random.default_rng(1)
    d = rng.normal(0.1, 1.0, 12)
    plain, repeated = (
        paired_difference(d, np.zeros(12), 1),
        paired_difference(np.repeat(d, 3), np.zeros(36), 3),
    )
    assert repeated.mean == pytest.approx(plain.mean)
    assert repeated.half_width == pytest.approx(plain.half_width)
    assert paired_difference(np.repeat(d, 3), np.zeros(36), 1).half_width < 0.6 * plain.half_width


def test_one_window_tells_nothing() -> None:
    found = paired_difference(np.array([5.0, 6.0]), np.array([0.0, 0.0]), 2)
    assert found.half_width == math.inf
    assert found.is_noise
    assert confidence_set(np.array([[5.0, 6.0], [0.0, 0.0]]), 0, 2).all()


def test_intervals_hold_what_they_promise() -> None:
    """Of 600 pairs that are equally good, about one in twenty looks different; overlapping starts or not."""
    rng = np.random.default_rng(5)
    monthly = rng.normal(size=(600, 24 * 12))
    years = np.lib.stride_tricks.sliding_window_view(monthly, 12, axis=1).sum(axis=2)
    wrong = np.mean([not paired_difference(x, np.zeros(years.shape[1]), 12).is_noise for x in years])
    assert 0.01 < wrong < 0.08


matrices = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(size=(5, 40)))


@settings(max_examples=40, deadline=None)
@given(x=matrices, stride=st.integers(1, 12), at=st.integers(0, 39))
def test_walk_forward_does_not_look_ahead(x: np.ndarray, stride: int, at: int) -> None:
    """A window that shares a day with what is judged, or comes later, changes no earlier choice."""
    changed = x.copy()
    changed[:, at] = np.arange(5)[::-1] * 100.0
    for one, other in zip(walk_forward(x, "median", stride), walk_forward(changed, "median", stride)):
        if at > one.split - stride:
            assert one.chosen == other.chosen
            assert one.before == other.before
        if at not in one.out_of_sample:
            assert np.array_equal(
                score(x[:, one.out_of_sample], "median"), score(changed[:, one.out_of_sample], "median")
            )


def test_folds_judge_each_later_window_once() -> None:
    x = np.random.default_rng(0).normal(size=(4, 100))
    folds = walk_forward(x, "mean", 12)
    assert np.concatenate([fold.out_of_sample for fold in folds]).tolist() == list(range(12, 100))
    assert len(folds) == 5
    assert all(fold.ex_post_best >= fold.after for fold in folds)
    assert walk_forward(x[:, :12], "mean", 12) == []


@pytest.mark.parametrize("statistic", ["median", "mean", "worst", "p5", "p25"])
def test_a_cell_that_is_always_better_is_always_best(statistic: str) -> None:
    x = np.random.default_rng(2).normal(size=(6, 60))
    x[4] += 10.0
    assert (resampled_best(x, statistic, 6, 50) == 4).all()
    found = tune(
        x, x[:1].repeat(6, axis=0), (2, 3), statistic=statistic, horizon=0, windows=np.arange(60), stride=6
    )
    assert found.best == 4
    assert found.confidence_set.sum() == 1
    assert [item.point for item in found.neighbours] == [1, 3, 5]
    assert not any(item.difference.is_noise for item in found.neighbours)
    assert found.reality_check_p_value == 0.0


def test_resamples_are_the_same_each_time() -> None:
    x = np.random.default_rng(2).normal(size=(6, 60))
    assert np.array_equal(resampled_best(x, "median", 6), resampled_best(x, "median", 6))
    assert len(set(resampled_best(x, "median", 6).tolist())) > 1


def test_luck_of_many_equal_cells_is_no_skill() -> None:
    """White's reality check on cells that are no better: the share is spread over 0 to 1, not near 0."""
    rng = np.random.default_rng(9)
    shares = [reality_check_p_value(rng.normal(size=(20, 80)), np.zeros((20, 80)), 4, 100) for _ in range(30)]
    assert 0.3 < np.mean(shares) < 0.7
    assert np.mean(np.array(shares) < 0.05) < 0.2


def test_cells_without_a_figure_are_never_best() -> None:
    x = np.zeros((3, 10))
    x[2] = 5.0
    x[2, 3] = np.nan
    assert score(x, "median")[2] == -np.inf
    assert (resampled_best(x, "median", 2, 20) != 2).all()


def test_neighbours_are_one_step_away() -> None:
    x = np.random.default_rng(2).normal(size=(12, 30))
    cells = [(item.axis, item.point) for item in neighbours(x, 0, (3, 2, 2), 3)]
    assert cells == [(0, 4), (1, 2), (2, 1)]


@pytest.mark.parametrize("stride", [1, 3, 7])
@pytest.mark.parametrize("shift", [0.0, 0.3, 5.0])
def test_any_pair_is_the_test_of_each_pair(stride: int, shift: float) -> None:
    """One product of matrices says what comparing each two points says; the same points are never apart."""
    rng = np.random.default_rng(int(10 * shift) + stride)
    x = rng.normal(size=(9, 23)) + np.where(np.arange(9) == 4, shift, 0.0)[:, None]
    x[7] = x[2]
    each = [not paired_difference(one, other, stride, 36).is_noise for one in x for other in x]
    assert is_any_pair_apart(x, stride) == any(each)
    assert not is_any_pair_apart(np.tile(x[:1], (5, 1)), stride)
    assert not is_any_pair_apart(x, 23)
