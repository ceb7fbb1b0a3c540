"""How long the blocks are that futures are made of: long enough to keep the memory of the past."""

from __future__ import annotations

import math

import numpy as np

from engine.market.series import Floats

FEWEST = 5  # autocorrelations in a row that must be small before the memory is said to have ended


def mean_block(x: Floats) -> float:
    """Mean block length for the stationary bootstrap of a series (n,) that is not constant, in its own steps.

    The automatic choice of Politis and White (Econometric Reviews 23, 2004), corrected by Patton, Politis and
    White (28, 2009): n^(1/3) (G² / g(0)²)^(1/3), where G = Σ h(k/m) |k| R(k) and g(0) = Σ h(k/m) R(k) over the
    lags -m .. m, R is the autocovariance and h the flat-top window min(1, 2 (1 - |x|)). m is twice the lag after
    which ``FEWEST`` (or log10 n) autocorrelations lie within ± 2 √(log10(n) / n); lags and length are bounded.
    What the paper leaves open is chosen as the package ``arch`` chooses it, and a test compares both.
    """
    n = len(x)
    x = x - x.mean()
    row = max(FEWEST, int(math.log10(n)))
    most = math.ceil(math.sqrt(n)) + row
    products = np.array([x[k:] @ x[: n - k] for k in range(most + 1)])
    m = _last_lag(x, products, row)
    k = np.arange(1, m + 1)
    terms = 2.0 * np.minimum(1.0, 2.0 * (1.0 - k / m))
    covariance = products / n
    slope: float = sum((terms * k * covariance[1 : m + 1]).tolist())
    spectrum: float = sum((terms * covariance[1 : m + 1]).tolist(), float(covariance[0]))
    longest = float(math.ceil(min(3.0 * math.sqrt(n), n / 3.0)))
    if spectrum == 0.0:
        return longest
    length: float = (slope**2 / spectrum**2) ** (1 / 3) * n ** (1 / 3)
    return min(length, longest)


def _last_lag(x: Floats, products: Floats, row: int) -> int:
    """m: twice the lag before the first ``row`` small autocorrelations, the largest lag where there are none."""
    n, most = len(x), len(products) - 1
    squares = (x * x).cumsum()
    lags = np.arange(most)
    later, earlier = squares[-1] - squares[lags], squares[n - 2 - lags]  # each a step shorter than its lag
    band = 2.0 * math.sqrt(math.log10(n) / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        small = np.abs(products[:-1]) / np.sqrt(later * earlier) < band
    quiet = np.lib.stride_tricks.sliding_window_view(small, row).all(axis=1)
    return min(2 * max(int(quiet.argmax()), 1), most) if quiet.any() else most
