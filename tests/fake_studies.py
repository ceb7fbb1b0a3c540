"""Made-up studies with the shapes of real ones, for tests of their pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.market.panel import Provenance
from engine.messages import message
from engine.report.models import (
    Axis,
    BootstrapStudy,
    Measure,
    Pair,
    PairedEstimate,
    Ranked,
    SweepStudy,
    WindowsStudy,
)
from engine.studies.claims.claim_documents import Claims, ReturnClaim
from engine.studies.claims.results import ClaimsResult, Judgement, Verdict

MANIFEST = {
    "data": [
        {
            "symbol": "VOO",
            "source": "sample",
            "sha256": "ab" * 32,
            "first": "2001-01-02",
            "last": "2025-12-30",
            "is_sample": True,
        }
    ],
    "flags": {
        "sample": True,
        "counterfactual": ["Today's NISA (from 2024) is applied to the years 2001 to 2023."],
    },
}
XIRR = Measure("xirr", "XIRR", "percent", "max")
FALL = Measure("max_drawdown", "Max drawdown", "percent", "max")
FINAL = Measure("final_value", "Final value", "money", "max")
TIMES = Measure("value_to_contributed", "Value / paid in", "times", "max")


def fake_sweep(axes: int = 3) -> SweepStudy:
    """31 weights x 2 satellites x 4 horizons (or the first ``axes`` of them), smooth with a flat top."""
    rng = np.random.default_rng(5)
    every = (
        Axis(
            "strategy.allocation.satellite_weight",
            "Satellite weight",
            tuple(i / 100 for i in range(31)),
            "weight",
        ),
        Axis("strategy.allocation.satellite", "Satellite", ("IWM", "IJR")),
        Axis("horizon", "Horizon", (5, 10, 15, 20), "count"),
    )[:axes]
    sizes = tuple(len(axis.values) for axis in every)
    grid = np.meshgrid(*(np.arange(size) for size in sizes), indexing="ij")
    weight = grid[0] / 100
    extra = 0.004 * grid[1] if axes > 1 else 0.0
    horizon = grid[2] if axes > 2 else np.ones(sizes)
    middle = (
        0.072
        + extra * weight * 8
        + 0.06 * weight
        - 0.16 * weight**2
        + 0.001 * horizon
        + rng.normal(0, 1e-4, sizes)
    )
    spread = (0.06 - 0.01 * horizon) * (1 + weight)
    statistics = ("median", "p5", "p25", "p75", "p95", "worst")
    steps = (0.0, -1.6, -0.7, 0.7, 1.6, -2.3)
    fall = -(0.38 + 0.12 * weight - 0.02 * horizon + 0.01 * np.asarray(extra) * 10)
    final = 12e6 * (1 + middle) ** (5 * (1 + horizon))
    values = np.array(
        [
            [middle + spread * step for step in steps],
            [fall * (1 - 0.1 * step) for step in steps],
            [final * np.exp(0.25 * step) for step in steps],
        ]
    )
    best = np.unravel_index(np.argsort(middle, axis=None)[::-1], sizes)
    ranking = tuple(Ranked(tuple(int(i[k]) for i in best), float(middle.flat[0] + 0)) for k in range(12))
    ranking = tuple(Ranked(item.cell, float(middle[item.cell])) for item in ranking)
    return SweepStudy(
        name="allocation",
        description="0 to 30 % small caps, IWM or IJR, every start month",
        axes=every,
        measures=(XIRR, FALL, FINAL),
        statistics=statistics,
        values=values,
        windows=np.full(sizes, 241.0) - 60 * horizon,
        independent=np.maximum(1.0, 5 - horizon),
        beat_core=np.clip(0.45 + weight, 0, 1),
        below_principal=np.clip(0.12 - 0.03 * horizon, 0, 1),
        risk="max_drawdown",
        reward="xirr",
        objective="xirr",
        ranking=ranking,
        plateau=middle > middle.max() - 0.002,
        findings=(
            "Chosen on 2001 to 2013, it ranks 9th of 248 on 2014 to 2025.",
            "The difference between 12 % and 18 % is noise.",
        ),
        statements=("Every start month from 2001-01.", "Idle cash earns nothing."),
        manifest=MANIFEST,
    )


def fake_windows(names: tuple[str, ...] = ("Lump sum", "Spread over 12 months")) -> WindowsStudy:
    """Two strategies, 252 starts, two horizons; starts about 2000 and 2007 fail."""
    starts = np.arange("1999-01", "2020-01", dtype="datetime64[M]")
    rng = np.random.default_rng(11)
    t = np.arange(len(starts)) / 12
    wave = 0.55 * np.sin((t - 3.6) / 7.4 * 2 * np.pi) + np.cumsum(rng.normal(0, 0.02, len(t)))
    ratio = np.empty((2, 2, len(starts)))
    for h, level in enumerate((1.45, 2.3)):
        ratio[0, h] = level * np.exp(0.8 * wave)
        ratio[1, h] = level * 0.97 * np.exp(0.68 * wave + rng.normal(0, 0.01, len(t)))
    ratio[:, 1, -60:] = np.nan
    yearly = ratio ** (1 / np.array([10.0, 15.0]))[None, :, None] - 1
    return WindowsStudy(
        name="windfall",
        description="¥12,000,000 at once, or spread over 12 months",
        strategies=names,
        starts=starts,
        horizons=(120, 180),
        measures=(TIMES, XIRR),
        outcome=np.stack([ratio, yearly]),
        independent=np.array([2, 1]),
        pairs=(Pair(0, 1),),
        statements=("Split over 12 months; idle cash earns 0 %.", "In yen, every start month."),
        references=("The 12-month split of a 10-year holding is Vanguard's design.",),
        manifest=MANIFEST,
    )


def fake_bootstrap() -> BootstrapStudy:
    """Two strategies, thirty years, lognormal fans."""
    years = np.arange(0, 361) / 12
    paid = 100_000.0 * (np.arange(361) + 1)
    percentiles = (5.0, 25.0, 50.0, 75.0, 95.0)
    z = np.array([-1.645, -0.674, 0.0, 0.674, 1.645])
    quantiles = np.linspace(0.005, 0.995, 100)
    from statistics import NormalDist

    zq = np.array([NormalDist().inv_cdf(q) for q in quantiles])
    fan = np.array(
        [
            [paid * np.exp(mu * years + sd * np.sqrt(years) * k) for k in z]
            for mu, sd in ((0.034, 0.1), (0.036, 0.11))
        ]
    )
    final = np.array(
        [paid[-1] * np.exp(mu * 30 + sd * np.sqrt(30) * zq) for mu, sd in ((0.034, 0.1), (0.036, 0.11))]
    )
    return BootstrapStudy(
        name="satellite10, futures",
        description="¥100,000 a month for 30 years",
        strategies=("Core alone", "Satellite 10 %"),
        years=years,
        contributed=paid,
        percentiles=percentiles,
        fan=fan,
        quantiles=quantiles,
        final=final,
        below_principal=np.array([0.031, 0.036]),
        shortfall=np.array([0.14, 0.15]),
        paths=10_000,
        block_length=24.3,
        seed=7,
        paired=(
            PairedEstimate(0, 1, XIRR, 0.0011, -0.0007, 0.0029, 0.61),
            PairedEstimate(0, 1, FALL, -0.012, -0.015, -0.009, 0.2),
        ),
        statements=("Drawn jointly for all assets and the yen.",),
        manifest=MANIFEST,
    )


def fake_claims(text: str = "") -> ClaimsResult:
    """One verdict of each kind; ``text`` in the place of every text of a person's or a provider's."""
    dates = {"first": "2013-12-31", "last": "2023-12-29", "source": text or "csv:IWM.csv"}

    def claim(said: str, total: float) -> ReturnClaim:
        return ReturnClaim.model_construct(
            type="return", text=text or said, symbol=text or "IWM", total=total, per_year=None
        )

    verdicts = (
        Verdict(
            claim("+90 % (6.6 % a year)", 0.9), Judgement.CLOSE, message("measured {total}", total="+98.9 %")
        ),
        Verdict(
            claim("+120 % (8.2 % a year)", 1.2),
            Judgement.HOLDS,
            message("measured {total}", total="+128.5 %"),
        ),
        Verdict(
            claim("+18 % (3.3 % a year)", 0.18), Judgement.DOES_NOT_HOLD, message(text or "measured +60.1 %")
        ),
        Verdict(claim("a good deal", 2.0), Judgement.CANNOT_BE_CHECKED, message("No flows after 2019-03.")),
    )
    verdicts = (*(replace(item, **dates) for item in verdicts[:3]), verdicts[3])
    document = Claims.model_construct(
        name=text or "article",
        title=text or "An article on US small caps, September 2025",
        currency="USD",
        claims=tuple(item.claim for item in verdicts),
    )
    data = Provenance("VOO", "sample", "ab" * 32, "2001-01-02", "2025-12-30", is_sample=True)
    return ClaimsResult(document, verdicts, (data,), True)
