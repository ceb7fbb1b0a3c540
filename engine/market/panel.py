"""The aligned panel: every asset of a configuration on one calendar, with its money in the base currency."""

from __future__ import annotations

from dataclasses import dataclass

from engine.market.series import Dates, Floats, Ints, Provenance, calendar_years
from engine.messages import Message


@dataclass(frozen=True)
class Panel:
    """Prices, dividends and exchange rates on common sessions.

    ``sessions``    datetime64[D], (T,), strictly increasing: dates on which every asset has a price
    ``symbols``     A names, the columns of the arrays
    ``price``       (T, A) close in the asset's currency (adjusted close under ``total_return``), no NaN, > 0
    ``dividend``    (T, A) per unit in the asset's currency on the ex-date; an ex-date that is no session
                    falls on the next one; all 0 under ``total_return``
    ``fx``          (T, A) base currency per unit of the asset's currency, at mid
    ``usdjpy``      (T,) yen per dollar (NaN where the run needs none)
    ``kind``        A kinds: ``us_etf``, ``jp_fund``, ``index``, ``jp_etf``, ``cash``, ``deposit``
    ``frames``      A tuples of NISA frames the asset may use: ``T``, ``G``, ``old_general``, ...
    ``asset_currency`` A currency codes
    ``source_tax``  A shares of a dividend withheld where it is paid
    ``left_out``    of each asset, its own sessions that are no common ones, datetime64[D]; () where not known
    ``per_year``    sessions of a year by convention: 252, of weekly prices 52, of monthly ones 12
    ``known``       (T, A) in a plan of two clocks: the price on which the session's orders are decided, at
                    Tokyo's close; of an asset of New York the close of the session before. None: ``price``
    ``trading_unit`` A numbers of units that are traded together
    ``foreign_tax`` A shares of a fund's dividends that were withheld abroad before the fund paid them on
    ``provenance``  one entry per series used, exchange rates included
    """

    currency: str
    sessions: Dates
    symbols: tuple[str, ...]
    price: Floats
    dividend: Floats
    fx: Floats
    usdjpy: Floats
    kind: tuple[str, ...]
    frames: tuple[tuple[str, ...], ...]
    asset_currency: tuple[str, ...]
    source_tax: tuple[float, ...]
    provenance: tuple[Provenance, ...]
    total_return: bool = False
    per_year: int = 252
    known: Floats | None = None
    trading_unit: tuple[float, ...] = ()
    foreign_tax: tuple[float, ...] = ()
    left_out: tuple[Dates, ...] = ()

    def __post_init__(self) -> None:
        for name, usual in (("trading_unit", 1.0), ("foreign_tax", 0.0)):
            if not getattr(self, name):
                object.__setattr__(self, name, (usual,) * len(self.symbols))

    @property
    def base_price(self) -> Floats:
        """(T, A) price × fx: the value of one unit in the base currency at mid."""
        return self.price * self.fx

    @property
    def is_sample(self) -> bool:
        """True if any series is simulated."""
        return any(item.is_sample for item in self.provenance)

    @property
    def warnings(self) -> tuple[Message | str, ...]:
        """What the banner of every output must say of these prices, each once."""
        return tuple(dict.fromkeys(text for item in self.provenance for text in item.warnings))

    @property
    def years(self) -> Ints:
        """(T,) calendar year of each session."""
        return calendar_years(self.sessions)

    def column(self, symbol: str) -> int:
        """The column of ``symbol``."""
        return self.symbols.index(symbol)
