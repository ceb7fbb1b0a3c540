"""The files of studies: a sweep's axes, windows and objective, and the strategies of a windows study."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from engine.config import Config, Model, load_config, override
from engine.config.base import Words, in_order
from engine.config.document import Node, to_node
from engine.config.explain import build
from engine.config.leaves import Date, Description, Name, Problem, whole
from engine.config.wording import came, refused
from engine.locale import ENGLISH
from engine.messages import message
from engine.metrics import METRICS

MAX_VALUES = 10_000  # of an axis
MAX_SETTINGS = 1_000_000
FIXED_KEYS = ("name", "description", "period")  # what no axis may change: windows move the period

# What an objective may be, of ``engine.metrics.METRICS``.
OBJECTIVES = (
    "xirr", "twr_cagr", "sharpe", "value_to_contributed", "final_value", "liquidation_value", "volatility",
    "max_drawdown",
)  # fmt: skip
STATISTICS = ("median", "mean", "worst", "p5", "p25")


def _axis_values(value: Any) -> tuple[Any, ...]:
    if isinstance(value, tuple | list) and value:
        values = tuple(value)
    elif isinstance(value, dict) and set(value) == {"from", "to", "step"}:
        values = _range(value["from"], value["to"], value["step"])
    else:
        raise Problem(message("a list of values, or {from: 0, to: 0.3, step: 0.01}"))
    if len(values) > MAX_VALUES:
        raise _too_many(len(values))
    texts = [text_of(item) for item in values]
    double = next((text for text in texts if texts.count(text) > 1), None)
    if double is not None:
        raise Problem(message("came {value} twice, allowed each value once", value=double), whole=True)
    return values


def _too_many(n: int) -> Problem:
    told = message("came {n} values, allowed up to {most} values", n=n, most=MAX_VALUES)
    return Problem(told, whole=True)


def _range(first: Any, last: Any, step: Any) -> tuple[int | float, ...]:
    """The numbers a person would have written: exact decimal steps, both ends included."""
    for name, part in (("from", first), ("to", last), ("step", step)):
        if isinstance(part, bool) or not isinstance(part, int | float) or not abs(part) < 1e12:
            raise Problem(message("a number"), at=(name,))
    if step <= 0:
        raise Problem(message("a number above 0"), at=("step",))
    if last < first:
        raise Problem(message("{first} (from) or more", first=first), at=("to",))
    low, high, by = (Decimal(repr(part)) for part in (first, last, step))
    count = int((high - low) / by) + 1
    if count > MAX_VALUES:
        raise _too_many(count)
    numbers = (low + by * n for n in range(count))
    exact = all(isinstance(part, int) for part in (first, step))
    return tuple(int(item) if exact else float(item) for item in numbers)


def text_of(value: Any) -> str:
    """An axis value for reading: ``0.1``, ``IJR``, ``nisa+taxable``, ``band(width=0.03)``."""
    if isinstance(value, dict):
        rest = ", ".join(f"{key}={text_of(item)}" for key, item in value.items() if key != "type")
        kind = text_of(value["type"]) if "type" in value else ""
        return f"{kind}({rest})" if rest else kind
    if isinstance(value, list | tuple):
        return "+".join(text_of(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "none" if value is None else str(value)


_STEP = {
    "type": "object",
    "required": ["from", "to", "step"],
    "additionalProperties": False,
    "properties": {key: {"type": "number"} for key in ("from", "to", "step")},
}
# A list of values, or {from: 0, to: 0.3, step: 0.01}; what a value may be is known only with the base.
Values = Annotated[
    tuple[Any, ...],
    PlainValidator(_axis_values),
    WithJsonSchema({"anyOf": [_STEP, {"type": "array", "minItems": 1}]}),
]


class Span(Model):
    """One fixed window."""

    start: Date = Field(description="First day")
    end: Date = Field(description="Last day")

    _in_order = model_validator(mode="after")(in_order)


class Windows(Model):
    """Every start on a grid for some horizons, or fixed periods. Without either: the base's own period."""

    every: Literal["month", "quarter", "year"] | None = Field(
        default=None, description="How far the starts are apart"
    )
    horizons: Annotated[tuple[Annotated[int, whole(1, 100)], ...], Field(strict=False, max_length=20)] = (
        Field(default=(), description="Lengths in years, such as [5, 10, 15, 20]")
    )
    periods: Annotated[tuple[Span, ...], Field(strict=False, max_length=10_000)] = Field(
        default=(), description="Fixed windows instead: a list of {start: 2001-01-01, end: 2010-12-31}"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.periods and (self.horizons or self.every):
            raise Problem(message("either periods, or every and horizons"), at=("periods",))
        if self.every and not self.horizons:
            raise Problem(message("at least one horizon, such as [10]"), at=("horizons",))
        if self.horizons and len(set(self.horizons)) < len(self.horizons):
            raise Problem(message("each horizon once"), at=("horizons",))
        return self


class Objective(Model):
    """What is best: a metric, the statistic of it over the windows, and the horizon it is taken from."""

    measure: Literal[
        "xirr", "twr_cagr", "sharpe", "value_to_contributed", "final_value", "liquidation_value",
        "volatility", "max_drawdown",
    ] = Field(description="The metric")  # fmt: skip
    statistic: Literal["median", "mean", "worst", "p5", "p25"] = Field(
        default="median", description="Over the windows of a setting"
    )
    horizon: Annotated[int, whole(1, 100)] | None = Field(
        default=None,
        description="Years; without it the longest of which two windows at least do not overlap",
    )

    @property
    def sign(self) -> int:
        """1 where more is better, -1 where less is."""
        return -1 if METRICS[self.measure].better == "min" else 1


Base = Annotated[Any, Field(description="A configuration's file, beside this one, or its keys")]
Changes = Annotated[dict[str, Any], Field(description="Keys of the base to change: key.path: value")]


class Sweep(Model):
    """A base configuration, axes over any of its keys, windows, and what is best."""

    name: Name = Field(description="Name of the study and of its folder under results/")
    description: Description = Field(default="", description="One line for the reader")
    base: Base
    set: Changes = Field(default={})
    axes: Annotated[dict[str, Values], Field(min_length=1, max_length=12)] = Field(
        description="key.path: [values] or {from: 0, to: 0.3, step: 0.01}"
    )
    windows: Windows = Field(default=Windows(), description="Which windows each setting is simulated in")
    objective: Annotated[Objective, Words(OBJECTIVES, key="measure")] | None = Field(
        default=None, description="What is best: a metric, or {measure: xirr, statistic: median, horizon: 10}"
    )

    @model_validator(mode="after")
    def _axes_apart(self) -> Self:
        keys = list(self.axes)
        for key in keys:
            if key.split(".")[0] in FIXED_KEYS:
                told = message("came {key}, allowed any key but name, description or period", key=key)
                hint = message("windows move the period") if key.startswith("period") else None
                raise Problem(told, whole=True, at=("axes", key), hint=hint)
            inside = next((other for other in keys if key.startswith(f"{other}.")), None)
            if inside is not None:
                told = message(
                    "came {key}, allowed axes apart from each other; {inside} holds it",
                    key=key,
                    inside=inside,
                )
                raise Problem(told, whole=True, at=("axes", key))
        settings = 1
        for values in self.axes.values():
            settings *= len(values)
        if settings > MAX_SETTINGS:
            told = message("came {n} settings, allowed up to {most} settings", n=settings, most=MAX_SETTINGS)
            raise Problem(told, whole=True, at=("axes",))
        return self


class Strategy(Model):
    """One of the strategies of a windows study."""

    name: Description = Field(description="What it is called in tables")
    set: Changes = Field(default={})

    @property
    def english(self) -> str:
        """Its name in files, where one language must do."""
        return ENGLISH.own(self.name)


class WindowsFile(Model):
    """Strategies on the same windows, pair by pair."""

    name: Name = Field(description="Name of the study and of its folder under results/")
    description: Description = Field(default="", description="One line for the reader")
    reference: Description = Field(default="", description="The known design that this one reproduces")
    base: Base
    set: Changes = Field(default={})
    strategies: Annotated[tuple[Strategy, ...], Field(strict=False, min_length=1, max_length=20)] = Field(
        description="A list of {name: At once, set: {strategy.deploy: at_once}}"
    )
    windows: Windows = Field(description="Which windows each strategy is simulated in")
    compare: Literal["final_value", "liquidation_value"] | None = Field(
        default=None,
        description="What the strategies are compared by; without it the value after tax where one moves units "
        "into NISA, else the final value",
    )

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        names = [item.english for item in self.strategies]
        if len(set(names)) < len(names):
            raise Problem(message("a name of its own for each strategy"), at=("strategies",))
        return self


def base_config(
    document: Sweep | WindowsFile, folder: Path, root: Node | None, *, allow_python: bool = False
) -> Config:
    """The configuration a study starts from: its file (relative to ``folder``) or its keys, then ``set``."""
    if isinstance(document.base, str):
        path = Path(document.base)
        config = load_config(path if path.is_absolute() else folder / path, allow_python=allow_python)
    else:
        where = where_of(root, ("base",))
        if not isinstance(document.base, dict):
            told = came(document.base, message("a file's path, or keys"))
            raise refused(told, place=where, key="base")
        node = root.child("base") if root is not None else None
        own = node is not None and node.plain() == document.base
        node = node if node is not None and own else to_node(document.base, where)
        config = build(Config, node, allow_python=allow_python)
    return changed(config, document.set, root, ("set",), allow_python=allow_python)


def changed(
    config: Config,
    changes: dict[str, Any],
    root: Node | None,
    at: tuple[str | int, ...],
    *,
    allow_python: bool = False,
) -> Config:
    """``config`` with ``changes``, each error at its own line of the document."""
    for key, value in changes.items():
        if key in FIXED_KEYS[:2]:
            told = message("allowed any key but name and description")
            raise refused(told, place=where_of(root, (*at, key)), key=key)
        where = where_of(root, (*at, key))
        config = override(config, {key: value}, where=where, allow_python=allow_python)
    return config


def where_of(root: Node | None, key: tuple[str | int, ...]) -> str:
    """``file:line`` of a key of a document; the document's own words where it is no file."""
    if root is None:
        return ".".join(str(part) for part in key)
    node, _ = root.find(key)
    return node.where
