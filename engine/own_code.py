"""Functions of the user's that decide weights, signals and amounts: found, asked, and kept from the future.

A function is called with the past and its parameters, and with nothing else: ``weights(history, params)``. It must
be a function of these two alone. ``refuse_peeking`` asks it again in circumstances under which one that knows more
answers otherwise: after it has been shown other futures, and with the same prices on other dates.
"""

from __future__ import annotations

import copy
import hashlib
import importlib
import inspect
import math
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.config import Config, called
from engine.config.own_code import TOLERANCE, Called, PythonAllocation
from engine.errors import ConfigError
from engine.market.series import CYCLE, Dates, Floats
from engine.messages import Arg, Message, listed, message

if TYPE_CHECKING:
    import pandas as pd

Indices = NDArray[np.int64]
Decide = Callable[["History", Mapping[str, Any]], Any]

GROUP = "backtest."  # of entry points: backtest.allocations, backtest.signals, backtest.contributions
MOST = 1e12  # an amount that a function may give
ASKED = 12  # decisions that are asked again
WORLDS = 12  # of other prices: a rule that seldom changes its mind may well decide alike in one or two
# Two moves of days after which weekdays, months and quarters all fall elsewhere.
ELSEWHERE = (np.timedelta64(45, "D"), np.timedelta64(137, "D"))
DATED = message("by_date: true allows it, and every output says so")


@dataclass(frozen=True)
class History:
    """The past up to a decision, n sessions: what a function of the user's is shown. Its arrays are copies.

    ``symbols``  A names, in the order of the columns
    ``dates``    (n,) datetime64[D]
    ``values``   (n, A) one unit in the base currency at each close; adjusted under ``total_return``
    """

    symbols: tuple[str, ...]
    dates: Dates
    values: Floats

    def __len__(self) -> int:
        return len(self.dates)

    @cached_property
    def prices(self) -> pd.DataFrame:
        """The same as a pandas frame: a row a session, a column a symbol."""
        import pandas as pd

        index = pd.DatetimeIndex(self.dates.astype("datetime64[ns]"), name="date")
        return pd.DataFrame(self.values, index=index, columns=list(self.symbols))


@dataclass(frozen=True)
class Past:
    """All that is known to the program, of which a function is shown a beginning: H sessions, A assets."""

    symbols: tuple[str, ...]
    dates: Dates
    values: Floats

    def before(self, sessions: int) -> History:
        """The first so many sessions, cut off from the rest."""
        return History(self.symbols, self.dates[:sessions].copy(), self.values[:sessions].copy())


def past_of(group: Called, symbols: Sequence[str], dates: Dates, values: Floats) -> Past:
    """What a function may be shown: an allocation's own assets, in its own order; else all."""
    names = group.assets if isinstance(group, PythonAllocation) else tuple(symbols)
    return Past(names, dates, values[:, [list(symbols).index(name) for name in names]])


# --- finding ------------------------------------------------------------------------------------------------


def find(kind: str, name: str) -> Decide:
    """The function ``module:function``, or what is registered under a name. Raises ConfigError."""
    module, _, attribute = (name if ":" in name else _registered(kind, name)).partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise _cannot(
                name,
                message("there is no module {module}", module=module),
                hint=message(
                    "it is looked for beside the configuration, in the working folder, then by Python"
                ),
            ) from None
        raise _cannot(name, message("its module needs {module}", module=str(error.name))) from error
    except AttributeError:
        raise _cannot(
            name, message("there is no {function} in {file}", function=attribute, file=_file(module))
        ) from None
    except (Exception, SystemExit) as error:
        raise _cannot(name, message("its module fails: {error}", error=_place(error))) from error
    if not callable(found):
        raise _cannot(name, message("is no function"))
    return found  # type: ignore[no-any-return]


@cache
def _registered(kind: str, name: str) -> str:
    """The ``module:function`` of an entry point. Raises ConfigError."""
    from importlib.metadata import entry_points

    found = entry_points(group=f"{GROUP}{kind}")
    if name not in found.names:
        names = listed(sorted(found.names)) if found.names else message("none", context="entry points")
        hint = message("module:function names one that is not registered")
        raise _cannot(name, message("is not registered ({group}: {names})", group=f"{GROUP}{kind}", names=names),
                      hint=hint)  # fmt: skip
    return found[name].value


def source_of(kind: str, name: str) -> dict[str, str]:
    """Which code a name stands for: its file's name and SHA-256, for a manifest. Raises ConfigError."""
    function = find(kind, name)
    module = sys.modules.get(getattr(function, "__module__", ""))
    file = getattr(module, "__file__", None)
    try:
        code = Path(file).read_bytes() if file else inspect.getsource(function).encode()
    except (OSError, TypeError):
        raise _cannot(
            name, message("its source cannot be read, so that nobody could say what decided")
        ) from None
    return {
        "kind": kind,
        "function": name,
        "file": Path(file).name if file else "",
        "sha256": hashlib.sha256(code).hexdigest(),
    }


def code_of(config: Config) -> list[dict[str, str]]:
    """The code that a plan asks, for manifests and for the identity of a study."""
    return [source_of(kind, group.function) for kind, group in called(config.strategy)]


# --- asking -------------------------------------------------------------------------------------------------


def decided(kind: str, group: Called, past: Past, at: Indices) -> list[Any]:
    """What a function decides at the sessions ``at``, checked; None where there is too little past to ask it.

    At session t it is shown the sessions up to t - ``lag_sessions``. Raises ConfigError for an answer that cannot
    be, naming the day.
    """
    function = find(kind, group.function)
    found = []
    for t in at.tolist():
        seen = t - group.lag_sessions + 1
        found.append(_ask(kind, group, function, past.before(seen)) if seen >= group.warmup else None)
    return found


def weights_of(group: PythonAllocation, symbols: Sequence[str], past: Past, at: Indices) -> Floats:
    """(n, A) target weights at the sessions ``at``, in the order of ``symbols``."""
    first = group.initial or dict.fromkeys(group.assets, 1.0 / len(group.assets))
    rows = np.zeros((len(at), len(symbols)))
    for n, answer in enumerate(decided("allocations", group, past, at)):
        for symbol, weight in (first if answer is None else answer).items():
            rows[n, list(symbols).index(symbol)] = weight
    return rows


def signal_of(group: Called, past: Past, at: Indices) -> Floats:
    """(n,) signals at the sessions ``at``, NaN where there is none."""
    answers = decided("signals", group, past, at)
    return np.array([math.nan if answer is None else answer for answer in answers])


def _ask(kind: str, group: Called, function: Decide, history: History) -> Any:
    """A function's answer, checked."""
    try:
        answer = function(history, copy.deepcopy(group.params))
    except (Exception, SystemExit) as error:
        told = message("fails on {day}: {error}", day=history.dates[-1], error=_place(error))
        raise _cannot(group.function, told) from error
    wrong: Arg | None
    if kind == "allocations":
        answer, wrong = _weights(answer, history.symbols)
    else:
        answer, wrong = _number(answer, at_least=0.0 if kind == "contributions" else -math.inf)
    if wrong is not None:
        told = message("on {day} it gave {what}", day=history.dates[-1], what=wrong)
        raise _cannot(group.function, told)
    return answer


def _weights(answer: Any, symbols: tuple[str, ...]) -> tuple[dict[str, float], Arg | None]:
    """Weights as a function gave them, and what is wrong with them."""
    if not hasattr(answer, "items"):
        what = message("{came}, allowed a mapping of symbols to weights", came=type(answer).__name__)
        return {}, what
    found: dict[str, float] = {}
    for symbol, weight in answer.items():
        if symbol not in symbols:
            return {}, message("{came}, allowed {symbols}", came=repr(symbol)[:80], symbols=listed(symbols))
        value, wrong = _number(weight, at_least=0.0, at_most=1.0)
        if wrong is not None or value is None:
            return {}, message("{symbol}: {what}", symbol=symbol, what=wrong or message("no number"))
        found[symbol] = value
    total = math.fsum(found.values())
    if abs(total - 1.0) > TOLERANCE:
        return {}, message("a sum of {sum}, allowed weights that add up to 1", sum=f"{total:.12g}")
    return found, None


def _number(answer: Any, *, at_least: float, at_most: float = MOST) -> tuple[float | None, Arg | None]:
    """A number as a function gave it, None for NaN where any number may be, and what is wrong with it."""
    if answer is None and at_least == -math.inf:
        return None, None
    no_number = message("{came}, allowed a number", came=type(answer).__name__)
    if isinstance(answer, str | bytes):
        return None, no_number
    try:
        value = float(answer)
    except OverflowError:  # a whole number that no float can hold
        value = math.inf
    except (TypeError, ValueError):
        return None, no_number
    if math.isnan(value) and at_least == -math.inf:
        return None, None
    near = TOLERANCE  # a sum of weights may end a hair outside
    if not max(at_least, -MOST) - near <= value <= at_most + near:
        low, high = max(at_least, -MOST), at_most
        return None, message("{came}, allowed {low} to {high}", came=f"{value:g}", low=low, high=high)
    return min(max(value, at_least), at_most), None


# --- the future ---------------------------------------------------------------------------------------------


def refuse_peeking(config: Config, symbols: Sequence[str], dates: Dates, values: Floats) -> None:
    """Raise ConfigError where a function of the user's knows more than the past that it is shown.

    On some days of ``dates`` (H,), spread over all, it is asked twice alike, again in another future (``values``
    (H, A) with every later price changed) and after it has decided there, again with the same prices dated 28
    years later, and again with other prices on other days of the year.
    """
    for kind, group in called(config.strategy):
        past = past_of(group, symbols, dates, values)
        first = group.warmup + group.lag_sessions - 1
        if first < len(dates):
            at = np.unique(np.linspace(first, len(dates) - 1, ASKED).astype(np.int64))
            _refuse_peeking(kind, group, past, at)


def _refuse_peeking(kind: str, group: Called, past: Past, at: Indices) -> None:
    said = decided(kind, group, past, at)
    # Only the year itself, and data of one's own, tell these dates from the others.
    moved = Past(past.symbols, past.dates + CYCLE, past.values)
    for n, t in enumerate(at.tolist()):
        day, once = past.dates[t], at[n : n + 1]
        if decided(kind, group, past, once) != said[n : n + 1]:
            raise _peeks(group, message("decides otherwise on {day} when it is asked again", day=day))
        there = decided(kind, group, _with_another_future(past, t - group.lag_sessions + 1, n), at[n:])
        if not there[0] == said[n] == decided(kind, group, past, once)[0]:
            told = message(
                "decides otherwise on {day} when it has been shown other prices of later days", day=day
            )
            raise _peeks(group, told)
        if not group.by_date and not _alike(kind, group, moved, once, said[n : n + 1]):
            raise _cannot(
                group.function,
                message(
                    "decides otherwise on {day} when the same prices are dated 28 years later: it looks at the "
                    "year, or at data of its own, which may hold the future",
                    day=day,
                ),
                hint=DATED,
            )
    # What is paid in may grow by the session: that tells nothing of the future.
    if kind != "contributions" and not group.by_date and _counts_alone(kind, group, past, at, said):
        raise _cannot(
            group.function,
            message(
                "decides by the number of sessions alone, whatever their prices and dates: it looks at data of "
                "its own, which may hold the future"
            ),
            hint=DATED,
        )


def _alike(kind: str, group: Called, moved: Past, at: Indices, said: list[Any]) -> bool:
    """Whether a function decides the same with another past; to fail on it is no answer."""
    try:
        return decided(kind, group, moved, at) == said
    except ConfigError:
        return False


def _counts_alone(kind: str, group: Called, past: Past, at: Indices, said: list[Any]) -> bool:
    """Whether a function decides differently from day to day, and not for what it is shown of them."""
    if all(answer == said[0] for answer in said):
        return False
    others = (_with_another_future(past, 0, ASKED + n) for n in range(WORLDS))
    moves = cycle(ELSEWHERE)
    worlds = (Past(other.symbols, other.dates + days, other.values) for other, days in zip(others, moves))
    return all(_alike(kind, group, world, at, said) for world in worlds)


def _with_another_future(past: Past, seen: int, seed: int) -> Past:
    """The same first ``seen`` sessions, and other prices after them."""
    noise = np.random.default_rng(seed).normal(0.0, 0.05, past.values[seen:].shape)
    values = past.values.copy()
    values[seen:] *= np.exp(np.cumsum(noise, axis=0))
    return Past(past.symbols, past.dates, values)


def by_date(config: Config) -> list[Message]:
    """What a reader must know of functions that may look at dates or data of their own."""
    return [
        message(
            "{function} may decide by dates or data of its own: whether it knew the future cannot be checked.",
            function=group.function,
        )
        for _, group in called(config.strategy)
        if group.by_date
    ]


# --- saying what is wrong -----------------------------------------------------------------------------------


def _peeks(group: Called, what: Message) -> ConfigError:
    hint = message("it must decide by its arguments alone: no memory between calls, no chance")
    return _cannot(group.function, what, hint=hint)


def _cannot(name: str, what: Arg, hint: Message | None = None) -> ConfigError:
    return ConfigError(message("{function}: {what}", function=name, what=what), hint=hint)


def _file(module: str) -> str:
    return Path(getattr(sys.modules.get(module), "__file__", None) or module).name


def _place(error: BaseException) -> str:
    """The class of an error, and the line of code that raised it."""
    raised = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(raised.filename).name}:{raised.lineno})"
