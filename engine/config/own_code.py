"""Keys that name a function of the user's, and weights of the user's own by date.

A configuration alone never runs code: these keys are refused unless whoever loads it says so (``--allow-python``,
``allow_python=True``). Reading the keys runs nothing either; the function is looked for where it is used
(:mod:`engine.own_code`).
"""

import json
import math
import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from engine.config.base import Model
from engine.config.leaves import Amount, Date, FilePath, Flag, Leaf, Problem, Refused, Share, Symbol, whole
from engine.config.phases import Named
from engine.messages import message

ALLOWED = "allow_python"  # in the context of a validation
TO_COME = "to_come"  # there too: its sessions are those after the period
TOLERANCE = 1e-9  # of a sum of weights
PARAMS_MOST = 10_000  # characters of the parameters, as JSON
_FUNCTION = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?"


def _function(value: Any) -> str:
    if isinstance(value, str) and len(value) <= 200 and re.fullmatch(_FUNCTION, value, re.ASCII):
        return value
    raise Refused


def _params(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Refused
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise Refused(message("numbers, texts, true, false, lists and keys; dates in quotes")) from None
    if len(text) > PARAMS_MOST:
        raise Refused(message("it has {n} characters", n=len(text)))
    plain: dict[str, Any] = json.loads(text)
    return plain


Function = Annotated[
    str,
    Leaf(
        message("module:function, or a name that an installed package has registered"),
        _function,
        {"type": "string", "pattern": f"^{_FUNCTION}$"},
    ),
    Field(description="The function: module:function, or a registered name; see docs/own_strategies.md"),
]
Params = Annotated[
    dict[str, Any],
    Leaf(message("keys and values for the function"), _params, {"type": "object"}),
    Field(description="What the function is given beside the past"),
]
Warmup = Annotated[
    int, whole(1, 5000), Field(description="Sessions there must be before the function is asked")
]
Lag = Annotated[
    int, whole(1, 260), Field(description="The newest price that is shown is this many sessions old")
]
ByDate = Annotated[
    Flag,
    Field(
        description="The function may decide by dates or data of its own; every output then says that nobody "
        "can check whether it knew the future"
    ),
]


class Called(Model):
    """What is decided by a function of the user's."""

    function: Function
    params: Params = {}
    warmup: Warmup = 1
    lag_sessions: Lag = 1
    by_date: ByDate = False

    @model_validator(mode="after")
    def _only_where_it_is_allowed(self, info: ValidationInfo) -> Self:
        if not (info.context or {}).get(ALLOWED):
            told = message(
                "came {function}, which is code: a configuration runs none unless you allow it",
                function=self.function,
            )
            raise Problem(told, whole=True, at=("function",), hint=message("add --allow-python"))
        return self


def _complete(weights: dict[str, float]) -> dict[str, float]:
    """Weights in one order, largest first, whatever order they were written in."""
    total = math.fsum(weights.values())
    if abs(total - 1.0) > TOLERANCE:
        told = message("came a sum of {sum}, allowed weights that add up to 1", sum=total)
        raise Problem(told, whole=True)
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))


Weights = Annotated[dict[Symbol, Share], Field(min_length=1, max_length=100), AfterValidator(_complete)]


class PythonAllocation(Called):
    """Weights that a function of yours decides from past prices: ``weights(history, params)``."""

    type: Literal["python"]
    assets: Annotated[tuple[Symbol, ...], Field(strict=False, min_length=1, max_length=100)] = Field(
        description="The assets among which it chooses, such as [VOO, IWM, TLT]"
    )
    every: Literal["daily", "monthly", "quarterly", "yearly"] = Field(
        default="monthly", description="It is asked on the first session of each"
    )
    initial: Weights | None = Field(
        default=None, description="Weights before warmup; without them all assets alike"
    )

    @model_validator(mode="after")
    def _known_assets(self) -> Self:
        if len(set(self.assets)) < len(self.assets):
            raise Problem(message("each asset once"), at=("assets",))
        other = next((name for name in self.initial or () if name not in self.assets), None)
        if other is not None:
            raise Problem(message("assets of the list, not {symbol}", symbol=other), at=("initial",))
        return self


class PythonSignal(Called):
    """A number that a function of yours reads from past prices: ``signal(history, params)``."""

    type: Literal["python"]


class PythonContributions(Called, Named):
    """Amounts that a function of yours decides from past prices: ``amount(history, params)``, each month."""

    type: Literal["python"]
    amount: Amount = Field(description="Amount before warmup, in the base currency")
    day: Annotated[int, whole(1, 31), Field(description="Day of the month; 31 means the last")] = 1


def with_entries(group: Any) -> Any:
    """A group with entries of its own, those of its file read by then: a validator of several groups."""
    if group.file is not None:
        allowed = message("entries: text cannot name a file, a configuration file can")
        raise Problem(allowed, at=("file",))
    if not group.entries:
        raise Problem(message("at least one entry, or a file"), at=("entries",))
    return group


class WeightsFrom(Model):
    """The weights from a date on."""

    date: Date = Field(description="First day; no session: the next session")
    weights: Weights = Field(description="Symbol: weight, adding up to 1")


class Table(Model):
    """Weights of your own by date, listed here or in a CSV file: ``date`` and a column a symbol."""

    type: Literal["table"]
    entries: Annotated[tuple[WeightsFrom, ...], Field(strict=False, max_length=20_000)] = Field(
        default=(), description="A list of {date: 2001-01-04, weights: {VOO: 0.9, IJR: 0.1}}"
    )
    file: FilePath | None = Field(
        default=None, description="A CSV file beside the configuration, read into entries when it is loaded"
    )

    _some = model_validator(mode="after")(with_entries)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for n, (one, other) in enumerate(zip(self.entries, self.entries[1:]), 1):
            if one.date >= other.date:
                raise Problem(message("a date after {day}", day=one.date), at=("entries", n, "date"))
        return self


def called(strategy: Any) -> tuple[tuple[str, Called], ...]:
    """The functions of the user's that a plan asks, of ``allocations``, ``signals`` or ``contributions`` each."""
    allocation = strategy.allocation
    groups = [("allocations", allocation), ("signals", getattr(allocation, "signal", None))]
    groups += [("contributions", item) for item in strategy.arriving]
    return tuple((kind, group) for kind, group in groups if isinstance(group, Called))
