"""For a notebook or a script: the steps of the command line as functions, whose values show themselves.

``run`` and ``load_result`` give a :class:`View` of a result, ``compare`` a :class:`Comparison`, the studies a view
of theirs. A view adds tables, charts and frames to the plain value it holds (``.result``); nothing below this
package knows of it. The names are exported by the package: ``from engine import run``. What every function takes
beside its own arguments stands in :mod:`engine.notebook.options`; an unknown keyword is a TypeError, a value that
cannot be a ConfigError, and both say what is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from engine.config import Config, load_config, override, parse_config
from engine.config.arguments import a_flag, a_path, closed, one_kind, one_word, texts
from engine.errors import ConfigError
from engine.locale import languages
from engine.market.own_prices import Asset
from engine.market.sources import Access, Source
from engine.messages import message
from engine.notebook.options import DEFAULTS, Document, Options, Prices, Taken, WorkOptions, taken
from engine.notebook.panel import explore
from engine.notebook.payouts import WithdrawView
from engine.notebook.studies import BootstrapView, ClaimsView, FlowsView, SweepView, Verification, WindowsView
from engine.notebook.views import CHARTS, Comparison, View, written
from engine.own_code import History
from engine.result import Result

StudiedView: TypeAlias = SweepView | WindowsView | BootstrapView | WithdrawView | FlowsView | ClaimsView

if TYPE_CHECKING:
    import pandas as pd

    from engine.audit import Audit
    from engine.studies.grid.documents import Sweep
    from engine.studies.grid.study import StudyOptions
    from engine.studies.grid.sweep import AnyObjective
    from engine.studies.grid.windows import Documents

__all__ = [
    "CHARTS",
    "Asset",
    "BootstrapView",
    "ClaimsView",
    "Comparison",
    "Config",
    "FlowsView",
    "History",
    "SweepView",
    "Verification",
    "View",
    "WindowsView",
    "WithdrawView",
    "audit",
    "bootstrap",
    "check",
    "compare",
    "data_verify",
    "explore",
    "flows",
    "load_config",
    "load_result",
    "load_study",
    "run",
    "sweep",
    "windows",
    "with_weights",
    "withdraw",
]


@closed(Options, DEFAULTS)
def run(config: Document, **options: Unpack[Options]) -> View:
    """Run a configuration, or the one in a file. Raises ConfigError, DataError, StoreError."""
    from engine.run import run as simulate

    asked = taken(options)
    view = View(simulate(asked.config(config), source=asked.source, **asked.access), asked.lang)
    if asked.out is not None:
        view.save(asked.out)
    return view


@closed()
def load_result(folder: str | Path, *, lang: str = "en") -> View:
    """The result in a folder that ``backtest run`` wrote. Raises StoreError."""
    from engine import store

    one_word("lang", lang, languages())
    return View(store.load(a_path("folder", folder)), lang)


@closed(Access, DEFAULTS)
def load_study(
    folder: str | Path,
    *,
    source: str | Source | None = None,
    allow_python: bool = False,
    lang: str = "en",
    **access: Unpack[Access],
) -> StudiedView:
    """The study in a folder that a command wrote, or a function with ``out``: equal to what that gave.

    ``source``, ``allow_python``  for ``life()`` of a sweep or a windows study, which runs a configuration again

    Raises StoreError.
    """
    from engine.studies import stored
    from engine.studies.bootstrap.results import Bootstrap
    from engine.studies.flows.results import FlowStudy
    from engine.studies.grid.results import SweepResult, WindowsResult
    from engine.studies.withdraw.results import Payout

    asked = taken({"source": source, "allow_python": allow_python, "lang": lang, **access})
    found = stored.load_study(a_path("folder", folder))
    if isinstance(found, SweepResult):
        return SweepView(found, lang, partial(_read_again, asked))
    if isinstance(found, WindowsResult):
        return WindowsView(found, lang, partial(_read_again, asked))
    if isinstance(found, Bootstrap):
        return BootstrapView(found, lang)
    if isinstance(found, Payout):
        return WithdrawView(found, lang)
    return FlowsView(found, lang) if isinstance(found, FlowStudy) else ClaimsView(found, lang)


@closed(Options, DEFAULTS)
def compare(configs: Sequence[Document], **options: Unpack[Options]) -> Comparison:
    """Several configurations, each with a name of its own, on their common period.

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.deliverables import of_comparison
    from engine.studies.compare import compare as side_by_side

    asked = taken(options)
    found = side_by_side(asked.configs(configs), source=asked.source, **asked.access)
    written(of_comparison, found, asked.out, asked.lang)
    return Comparison(found, asked.lang)


@closed(WorkOptions, DEFAULTS)
def sweep(
    document: str | Path | Sweep,
    *,
    objective: AnyObjective | None = None,
    real: bool = False,
    **options: Unpack[WorkOptions],
) -> SweepView:
    """Every combination of a sweep's axes in every window.

    ``objective``  a metric, or a mapping such as ``{"measure": "xirr", "horizon": 10}``, for the file's own
    ``real``       in the money of one month, as ``--real``

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.study_tables import page_file
    from engine.report.sweep_page import sweep_page
    from engine.studies.grid.sweep import sweep as simulate

    asked = taken(options)
    pages = page_file(sweep_page, asked.lang)
    result = simulate(document, objective=objective, pages=pages, locale=asked.locale, **_study(asked, real))
    return SweepView(result, asked.lang, partial(_again, asked))


@closed(WorkOptions, DEFAULTS)
def windows(
    documents: Documents,
    *,
    horizons: Sequence[int] = (),
    every: str | None = None,
    real: bool = False,
    **options: Unpack[WorkOptions],
) -> WindowsView:
    """Strategies from every start month, compared window by window.

    ``documents``  a windows study's file, or one or more configurations, the first of which the others are
                   compared with
    ``horizons``, ``every``  years, and ``month``, ``quarter`` or ``year``, in place of the file's
    ``real``       in the money of one month, as ``--real``

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.study_tables import page_file
    from engine.report.windows_page import windows_page
    from engine.studies.grid.windows import windows as simulate

    asked = taken(options)
    pages = page_file(windows_page, asked.lang)
    result = simulate(
        documents, horizons=horizons, every=every, pages=pages, locale=asked.locale, **_study(asked, real)
    )
    return WindowsView(result, asked.lang, partial(_again, asked))


@closed(WorkOptions, DEFAULTS)
def bootstrap(
    configs: Sequence[Document] | Document,
    *,
    paths: int = 10_000,
    years: int | None = None,
    seed: int = 1,
    block: float | None = None,
    fan_paths: int = 2_000,
    real: bool = False,
    **options: Unpack[WorkOptions],
) -> BootstrapView:
    """Drawn futures of one plan beside its core alone, or of several.

    ``paths``, ``seed``  how many futures, and their numbers' beginning
    ``years``      how long they are; None: 30 years, or 30 from the day on which a plan begins to pay out
    ``block``      mean block in sessions; None chooses it from the data
    ``fan_paths``  on how many of the futures the value is followed through time
    ``real``       in the money of the last month of the past, as ``--real``

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.deliverables import of_bootstrap
    from engine.studies.bootstrap.study import bootstrap as draw
    from engine.studies.bootstrap.study import bootstrap_in

    asked = taken(options)
    several = [configs] if isinstance(configs, Config | str | Path) else configs
    loaded = asked.configs(several, to_come=True)
    given: Any = dict(
        source=asked.source, paths=paths, years=years, seed=seed, block=block, fan_paths=fan_paths,
        real=a_flag("real", real), executor=asked.executor, progress=asked.progress, **asked.access,
    )  # fmt: skip
    if asked.out is None:
        return BootstrapView(draw(loaded, **given), asked.lang)
    result, _ = bootstrap_in(asked.out, loaded, lambda found: of_bootstrap(found, asked.lang), **given)
    return BootstrapView(result, asked.lang)


@closed(WorkOptions, DEFAULTS)
def withdraw(
    config: Document,
    *,
    years: Sequence[int] = (20, 30, 40),
    futures: int = 10_000,
    shares: Sequence[float] = (0.01, 0.05, 0.10),
    amount: float | None = None,
    stop: bool = False,
    rates: Sequence[float] = (),
    seed: int = 1,
    block: float | None = None,
    **options: Unpack[WorkOptions],
) -> WithdrawView:
    """How much a plan may pay out, in every start month and in drawn futures.

    ``years``   how long the money must last; ``shares`` of the futures that may fail
    ``amount``  look for the pot that pays it instead; ``rates`` of the pot a year whose success is told too
    ``stop``    look for the earliest age, or year, to stop in and take out the plan's own amount

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.deliverables import of_withdraw
    from engine.studies.withdraw.study import withdraw as look

    asked = taken(options)
    (own,) = asked.configs([config])
    result = look(
        own, source=asked.source, years=years, futures=futures, shares=shares, amount=amount,
        stop=a_flag("stop", stop), rates=rates, seed=seed, block=block, executor=asked.executor, **asked.access,
    )  # fmt: skip
    written(of_withdraw, result, asked.out, asked.lang)
    return WithdrawView(result, asked.lang)


@closed(Prices, DEFAULTS)
def flows(
    symbols: Sequence[str] | str,
    *,
    flows: str | Path | None = None,
    base: str | None = None,
    relative_to: str | None = None,
    seed: int = 1,
    **options: Unpack[Prices],
) -> FlowsView:
    """Whether flows of funds lead their returns or follow them.

    ``flows``  a folder with ``SYMBOL_FLOWS_MONTHLY.csv`` (or ``_WEEKLY``), or the file of one fund; None: the
               folder of ``csv:DIR``
    ``base``   currency of the returns; None: the fund's own
    ``relative_to``  ``assets`` or ``volatility``: what a flow is held against; None: assets where known

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.deliverables import of_flows
    from engine.studies.flows.study import flow_study

    asked = taken(options)
    several = texts("symbols", [symbols] if isinstance(symbols, str) else symbols)
    place = None if flows is None else a_path("flows", flows)
    result = flow_study(
        several, source=asked.source or "auto", flows=place, base=base, relative_to=relative_to, seed=seed,
        **asked.access,
    )  # fmt: skip
    written(of_flows, result, asked.out, asked.lang)
    return FlowsView(result, asked.lang)


@closed(Prices, DEFAULTS)
def check(claims: str | Path, *, flows: str | Path | None = None, **options: Unpack[Prices]) -> ClaimsView:
    """The statements of a file of claims, held against the data: a verdict each.

    ``flows``  a folder with files of fund flows; None: the folder of ``csv:DIR``

    Raises ConfigError, DataError, StoreError.
    """
    from engine.report.deliverables import of_claims
    from engine.studies.claims.check import check_claims

    asked = taken(options)
    place = None if flows is None else a_path("flows", flows)
    result = check_claims(a_path("claims", claims), asked.source or "auto", flows=place, **asked.access)
    written(of_claims, result, asked.out, asked.lang)
    return ClaimsView(result, asked.lang)


@closed()
def audit(result: View | Result) -> Audit:
    """Replay a result through vectorbt and compare: see :func:`engine.audit.audit`."""
    from engine.audit import audit as replay

    one_kind("result", result, (View, Result), message("a result, such as run() gives"))
    return replay(result.result if isinstance(result, View) else result)


@closed(Prices, DEFAULTS)
def data_verify(folder: str | Path | None = None, **options: Unpack[Prices]) -> Verification:
    """Every check on every series of a folder of CSV files, of ``prices`` at hand, or of the cache.

    Raises ConfigError, DataError.
    """
    from engine.market.providers.csv_folder import check_folder
    from engine.market.sources import Source
    from engine.market.verify import verify_cache, verify_folder, verify_source

    asked = taken(options)
    if isinstance(asked.source, Source):
        return Verification(tuple(verify_source(asked.source)), asked.lang)
    named = folder if folder is not None else asked.source
    if named is None:
        return Verification(tuple(verify_cache()), asked.lang)
    place = a_path("folder", str(named).removeprefix("csv:"))
    check_folder(place)
    return Verification(tuple(verify_folder(place)), asked.lang)


def _study(asked: Taken, real: bool) -> StudyOptions:
    """The options of a grid of simulations."""
    options: StudyOptions = {
        "source": asked.source,
        "overrides": asked.overrides,
        "period": asked.period,
        "allow_python": asked.allow_python,
        "out": asked.out,
        "executor": asked.executor,
        "progress": asked.progress,
        "real": a_flag("real", real),
    }
    return {**options, **asked.access}


def _again(asked: Taken, config: Config) -> View:
    """Run one of a study's configurations on its own, with the prices that the study took."""
    access: Any = asked.access
    return run(config, source=asked.source, lang=asked.lang, **access)


def _read_again(asked: Taken, config: Config) -> View:
    """The same of a study's folder, which may be another's: functions that it names are asked only if allowed."""
    from engine.store import config_yaml

    text = config_yaml(config.resolved()).decode()
    return _again(asked, parse_config(text, "study.json", allow_python=asked.allow_python))


@closed()
def with_weights(config: Config, weights: pd.DataFrame) -> Config:
    """A configuration whose weights come from a table: a row a date, in order, a column a symbol, NaN is 0.

    A row holds from the first session on or after its date. Raises ConfigError.
    """
    import pandas as pd

    one_kind("config", config, (Config,), message("a Config, such as load_config() gives"))
    table = message("a pandas DataFrame with a row a date and a column a symbol")
    one_kind("weights", weights, (pd.DataFrame,), table)
    if not weights.columns.is_unique:
        double = str(weights.columns[weights.columns.duplicated()][0])
        raise ConfigError(message("{table}: the column {name} comes twice", table="weights", name=double))
    days = [str(day)[:10] for day in weights.index]

    def told(share: Any) -> bool:
        return not (pd.api.types.is_scalar(share) and pd.isna(share))

    rows = [
        {"date": day, "weights": {str(name): share for name, share in row.items() if told(share)}}
        for day, (_, row) in zip(days, weights.iterrows())
    ]
    return override(config, {"strategy.allocation": {"type": "table", "entries": rows}})
