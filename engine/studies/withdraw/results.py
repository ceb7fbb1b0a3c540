"""What a plan may pay out, how many simulations fail at it, and how many at the next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from engine.formats import plain
from engine.locale import Locale, OwnText
from engine.messages import Message, from_plain
from engine.result import ByValue
from engine.studies.depletion import wilson

World = Literal["history", "futures"]
Sought = Literal["amount", "pot", "age", "year"]


@dataclass(frozen=True)
class Limit:
    """The last value at which no more than a ``share`` of the simulations over ``years`` fail.

    ``world``        ``history``: every start month; ``futures``: drawn ones
    ``simulations``  how many, of which ``independent`` share no day
    ``value``        what was sought: an amount, a pot, years until the end of saving; None: none is enough, or
                     more than any amount that was looked at
    ``failed``       of the simulations at it, ``beyond`` the next step, at which ``failed_beyond`` fail
    ``worst``        of history, the first day of a start that fails at the next step; '' elsewhere
    """

    world: World
    years: int
    share: float
    simulations: int
    independent: int
    value: float | None
    failed: int
    beyond: float
    failed_beyond: int
    worst: str = ""

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval (Wilson) of the share that fails at the value, by the independent simulations."""
        low, high = wilson(self.failed / self.simulations, self.independent)
        return float(low), float(high)


@dataclass(frozen=True)
class Success:
    """Of the simulations over ``years``, how many do not fail at a ``value``; ``rate`` of the pot a year."""

    world: World
    years: int
    value: float
    simulations: int
    independent: int
    lasted: int
    rate: float = np.nan

    @property
    def share(self) -> float:
        """That lasts."""
        return self.lasted / self.simulations


@dataclass(frozen=True, eq=False)
class Payout(ByValue):
    """A study of what a plan may pay out.

    ``sought``    ``amount``: the highest; ``pot``: the smallest first amount paid in; ``age``, ``year``: the first
                  from which the amount can be taken out
    ``every``     what the amount is paid: ``monthly``, ``yearly``; ``linked`` how it goes on, for people
    ``amount``    the amount, where another thing is sought; else None
    ``pot``       what is there on the first session, in the plan as it is
    ``limits``    by world, years and share; ``curve`` shares that last at several values of what is sought
    ``without``   (years, why) horizons for which history has no window
    ``work``      simulations that were needed
    """

    name: str
    description: OwnText
    currency: str
    sought: Sought
    every: str
    step: float
    pot: float
    amount: float | None
    limits: tuple[Limit, ...]
    curve: tuple[Success, ...]
    rates: tuple[Success, ...]
    without: tuple[tuple[int, int], ...]
    work: int
    manifest: Mapping[str, Any]

    @property
    def waits(self) -> tuple[Message, ...]:
        """When money is first taken out, where that is a year or more after a simulation begins."""
        said = (from_plain(item) for item in self.manifest.get("waits", ()))
        return tuple(item for item in said if item is not None)

    def own(self, years: int) -> tuple[float, int] | None:
        """The amount that the plan itself takes out, and how many futures fail at it; None: not known."""
        told = self.manifest.get("own")
        if not isinstance(told, Mapping) or not isinstance(told.get("failed"), Mapping):
            return None
        amount, failed = told.get("amount"), told["failed"].get(str(years))
        if not isinstance(amount, int | float) or not isinstance(failed, int):
            return None
        return float(amount), failed

    @property
    def a_year(self) -> int:
        """How many payments a year brings."""
        return 12 if self.every == "monthly" else 1

    def named(self) -> tuple[object, ...]:
        """The name, and what was sought."""
        return self.name, self.sought, self.amount, self.work

    def limit(self, world: World, years: int, share: float) -> Limit | None:
        """The one of a world, a horizon and an allowed share."""
        wanted = (world, years, share)
        return next((item for item in self.limits if (item.world, item.years, item.share) == wanted), None)

    def plain(self) -> dict[str, Any]:
        """For programs: money in the base currency, fractions, None where there is no figure."""
        found = {
            "name": self.name,
            "description": self.description,
            "currency": self.currency,
            "sought": self.sought,
            "every": self.every,
            "step": self.step,
            "pot": self.pot,
            "amount": self.amount,
            "limits": [{**asdict(item), "interval": item.interval} for item in self.limits],
            "curve": [{**asdict(item), "share": item.share} for item in self.curve],
            "rates": [{**asdict(item), "share": item.share} for item in self.rates],
            "without_history": [{"years": years, "months": months} for years, months in self.without],
            "simulations": self.work,
        }
        cleaned: dict[str, Any] = plain(found)
        return cleaned

    def files(self, locale: Locale, pages: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
        """The files of a study: the limits for people, everything for programs, the manifest.

        ``pages`` are written with them. The same study gives the same bytes.
        """
        from engine.store import csv_files, to_json, with_manifest

        names = ("world", "years", "share", "simulations", "independent", "value", "failed", "beyond")
        columns = {
            name: np.array([np.nan if (v := getattr(item, name)) is None else v for item in self.limits])
            for name in (*names, "failed_beyond", "worst")
        }
        files = {
            "withdraw.json": to_json(self.plain()),
            **csv_files({"limits.csv": columns}, locale),
            **(pages or {}),
        }
        return with_manifest(files, {"kind": "withdraw", **self.manifest})
