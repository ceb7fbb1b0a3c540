"""A made-up life with the shape of a real one, for tests of what people see.

Not market data: yearly returns are round numbers, the days between come from a fixed seed. The life is kept
by a few plain lines below, so its columns add up: cash, positions, flows, cost and tax.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np

from engine.result import Result

LARGE = (-12, -22, 28, 11, 5, 16, 5, -37, 27, 15, 2, 16, 32, 14, 1, 12, 22, -5, 31, 18, 29, -18, 26, 25, 17)
SMALL = (6, -15, 38, 22, 8, 15, 0, -31, 26, 26, 1, 16, 41, 6, -2, 27, 13, -8, 23, 11, 27, -16, 16, 9, 6)
YEN = (
    115,
    132,
    119,
    107,
    103,
    118,
    119,
    112,
    91,
    93,
    81,
    77,
    86,
    105,
    120,
    120,
    117,
    113,
    110,
    109,
    103,
    115,
)
YEN_AFTER = (131, 141, 157, 156)
DIVIDEND = (0.0042, 0.0031)  # a quarter, of the price
START = (110.0, 40.0)


def sessions(first: int, last: int) -> np.ndarray:
    """Weekdays from 2 January of the first year to 30 December of the last."""
    days = np.arange(f"{first}-01-02", f"{last}-12-31", dtype="datetime64[D]")
    return days[np.is_busday(days)]


def path(rng: np.random.Generator, dates: np.ndarray, steps: list[float], sd: float) -> np.ndarray:
    """A level from 1.0 that ends each year exactly where ``steps`` (yearly log returns) says."""
    year = dates.astype("datetime64[Y]").astype(int) + 1970
    log = np.zeros(len(dates))
    for i, value in enumerate(np.unique(year)):
        days = np.flatnonzero(year == value)
        noise = rng.normal(0.0, sd * (2.0 if value in (2008, 2020) else 1.0), len(days))
        log[days] = noise - noise.mean() + steps[i] / len(days)
    return np.exp(np.cumsum(log))


class Life:
    """Cash, positions by bucket and asset, and the rows that were written."""

    def __init__(self, symbols: list[str]) -> None:
        self.symbols = symbols
        self.cash = 0.0
        self.units: dict[tuple[str, str], float] = defaultdict(float)
        self.rows: list[tuple[Any, ...]] = []

    def book(
        self, date: Any, bucket: str, asset: str, kind: str, units: float, price: float, fx: float, **kw
    ):
        amount, cost = float(kw["amount"]), float(kw.get("cost", 0.0))
        self.cash += amount
        self.rows.append(
            (
                date,
                date + np.timedelta64(4, "D"),
                bucket,
                asset,
                kind,
                units,
                price,
                fx,
                amount,
                cost,
                self.cash,
            )
        )


def live(
    dates: np.ndarray,
    prices: np.ndarray,
    fx: np.ndarray,
    symbols: list[str],
    weights: list[float],
    accounts,
    amount,
):
    """Monthly saving by shortfall, NISA growth frame first, whole units; equity, rows, years, quota."""
    life, n = Life(symbols), len(dates)
    month = dates.astype("datetime64[M]")
    year = dates.astype("datetime64[Y]").astype(int) + 1970
    units_path = {}
    flow, cash = np.zeros(n), np.zeros(n)
    used: dict[int, float] = defaultdict(float)
    dividends: dict[int, float] = defaultdict(float)
    dividend_tax: dict[int, float] = defaultdict(float)
    cost: dict[int, float] = defaultdict(float)
    lifetime = 0.0
    history = {key: np.zeros(n) for key in [(b, s) for b in ("nisa.G", "taxable", "plain") for s in symbols]}
    for t in range(n):
        y, date = int(year[t]), dates[t]
        if t == 0 or month[t] != month[t - 1]:
            quarter = t > 0 and int(str(month[t])[5:]) % 3 == 0
            for (bucket, symbol), units in list(life.units.items()):
                if quarter and units:
                    a = symbols.index(symbol)
                    gross = np.floor(prices[t, a] * DIVIDEND[a % 2] * units * fx[t])
                    withheld = np.floor(gross * 0.1)
                    japan = np.floor((gross - withheld) * 0.20315) if bucket == "taxable" else 0.0
                    life.book(date, bucket, symbol, "dividend", units, prices[t, a], fx[t], amount=gross)
                    life.book(date, bucket, symbol, "dividend_tax", 0, 0, fx[t], amount=-(withheld + japan))
                    dividends[y] += gross
                    dividend_tax[y] += withheld + japan
            flow[t] = amount
            life.book(date, "", "", "deposit", 0, 0, 1, amount=amount)
            value = [
                sum(u for (_, s), u in life.units.items() if s == symbol) * prices[t, a] * fx[t]
                for a, symbol in enumerate(symbols)
            ]
            total = sum(value) + life.cash
            short = [max(0.0, w * total - v) for w, v in zip(weights, value)]
            free = life.cash
            for a, symbol in enumerate(symbols):
                price = prices[t, a]
                count = int(short[a] / max(sum(short), 1e-9) * free / (price * fx[t]))
                room = min(2_400_000 - used[y], 12_000_000 - lifetime)
                nisa = min(count, int(max(0.0, room) / (price * fx[t]))) if "nisa" in accounts else 0
                for bucket, lots in (
                    ("nisa.G", nisa),
                    ("taxable" if "taxable" in accounts else "plain", count - nisa),
                ):
                    if lots > 0:
                        fee = (
                            0.0 if bucket == "nisa.G" else np.floor(min(22.0, lots * price * 0.00495) * fx[t])
                        )
                        paid = np.floor(lots * price * fx[t]) + fee
                        if paid > life.cash:
                            continue
                        life.units[bucket, symbol] += lots
                        life.book(date, bucket, symbol, "buy", lots, price, fx[t], amount=-paid, cost=fee)
                        cost[y] += fee
                        if bucket == "nisa.G":
                            used[y] += paid
                            lifetime += paid
        cash[t] = life.cash
        for key, units in life.units.items():
            history[key][t] = units
    worth = {key: history[key] * prices[:, symbols.index(key[1])] * fx for key in history}
    value = cash + sum(worth.values())
    twr = np.ones(n)
    level = 1.0
    for t in range(n):
        before = value[t - 1] if t else 0.0
        level *= (value[t] - flow[t]) / before if before > 0 else value[t] / max(flow[t], 1e-9)
        twr[t] = level
    del units_path
    equity = {
        "date": dates,
        "value": value,
        "contributed": np.cumsum(flow),
        "withdrawn": np.zeros(n),
        "flow": flow,
        "cash": cash,
        "twr": twr,
        "usdjpy": fx,
    }
    equity |= {f"asset:{s}": sum(worth[b, s] for b in ("nisa.G", "taxable", "plain")) for s in symbols}
    equity |= {
        f"bucket:{b}": sum(worth[b, s] for s in symbols)
        for b in ("nisa.G", "taxable", "plain")
        if b.split(".")[0] in accounts
    }
    every = np.unique(year)
    last = [int(np.flatnonzero(year == y)[-1]) for y in every]
    years = {
        "year": every,
        "contributed": np.array([flow[year == y].sum() for y in every]),
        "withdrawn": np.zeros(len(every)),
        "dividends": np.array([dividends[int(y)] for y in every]),
        "dividend_tax": np.array([dividend_tax[int(y)] for y in every]),
        "tax": np.zeros(len(every)),
        "cost": np.array([cost[int(y)] for y in every]),
        "value": value[last],
        "twr": np.array([twr[i] / (twr[last[k - 1]] if k else 1.0) - 1 for k, i in enumerate(last)]),
        "full": np.ones(len(every), np.int64),
    }
    left, quota = 12_000_000.0, defaultdict(list)
    for y in every if "nisa" in accounts else []:
        left -= used[int(y)]
        annual = min(2_400_000.0, left + used[int(y)])
        row = {
            "year": int(y),
            "frame": "nisa.G",
            "limit": 2_400_000.0,
            "used": used[int(y)],
            "given_back": 0.0,
            "lifetime_left": left,
            "lapsed": annual - used[int(y)],
        }
        for name, item in row.items():
            quota[name].append(item)
    return equity, life.rows, years, {name: np.array(column) for name, column in quota.items()}


def figures(equity: dict[str, np.ndarray], years: dict[str, np.ndarray], fx: np.ndarray) -> dict[str, Any]:
    """Metrics by their definitions, in the plainest way."""
    dates, value, twr = equity["date"], equity["value"], equity["twr"]
    contributed, final = float(equity["contributed"][-1]), float(value[-1])
    span = max(1.0, float((dates[-1] - dates[0]).astype(int)))
    before = np.concatenate([[1.0], twr[:-1]])
    returns = twr / before - 1
    top = np.maximum.accumulate(np.concatenate([[1.0], twr]))[1:]
    fall = twr / top - 1
    trough = int(fall.argmin())
    peak = (
        int(np.flatnonzero(twr[: trough + 1] >= top[trough] * (1 - 1e-12))[0])
        if (twr[: trough + 1] >= top[trough]).any()
        else 0
    )
    back = np.flatnonzero(twr[trough:] >= top[trough])
    low, high = -0.9, 1.0
    ages = (dates[-1] - dates).astype(int) / 365
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if (equity["flow"] * (1 + middle) ** ages).sum() < final else (low, middle)
    growth = float(twr[-1])
    currency = float(fx[-1] / fx[0])
    sd = float(returns.std(ddof=1) * np.sqrt(252)) if len(returns) > 1 else 0.0
    cagr = growth ** (365.25 / span) - 1 if span >= 365 else None
    taxed = final - 0.03 * max(0.0, final - contributed)
    return {
        "contributed": contributed,
        "withdrawn": 0.0,
        "final_value": final,
        "liquidation_value": float(np.floor(taxed)),
        "profit": final - contributed,
        "value_to_contributed": final / contributed,
        "xirr": low if span >= 365 else None,
        "twr_cagr": cagr,
        "volatility": sd,
        "sharpe": cagr / sd if cagr is not None and sd else None,
        "sortino": None if cagr is None else cagr / sd * 1.4,
        "max_drawdown": float(fall[trough]),
        "max_drawdown_peak": str(dates[peak]),
        "max_drawdown_trough": str(dates[trough]),
        "max_drawdown_recovery": str(dates[trough + int(back[0])]) if len(back) else None,
        "calmar": None if cagr is None else cagr / -float(fall[trough]),
        "ulcer_index": float(np.sqrt((fall**2).mean())),
        "var_95": float(np.quantile(returns, 0.05)),
        "cvar_95": float(returns[returns <= np.quantile(returns, 0.05)].mean()),
        "best_year": float(years["twr"].max()),
        "worst_year": float(years["twr"].min()),
        "days_below_principal": int((value < equity["contributed"]).sum()),
        "turnover": 0.0,
        "cost_paid": float(years["cost"].sum()),
        "tax_paid": float(years["tax"].sum()),
        "dividend_tax_paid": float(years["dividend_tax"].sum()),
        "idle_cash_average": float(equity["cash"].mean()),
        "twr_local": growth / currency - 1,
        "twr_fx": currency - 1,
    }


def fake_result(
    name: str = "satellite10",
    *,
    description: str = "90 % S&P 500 core, 10 % US small caps, ¥100,000 a month in NISA",
    satellite: str = "IJR",
    weight: float = 0.10,
    years: tuple[int, int] = (2001, 2025),
    accounts: tuple[str, ...] = ("nisa", "taxable"),
    amount: float = 100_000.0,
    sample: bool = True,
    counterfactual: bool = True,
    benchmark: bool = True,
    last: str | None = None,
    seed: int = 7,
) -> Result:
    """A deterministic life; ``last`` cuts it short at a date."""
    first, end = years
    rng = np.random.default_rng(seed)
    dates = sessions(first, end)
    steps = slice(first - 2001, end - 2001 + 1)
    common = path(rng, dates, [0.0] * (end - first + 1), 0.009)
    prices = []
    for start, table in zip(START, (LARGE, SMALL)):
        own = path(rng, dates, [float(np.log1p(r / 100)) - 0.015 for r in table[steps]], 0.005)
        prices.append(start * own * common)
    rates = (*YEN, *YEN_AFTER)
    changes = [float(np.log(rates[i + 1] / rates[i])) for i in range(first - 2001, end - 2000)]
    fx = np.round(rates[first - 2001] * path(rng, dates, changes, 0.005), 2)
    keep = dates <= np.datetime64(last or "2999-01-01")
    dates, fx, table = dates[keep], fx[keep], np.column_stack(prices)[keep]
    core_only = weight == 0.0
    symbols, weights = (["VOO"], [1.0]) if core_only else (["VOO", satellite], [1 - weight, weight])
    equity, rows, by_year, quota = live(dates, table, fx, symbols, weights, accounts, amount)
    names = (
        "date",
        "settlement",
        "account",
        "asset",
        "kind",
        "units",
        "price",
        "fx",
        "amount",
        "cost",
        "cash_after",
    )
    metrics = figures(equity, by_year, fx)
    other = None
    if benchmark and not core_only:
        other = fake_result(
            f"{name}-core",
            satellite=satellite,
            weight=0.0,
            years=years,
            accounts=accounts,
            amount=amount,
            sample=sample,
            counterfactual=counterfactual,
            benchmark=False,
            last=last,
            seed=seed,
        )
    source = "sample" if sample else "csv:VOO.csv"
    data = [
        {
            "symbol": symbol,
            "source": source,
            "sha256": f"{i}a5f" * 16,
            "first": str(dates[0]),
            "last": str(dates[-1]),
            "is_sample": sample,
            "splices": ["2001-01-02 to 2010-09-08 from SPY, expense ratio difference 0.06 % a year"]
            if i == 0
            else [],
            "notes": [],
        }
        for i, symbol in enumerate([*symbols, "USDJPY"])
    ]
    allocation: dict[str, Any] = {
        "type": "core_satellite",
        "core": "VOO",
        "satellite": satellite,
        "satellite_weight": weight,
    }
    result = Result(
        name=name,
        config={
            "name": name,
            "description": description,
            "currency": "JPY",
            "strategy": {
                "allocation": allocation,
                "contributions": {"type": "monthly", "amount": amount, "day": 1},
            },
            "accounts": list(accounts),
        },
        manifest={
            "name": name,
            "config_sha256": "c0ffee" * 10 + "beef",
            "data": data,
            "seed": 20260101,
            "versions": {"satellite-backtest": "0.1.0", "numpy": "2.4.6", "python": "3.11.9"},
            "flags": {
                "sample": sample,
                "counterfactual": ["Today's NISA (from 2024) is applied to the years 2001 to 2023."]
                if counterfactual and "nisa" in accounts
                else [],
            },
            "assumptions": [
                "Exchange rate: the last ECB fixing on or before the session.",
                "US ETFs trade in whole shares; the rest waits as cash without interest.",
                "NISA: annual limit of the growth frame ¥2,400,000, lifetime ¥12,000,000.",
                "Dividends are paid in cash on the ex-date, less 10 % withheld in the US.",
            ],
            "period": {"start": str(dates[0]), "end": str(dates[-1]), "sessions": len(dates)},
        },
        metrics=metrics,
        reasons={
            k: "the period is shorter than 365 days"
            for k, v in metrics.items()
            if v is None and k in ("xirr", "twr_cagr", "sharpe", "sortino", "calmar")
        },
        equity=equity,
        transactions={n: np.array(column) for n, column in zip(names, zip(*rows))},
        years=by_year,
        quota=quota,
    )
    return result if other is None else replace(result, benchmark=other)


def watching_flows(result: Result, *, every: int = 1, **signal: Any) -> Result:
    """The same life as if its plan had watched made-up fund flows, one for each ``every`` months."""
    months = np.unique(result.dates.astype("datetime64[M]"))[::every]
    ends = (months + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    flow = np.round(2e9 * np.sin(np.arange(len(ends)) / 3) + 1e8, 2)
    tilt = {
        "type": "tilt",
        "core": "VOO",
        "satellite": result.symbols[-1],
        "base_weight": 0.1,
        "min_weight": 0.05,
        "max_weight": 0.15,
        "direction": "follow",
        "strength": "on_off",
        "signal": {"type": "flows", "symbol": "IJR", "file": None, "months": 12, "lag_sessions": 5} | signal,
    }
    prices = {f"price:{name}": np.linspace(9e3, 2e4, len(result.dates)) for name in result.symbols}
    return replace(
        result,
        config={**result.config, "strategy": {**result.config["strategy"], "allocation": tilt}},
        manifest={**result.manifest, "assets": {name: {"currency": "USD"} for name in result.symbols}},
        equity={**result.equity, **prices},
        flows={"date": ends[ends <= result.dates[-1]], "flow": flow[ends <= result.dates[-1]]},
    )
