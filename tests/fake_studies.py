"""Made-up studies with the shapes of real ones, for tests of their pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from engine.config import load_config
from engine.market.series import ONE_DAY, ONE_MONTH, Provenance
from engine.messages import message
from engine.metrics import METRICS, below_principal
from engine.studies.bootstrap.results import Bootstrap
from engine.studies.claims.claim_documents import Claims, ReturnClaim
from engine.studies.claims.results import ClaimsResult, Judgement, Verdict
from engine.studies.flows.months import REACH, FundMonths
from engine.studies.flows.results import FlowStudy
from engine.studies.flows.study import study_fund
from engine.studies.grid.axes import Axis
from engine.studies.grid.chunk_store import ChunkStore
from engine.studies.grid.documents import Objective
from engine.studies.grid.paired import PairedDifference
from engine.studies.grid.points import GridPoints
from engine.studies.grid.results import OUTCOMES, Paired, SweepResult, WindowsResult
from engine.studies.grid.statistics import MEASURES, STATISTICS, Summary, statistics
from engine.studies.grid.study import Plan, Study
from engine.studies.grid.tuning import Tuning
from engine.studies.grid.window_grid import Window, WindowGrid
from tests.person import CONFIGS

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

WEIGHT, SATELLITE = "strategy.allocation.satellite_weight", "strategy.allocation.satellite"


def plan_of(kind: str, name: str, description: str, axes: tuple[Axis, ...], grid: WindowGrid) -> Plan:
    """A plan that nobody will simulate."""
    base = load_config(CONFIGS / "satellite10.yaml")
    nothing = np.zeros(int(np.prod([len(axis.values) for axis in axes])), np.int64)
    points = GridPoints(axes, (base,), (base,), nothing, nothing)
    return Plan(kind, name, description, base, points, grid, SimpleNamespace(panels=()), "")  # type: ignore[arg-type]


def changed(result: Any, plan: Any = (), summary: Any = (), **own: Any) -> Any:
    """A result with other parts; ``plan`` and ``summary`` are what changes in those."""
    if plan:
        own["study"] = replace(result.study, plan=replace(result.plan, **plan))
    if summary:
        own["summary"] = replace(result.summary, **summary)
    return replace(result, **own)


def fake_sweep(
    count: int = 3, satellites: tuple[str, str] = ("IWM", "IJR"), key: str = SATELLITE
) -> SweepResult:
    """31 weights x 2 satellites x 4 horizons (or the first ``count`` of these), smooth with a flat top."""
    rng = np.random.default_rng(5)
    horizons = (5, 10, 15, 20) if count > 2 else ()
    axes = (Axis(WEIGHT, tuple(i / 100 for i in range(31))), Axis(key, satellites))[:count]
    every = (*axes, *([Axis("horizon", horizons)] if horizons else []))
    sizes = tuple(len(axis.values) for axis in every)
    grid = np.meshgrid(*(np.arange(size) for size in sizes), indexing="ij")
    weight = grid[0] / 100
    extra = 0.004 * grid[1] if count > 1 else 0.0
    horizon = grid[2] if count > 2 else np.ones(sizes)
    hill = 0.072 + extra * weight * 8 + 0.06 * weight - 0.16 * weight**2 + 0.001 * horizon
    middle = hill + rng.normal(0, 1e-4, sizes)
    spread = (0.06 - 0.01 * horizon) * (1 + weight)
    steps = (0.0, -1.6, -0.7, 0.7, 1.6, -2.3)
    final = 12e6 * (1 + middle) ** (5 * (1 + horizon))
    fall = -(0.38 + 0.12 * weight - 0.02 * horizon + 0.01 * np.asarray(extra) * 10)
    figures = {
        "xirr": [middle + spread * step for step in steps],
        "max_drawdown": [fall * (1 - 0.1 * step) for step in steps],
        "final_value": [final * np.exp(0.25 * step) for step in steps],
        "volatility": [0.15 + 0.1 * weight - 0.002 * horizon + 0.01 * step for step in steps],
    }
    windows = (241 - 60 * horizon).astype(np.int64)
    summary = Summary(
        axes=every,
        values=np.array([figures.get(name, figures["xirr"]) for name in MEASURES]),
        noise=np.full((len(MEASURES), max(1, len(horizons))), 0.002),
        known=np.broadcast_to(windows, (len(MEASURES), *sizes)).copy(),
        columns={
            "windows": windows,
            "independent": np.maximum(1, 5 - horizon).astype(np.int64),
            "beat_core": np.clip(0.45 + weight, 0, 1),
            "below_principal": np.clip(0.12 - 0.03 * horizon, 0, 1),
        },
        ran_out=np.empty(0, dtype=object),
    )
    scores = (middle[..., -1] if horizons else middle).ravel()
    tuning = Tuning(
        horizon=max(0, len(horizons) - 1),
        windows=np.arange(3),
        stride=1,
        independent=3,
        order=np.argsort(-scores, kind="stable"),
        scores=scores,
        confidence_set=scores > scores.max() - 0.002,
        folds=(),
        resampled=np.zeros(1, np.int64),
        neighbours=(),
        reality_check_p_value=0.5,
        x=scores[:, None] + rng.normal(0, 5e-4, (len(scores), 3)),
        core=np.zeros((len(scores), 3)),
    )
    plan = plan_of(
        "sweep",
        "allocation",
        "0 to 30 % small caps, IWM or IJR, every start month",
        axes,
        WindowGrid((), horizons, 1),
    )
    return SweepResult(
        study=Study(plan, Path("results/allocation"), ChunkStore(Path(), (), ())),
        summary=summary,
        objective=Objective(measure="xirr"),
        tuning=tuning,
        manifest=MANIFEST,
        statements=(message("Every start month from 2001-01."), message("Idle cash earns nothing.")),
        findings=(
            message("Chosen on 2001 to 2013, it ranks 9th of 248 on 2014 to 2025."),
            message("The difference between 12 % and 18 % is noise."),
        ),
    )


def fake_windows(names: tuple[str, ...] = ("Lump sum", "Spread over 12 months")) -> WindowsResult:
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
    outcome = {name: np.full_like(ratio, np.nan) for name in OUTCOMES}
    outcome |= {
        "value_to_contributed": ratio,
        "xirr": ratio ** (1 / np.array([10.0, 15.0]))[None, :, None] - 1,
        "final_value": 12e6 * ratio,
        "withdrawn": np.full_like(ratio, 1e6),
        "unpaid": np.zeros_like(ratio),
    }
    flat = [outcome.get(name, outcome["xirr"]).reshape(4, -1) for name in MEASURES]
    count = np.isfinite(ratio).sum(axis=2)
    axis, horizon = Axis("strategy", names), Axis("horizon", (10, 15))
    summary = Summary(
        axes=(axis, horizon),
        values=np.array(
            [statistics(values, METRICS[name].better) for name, values in zip(MEASURES, flat)]
        ).reshape(len(MEASURES), len(STATISTICS), 2, 2),
        noise=np.full((len(MEASURES), 2), np.nan),
        known=np.broadcast_to(count, (len(MEASURES), 2, 2)).copy(),
        columns={
            "windows": count,
            "independent": np.array([[2, 1], [2, 1]]),
            "below_principal": below_principal(ratio).sum(axis=2) / count,
        },
        ran_out=np.empty(0, dtype=object),
    )
    windows = [
        Window(
            start.astype("datetime64[D]"),
            (start + 12 * years * ONE_MONTH).astype("datetime64[D]") - ONE_DAY,
            h,
        )
        for h, years in enumerate((10, 15))
        for start in starts[np.isfinite(ratio[0, h])]
    ]
    description = "¥12,000,000 at once, or spread over 12 months"
    plan = plan_of(
        "windows",
        "windfall",
        description,
        (Axis("strategy", names),),
        WindowGrid(tuple(windows), (10, 15), 1),
    )
    return WindowsResult(
        study=Study(plan, Path("results/windfall"), ChunkStore(Path(), (), ())),
        summary=summary,
        reference="The 12-month split of a 10-year holding is Vanguard's design.",
        starts=starts,
        outcome=outcome,
        pairs=tuple(
            Paired(
                strategy=1, horizon=h, windows=252, better=0.32, same=0.0, ratio=-0.0381, compared=252,
                low=-0.1, high=0.1, difference=PairedDifference(-0.0083, 0.9368, 2), rate=-0.001,
            )
            for h in (0, 1)
        ),
        manifest=MANIFEST,
        statements=(
            message("Split over 12 months; idle cash earns 0 %."),
            message("In yen, every start month."),
        ),
        findings=(),
    )  # fmt: skip


def fake_bootstrap() -> Bootstrap:
    """Two strategies, thirty years, lognormal futures."""
    rng, years, paid = np.random.default_rng(7), np.arange(31), 1_200_000.0 * np.arange(31) + 100_000.0
    steps = rng.normal(size=(400, 30)).cumsum(axis=1)
    walks = np.concatenate([np.zeros((400, 1)), steps], axis=1)
    values = np.stack([paid * np.exp(mu * years + sd * walks) for mu, sd in ((0.034, 0.1), (0.036, 0.11))])
    final = values[:, :, -1]
    sessions = np.arange("2026-01-02", "2056-01-02", 365, dtype="datetime64[D]")[: len(years)]
    return Bootstrap(
        name="satellite10",
        description="¥100,000 a month for 30 years",
        strategies=("core100", "satellite10"),
        currency="JPY",
        sessions=sessions,
        years=tuple(years.tolist()),
        points=np.arange(len(sessions)),
        contributed=np.stack([paid, paid]),
        values=values,
        outcomes={
            "value_to_contributed": final / paid[-1],
            "final_value": final,
            "liquidation_value": 0.9 * final,
            "xirr": (final / paid[-1]) ** (1 / 15) - 1,
            "max_drawdown": np.stack([np.full(400, -0.4), np.full(400, -0.412)]),
            "years_lasted": np.full((2, 400), np.nan),
            "withdrawn": np.zeros((2, 400)),
            "unpaid": np.zeros((2, 400)),
        },
        block=24.3,
        seed=7,
        manifest={
            "assumptions": ["Drawn jointly for all assets and the yen."],
            "bootstrap": {"drawn_from": {"start": "2001-01-02", "end": "2025-12-30"}},
            **MANIFEST,
        },
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


def noise(seed: int, months: int = 180) -> tuple[np.ndarray, np.ndarray]:
    """Returns and flows (as a share of assets) that have nothing to do with each other."""
    rng = np.random.default_rng([77, seed])
    return rng.normal(0.007, 0.04, months), rng.normal(0.0, 0.02, months)


def fund_months_of(returns: np.ndarray, flow: np.ndarray) -> FundMonths:
    """A fund of 1,000 million in all months, into which ``flow`` of that goes; no price outside its record."""
    around = np.full(REACH, np.nan)
    first = np.datetime64("2001-01", "M") - np.timedelta64(REACH + 1, "M")
    axis = first + np.arange(returns.size + 2 * REACH + 1)
    inside = np.concatenate([np.full(REACH + 1, np.nan), flow * 1e9, around])
    level = np.concatenate([around, [np.nan], 100 * np.cumprod(1 + returns), around])
    assets = np.where(np.isnan(level), np.nan, 1e9)
    return FundMonths(axis, inside, assets, level, ())


def fake_flows(symbols: tuple[str, ...] = ("IWM", "IJR")) -> FlowStudy:
    """A fund whose flows follow its returns, and one of noise."""
    returns, flow = noise(5)
    funds = tuple(
        study_fund(
            symbol, fund_months_of(returns, flow + 0.5 * np.roll(returns, 1) * (number == 0)), draws=200
        )
        for number, symbol in enumerate(symbols)
    )
    manifest = {
        **MANIFEST,
        "assumptions": [
            message("A flow and the return of its own month say nothing of which came first.").plain()
        ],
    }
    return FlowStudy("flows-IWM+IJR", funds, 1, 200, manifest)
