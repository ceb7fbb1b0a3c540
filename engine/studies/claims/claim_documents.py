"""A document of published statements: its keys, claim by claim."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from engine.config import Model, load_model
from engine.config.base import Kinds
from engine.config.leaves import Date, Description, Name, Share, Symbol, number, whole

Return = Annotated[float, number(-1, 100)]
Money = Annotated[float, number(-1e13, 1e13, thousands=True)]
Symbols = Annotated[tuple[Symbol, ...], Field(strict=False, min_length=1)]


def _of_old_files(key: str, data: Any) -> Any:
    """``text_ja`` beside ``text``, as files had it once, is the Japanese of ``text``."""
    if not isinstance(data, dict) or f"{key}_ja" not in data:
        return data
    rest = {name: value for name, value in data.items() if name != f"{key}_ja"}
    return {**rest, key: {"en": data.get(key), "ja": data[f"{key}_ja"]}}


class AnyClaim(Model):
    """What every claim has."""

    text: Description = Field(description="The claim in words")
    start: Date = Field(description="Returns count from the last close on or before this day")
    end: Date | None = Field(default=None, description="Last day; without it, as far as the data reach")

    _old = model_validator(mode="before")(partial(_of_old_files, "text"))


class ReturnClaim(AnyClaim):
    """A return over a period, in all, a year, or both."""

    type: Literal["return"]
    symbol: Symbol = Field(description="The asset")
    total: Return | None = Field(default=None, description="Stated return in all, 0.18 is +18 %")
    per_year: Return | None = Field(default=None, description="Stated return a year")


class PeakClaim(AnyClaim):
    """A gain that was reached at some time of a period."""

    type: Literal["peak"]
    symbol: Symbol = Field(description="The asset")
    above: Return = Field(description="Stated gain since the start")


class FlowClaim(AnyClaim):
    """The net flow of a fund over a period: an amount, a least amount, or a direction."""

    type: Literal["flow"]
    symbol: Symbol = Field(description="The fund")
    amount: Money | None = Field(default=None, description="Stated net flow in dollars")
    at_least: Money | None = Field(default=None, description="Stated least inflow in dollars")
    direction: Literal["in", "out"] | None = Field(default=None, description="Stated direction")


class DownturnClaim(AnyClaim):
    """The symbols fall more than the core when the core falls."""

    type: Literal["downturn"]
    core: Symbol = Field(description="What they are compared with")
    symbols: Symbols = Field(description="The assets")
    depth: Share = Field(default=0.15, description="A fall of the core that counts as a downturn")


class DiversifyClaim(AnyClaim):
    """A share of the symbols beside the core makes it less volatile."""

    type: Literal["diversify"]
    core: Symbol = Field(description="What they are added to")
    symbols: Symbols = Field(description="The assets")
    weight: Share = Field(default=0.10, description="Their share")


class InstalmentsClaim(AnyClaim):
    """The same money by monthly instalments ends higher than at once."""

    type: Literal["instalments"]
    symbols: Symbols = Field(description="The assets")
    months: Annotated[int, whole(2, 120)] = Field(default=12, description="Number of instalments")


class CheaperAndBetterClaim(AnyClaim):
    """One fund costs less than another and returned more."""

    type: Literal["cheaper_and_better"]
    symbol: Symbol = Field(description="The fund that is said to be better")
    than: Symbol = Field(description="The other")


class CurrencyClaim(AnyClaim):
    """Assets in dollars returned more in yen than in dollars: the currency added to the return."""

    type: Literal["currency"]
    symbols: Symbols = Field(description="The assets")
    years: Annotated[int, whole(1, 50)] = Field(
        default=10, description="Length of the periods that are counted, one from each month's end"
    )


class GuideClaim(AnyClaim):
    """A rule of thumb for the satellite's share. Advice is not true or false: the figures are shown."""

    type: Literal["guide"]
    core: Symbol = Field(description="The core")
    symbols: Symbols = Field(description="The satellites")
    weights: Annotated[tuple[Share, ...], Field(strict=False, min_length=1)] = Field(description="The shares")


Claim = Annotated[
    ReturnClaim
    | PeakClaim
    | FlowClaim
    | DownturnClaim
    | DiversifyClaim
    | InstalmentsClaim
    | CheaperAndBetterClaim
    | CurrencyClaim
    | GuideClaim,
    Field(discriminator="type"),
    Kinds(),
]


class Claims(Model):
    """A document of claims."""

    name: Name = Field(description="Name of the document and of its results")
    title: Description = Field(default="", description="Where the claims were published")
    currency: Literal["USD", "JPY"] = Field(default="USD", description="Currency of the returns")
    claims: Annotated[tuple[Claim, ...], Field(strict=False, min_length=1)] = Field(description="The claims")

    _old = model_validator(mode="before")(partial(_of_old_files, "title"))


def load_claims(path: Path) -> Claims:
    """The document at ``path``. :raises ConfigError: with file, line and key."""
    return load_model(Claims, path)
