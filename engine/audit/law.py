"""The dated tables of the law and the brokers, read as plain rows: the data are shared, the code is not."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from engine.result import Result

Row = Mapping[str, str]
MONEY = ("cash", "deposit")  # bought and sold without any cost


@cache
def rows(name: str, package: str = "engine.rules") -> tuple[Row, ...]:
    """The rows of one of the tables in a package's folder ``data``."""
    text = files(package).joinpath("data", f"{name}.csv").read_text(encoding="utf-8-sig")
    return tuple(csv.DictReader(text.splitlines()))


def tax_rates(result: Result, year: int) -> tuple[float, float]:
    """National and local rate on gains and dividends: of the year, or today's where today's law is applied."""
    since = law_year(result, year)
    found = [row for row in rows("tax_rates") if int(row["from_year"]) <= since]
    return (float(found[-1]["national"]), float(found[-1]["local"])) if found else (0.0, 0.0)


def law_year(result: Result, year: int) -> int:
    """The year whose law holds in a year: its own, or today's where today's law is applied."""
    law = result.config["account_rules"]["rules"]
    applied = [int(row["from_year"]) for row in rows("nisa_frames") if row["rules"] == law and _past(row)]
    return max([year, *applied])


def minimum_tax(year: int) -> Row | None:
    """The minimum tax on very high incomes of a year; None before there was one."""
    found = [row for row in rows("minimum_tax") if int(row["from_year"]) <= year]
    return found[-1] if found else None


def _past(row: Row) -> bool:
    return row["retroactive"] == "yes"


def commission(result: Result, kind: str, *, in_nisa: bool) -> tuple[float, float, float]:
    """Rate, minimum and cap of one order, in the asset's currency: own numbers before the broker's."""
    costs: Mapping[str, Any] = result.config["costs"]
    profile = _profile(result)
    if kind in MONEY:
        return 0.0, 0.0, float("inf")
    if in_nisa and profile["nisa_free"] == "yes":
        return 0.0, 0.0, 0.0
    listed = profile if kind != "jp_fund" else {}
    if kind == "jp_etf":
        listed = {"commission_rate": profile["tokyo_rate"]}
    numbers = []
    for key, default in (("commission_rate", 0.0), ("commission_min", 0.0), ("commission_cap", float("inf"))):
        own = costs[key]
        numbers.append(float(own) if own is not None else float(listed.get(key) or default))
    return numbers[0], numbers[1], numbers[2]


def spread(result: Result, symbol: str) -> float:
    """Base units per unit of an asset's currency, each way; 0 at home."""
    if not foreign(result, symbol):
        return 0.0
    own = result.config["costs"]["fx_spread"]
    return float(own) if own is not None else float(_profile(result)["fx_spread"] or 0.0)


def tax_spread(result: Result, symbol: str) -> float:
    """Between the mid rate and the bank's selling or buying rate, where tax amounts are made with those."""
    by_bank = result.config["account_rules"]["tax_amounts"] == "tts_ttb"
    return 1.0 if by_bank and foreign(result, symbol) else 0.0


def foreign(result: Result, symbol: str) -> bool:
    """Whether an asset's currency is not the base currency."""
    return bool(result.manifest["assets"][symbol]["currency"] != result.config["currency"])


def kind_of(result: Result, symbol: str) -> str:
    """What an asset is: us_etf, jp_etf, jp_fund, index, cash, deposit."""
    return str(result.manifest["assets"][symbol]["kind"])


def whole_units(result: Result, symbol: str) -> bool:
    """Whether an asset is traded in whole units."""
    return bool(result.config["execution"]["whole_shares"]) and kind_of(result, symbol) in (
        "us_etf",
        "jp_etf",
    )


def trading_unit(result: Result, symbol: str) -> float:
    """What an ETF in Tokyo trades in."""
    return float(_listed(result, symbol, "trading_unit", "trading_unit") or 1.0)


def foreign_tax(result: Result, symbol: str) -> float:
    """The share of a fund's dividends that was withheld abroad before it paid them on; 0 where not known."""
    own = result.manifest["assets"][symbol].get("foreign_tax")
    return (
        float(_listed(result, symbol, "", "foreign_tax_percent") or 0.0) / 100.0
        if own is None
        else float(own)
    )


def _listed(result: Result, symbol: str, key: str, column: str) -> Any:
    """What the result says of an asset; an older one what the registry does."""
    own = result.manifest["assets"][symbol].get(key)
    if own is not None:
        return own
    return next((row[column] for row in rows("assets", "engine.market") if row["symbol"] == symbol), None)


def lowers_foreign(result: Result, year: int) -> bool:
    """Whether Japan's tax on a distribution is lowered by the tax abroad in a year."""
    since = next(int(row["from_year"]) for row in rows("foreign_tax") if row["lowers_tax"] == "yes")
    return law_year(result, year) >= since


def interest_tax_rates(result: Result, year: int) -> tuple[float, float]:
    """National and local rate on a deposit's interest."""
    listed = rows("interest_tax_rates")
    found = [row for row in listed if int(row["from_year"]) <= law_year(result, year)] or [listed[0]]
    return float(found[-1]["national"]), float(found[-1]["local"])


def deposit_rate(result: Result, day: date) -> float:
    """What a deposit earns a year on a day: the configuration's own rate or rows, or the table's."""
    own = result.config.get("deposit_rate")
    if isinstance(own, int | float):
        return float(own)
    listed = own or rows("deposit_rates")
    begun = [row for row in listed if str(row["from"]) <= day.isoformat()] or [listed[0]]
    return float(begun[-1]["rate"])


def is_open_in_tokyo(day: date) -> bool:
    """Whether Tokyo's exchange trades on a day."""
    return day.weekday() < 5 and day.isoformat() not in _holidays()


def _profile(result: Result) -> Row:
    """The broker's newest row on or before the last session, else its first."""
    listed = [row for row in rows("brokers") if row["broker"] == result.config["costs"]["broker"]]
    end = str(result.dates[-1])
    return ([row for row in listed if row["valid_from"] <= end] or listed[:1])[-1]


@cache
def _holidays() -> frozenset[str]:
    return frozenset(row["date"] for row in rows("tokyo_holidays", "engine.market"))


def settled(kind: str, session: date) -> date:
    """The day on which an order of a session settles: so many Tokyo business days later."""
    rule = next(row for row in rows("settlement") if row["kind"] == kind)
    left, day = int(rule["trade_days"]) + int(rule["settlement_days"]), session
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day.isoformat() not in _holidays()
    return day


def frames(result: Result) -> dict[str, tuple[Row, ...]]:
    """The rows of each NISA frame of the configured rules, newest last."""
    rules = result.config["account_rules"]["rules"]
    found: dict[str, tuple[Row, ...]] = {}
    for row in rows("nisa_frames"):
        if row["rules"] == rules and row["enabled"] == "yes":
            found[row["frame"]] = (*found.get(row["frame"], ()), row)
    for item in (result.config.get("holdings") or {}).get("positions") or ():
        frame = item["account"].removeprefix("nisa.")
        if frame not in found and frame != item["account"]:  # an old frame that is closed: it takes nothing
            listed = [row for row in rows("nisa_frames") if row["frame"] == frame]
            found[frame] = tuple({**row, "annual_limit": "0"} for row in listed)
    return found


def annual_limit(result: Result, frame: str, year: int) -> float:
    """Yen that a year's purchases may reach in a frame: the configuration's own number, or the law's."""
    held = [row for row in frames(result)[frame] if _holds(row, year)]
    own = result.config["account_rules"]["annual_limits"].get(frame)
    listed = float(held[-1]["annual_limit"]) if held else 0.0
    return float(own) if own is not None and listed > 0.0 else listed


def lifetime_limit(result: Result, frame: str) -> float:
    """Yen of book a frame may hold; infinite where the law sets none."""
    own = result.config["account_rules"]["lifetime"].get(frame)
    listed = frames(result)[frame][-1]["lifetime_limit"]
    return float(own) if own is not None else float(listed or "inf")


def shared_limit(result: Result, frame: str) -> float | None:
    """Yen of book that the frames with a shared limit may hold together; None for a frame outside."""
    listed = frames(result)[frame][-1]["shared_lifetime"]
    own = result.config["account_rules"]["lifetime"].get("total")
    return None if not listed else float(listed if own is None else own)


def restores(result: Result, frame: str) -> bool:
    """Whether book that is sold counts for new purchases from the next year on."""
    return frames(result)[frame][-1]["restores"] == "yes"


def _holds(row: Row, year: int) -> bool:
    begun = _past(row) or int(row["from_year"]) <= year
    return begun and (not row["to_year"] or year <= int(row["to_year"]))
