"""What a report must say about the rules of a run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from engine.market.series import calendar_year
from engine.messages import Arg, Message, Money, Percent, listed, message, word
from engine.rules import tables
from engine.rules.calendar import covers, settlement_years
from engine.rules.costs import numbers
from engine.rules.deposits import deposit_rates
from engine.rules.tables import Broker
from engine.rules.terms import Counterfactual, Terms

if TYPE_CHECKING:
    from engine.config import Config
    from engine.config.models import AccountRules, Costs
    from engine.config.strategy import Transfer
    from engine.market.panel import Panel

RULES = {
    "nisa_2024": message("nisa_2024 (one law in every year)"),
    "historical_general": message("historical_general (the law of each year)"),
    "historical_tsumitate": message("historical_tsumitate (the law of each year)"),
}
OVERFLOW = {
    "split": message("is split: what fits goes into NISA, the rest to the next account"),
    "whole_order": message("goes to the next account whole"),
    "skip": message("is dropped, and its money is part of the next order"),
    "hold_cash": message("is shrunk to fit, the rest stays cash"),
}


MOVED = {
    "least_gain_first": message("those with the least gain first"),
    "loss_first": message("losses first, the others in proportion"),
    "pro_rata": message("in proportion"),
}


def counterfactuals(config: Config, panel: Panel) -> tuple[Counterfactual, ...]:
    """The rules that a run on a panel uses before they existed."""
    accounts, rules = config.accounts, config.account_rules
    retroactive = [row.from_year for row in tables.frames()[rules.rules] if row.retroactive]
    found = []
    if retroactive and "nisa" in accounts:
        since = max(retroactive)
        text = message("The NISA of {year} is applied to years before {year}.", year=str(since))
        found.append(Counterfactual(since, text))
    if "taxable" in accounts:
        used = tables.tax_row(max(retroactive)) if retroactive else tables.tax_rows()[0]
        text = message(
            "The tax rate of {year} ({rate}) is applied to years before {year}.",
            year=str(used.from_year),
            rate=Percent(used.national + used.local, 3),
        )
        found.append(Counterfactual(used.from_year, text))
    if "taxable" in accounts and rules.offset_dividends:
        since = next(row.from_year for row in tables.tax_rows() if row.dividend_offset)
        text = message("Losses are set against dividends before {year}, as the law did not.", year=str(since))
        found.append(Counterfactual(since, text))
    if "taxable" in accounts and retroactive and any(panel.foreign_tax):
        since = tables.foreign_tax_year()
        text = message(
            "Tax that a fund paid abroad is taken off the tax on its distributions before {year}, as the law did "
            "not.",
            year=str(since),
        )
        found.append(Counterfactual(since, text))
    first = calendar_year(panel.sessions[0])
    return tuple(item for item in found if first < item.since)


def assumptions(config: Config, profile: Broker, panel: Panel) -> tuple[Message, ...]:
    """The choices behind a run, only those that can matter to it."""
    accounts, rules = config.accounts, config.account_rules
    said = []
    if "plain" in accounts:
        said.append(
            message("Plain account: no Japanese tax, no limits, no rounding; dividends net of source tax.")
        )
    if "nisa" in accounts:
        said += _of_nisa(rules)
    if len(accounts) > 1:
        said.append(
            message(
                "Accounts are filled in the order nisa, taxable; sales come from the taxable account first."
                if rules.sell_from == "taxable_first"
                else "Accounts are filled in the order nisa, taxable; sales come from NISA first."
            )
        )
    if "taxable" in accounts:
        said += _of_taxes(rules)
        said += _of_distributions(panel)
    if config.strategy.transfer is not None:
        said += _of_transfers(config.strategy.transfer)
    if "plain" not in accounts:
        said.append(message("The quota year and tax year of an order are those of its settlement date."))
    if config.execution.whole_shares:
        said += _of_units(panel)
    said += _of_money(config, panel)
    said.append(_of_costs(config, profile, panel))
    if not covers(panel.sessions):
        said.append(
            message("In years outside the Tokyo holiday table every weekday counts as a business day.")
        )
    return tuple(said)


def _of_distributions(panel: Panel) -> list[Message]:
    """What is simplified of the distributions of yen funds: their special part is not told apart."""
    funds = [
        symbol
        for symbol, kind, paid in zip(panel.symbols, panel.kind, panel.dividend.T, strict=True)
        if kind == "jp_fund" and paid.any()
    ]
    if not funds:
        return []
    return [
        message(
            "In the taxable account every distribution of {funds} is taxed as a profit: the part that only gives "
            "one's own money back, which is untaxed and lowers the price paid, is not told apart, so that some "
            "tax comes too early.",
            funds=listed(funds),
        )
    ]


def _of_units(panel: Panel) -> list[Message]:
    """What is traded in whole units only."""
    said = []
    if "us_etf" in panel.kind:
        said.append(message("US ETFs trade in whole shares; what is left over waits as cash."))
    units = [
        message("{symbol} {units}", symbol=symbol, units=int(unit))
        for symbol, kind, unit in zip(panel.symbols, panel.kind, panel.trading_unit)
        if kind == "jp_etf"
    ]
    if units:
        said.append(
            message(
                "ETFs in Tokyo trade in their trading units ({units}); what is left over waits as cash.",
                units=listed(units),
            )
        )
    return said


def _of_money(config: Config, panel: Panel) -> list[Message]:
    """What cash and a deposit earn, and where they are."""
    said = []
    if not {"cash", "deposit"}.isdisjoint(panel.kind) and "plain" not in config.accounts:
        said.append(message("Cash and deposits are held beside the accounts, bought and sold free of cost."))
    if "deposit" in panel.kind:
        rates = deposit_rates(config.own_deposit_rates)
        used = [
            rate
            for day, later, rate in zip(rates.days, (*rates.days[1:], date.max), rates.rates)
            if later > panel.sessions[0].item() and day <= panel.sessions[-1].item()
        ] or [rates.rates[0]]
        low, high = Percent(min(used), 3), Percent(max(used), 3)
        said.append(
            message(
                "A deposit earns {rates} a year, paid in February and August, less tax on interest, against "
                "which no loss is set."
                if "plain" not in config.accounts
                else "A deposit earns {rates} a year, paid in February and August, untaxed in the plain account.",
                rates=low
                if min(used) == max(used)
                else message("{low} to {high}", context="interval", low=low, high=high),
            )
        )
    return said


def _of_nisa(rules: AccountRules) -> list[Message]:
    said = [
        message(
            "NISA rules {rules}. An order larger than the quota left {overflow}.",
            rules=RULES[rules.rules],
            overflow=OVERFLOW[rules.overflow],
        )
    ]
    annual, lifetime = rules.annual_limits, rules.lifetime
    limits = []
    if annual.T is not None:
        limits.append(message("annual T {limit}", limit=Money(annual.T)))
    if annual.G is not None:
        limits.append(message("annual G {limit}", limit=Money(annual.G)))
    if lifetime.total is not None:
        limits.append(message("lifetime total {limit}", limit=Money(lifetime.total)))
    if lifetime.G is not None:
        limits.append(message("lifetime G {limit}", limit=Money(lifetime.G)))
    return said + ([message("Own NISA limits: {limits}.", limits=listed(limits))] if limits else [])


def _of_taxes(rules: AccountRules) -> list[Message]:
    return [
        message(
            "Taxable account with withholding; exchange rate of tax amounts: mid."
            if rules.tax_amounts == "mid"
            else "Taxable account with withholding; exchange rate of tax amounts: TTS (mid + 1 yen) to buy, "
            "TTB (mid - 1 yen) to sell."
        ),
        message(
            "A year's net losses are first set against its dividends; losses carry forward three years, "
            "against later gains and then dividends."
            if rules.offset_dividends
            else "A year's net losses are not set against dividends; losses carry forward three years, "
            "against later gains alone."
        ),
    ]


def high_incomes(terms: Terms, day: np.datetime64, kinds: Iterable[str], value: float) -> list[Message]:
    """What a value after tax rests on that is large enough for the minimum tax on the income of a year.

    Incomes are those of the year of ``day``, the last session, and of the years in which what is sold then
    settles, by the ``kinds`` of assets.
    """
    settled = max(int(settlement_years(np.array([day]), kind)[0]) for kind in kinds)
    years = range(calendar_year(day), settled + terms.liquidation_years)
    rows = [row for row in dict.fromkeys(map(tables.minimum_tax, years)) if isfinite(row.exempt)]
    if "taxable" not in terms.buckets or value <= min((row.exempt for row in rows), default=value):
        return []
    limits = [
        message(
            "{exempt} ({rate}) from {year} on",
            exempt=Money(row.exempt),
            rate=Percent(row.rate, 1),
            year=str(row.from_year),
        )
        for row in rows
    ]
    said = [
        message(
            "The value after tax has the minimum tax on very high incomes, of what a year brings above {exempt}, "
            "less the regular income tax; other income is not known, and in the run itself it is not paid.",
            exempt=listed(limits, "and"),
        )
    ]
    if terms.liquidation_years > 1:
        said.append(
            message(
                "For the value after tax everything is sold in equal parts of {n} years, at the last close.",
                n=terms.liquidation_years,
            )
        )
    said += [
        message(
            "For the minimum tax from {year} on, the outline of the reform is used.", year=str(row.from_year)
        )
        for row in rows
        if row.status != "enacted"
    ]
    return said


def _of_transfers(moved: Transfer) -> list[Message]:
    most = moved.at_most
    return [
        message(
            "Each January units of the taxable account are sold and bought again in NISA at the same close, "
            "{order}, {most}; the tax is paid from the sale.",
            order=MOVED[moved.order],
            most=message("as far as the room goes")
            if most == "room"
            else message("up to {amount} a year", amount=Money(float(most))),
        ),
        message(
            "Transfers use the room before the year's contributions."
            if moved.before_contributions
            else "Transfers leave the room that the rest of the year's contributions need."
        ),
    ]


def _of_costs(config: Config, profile: Broker, panel: Panel) -> Message:
    costs = config.costs
    own = bool(costs.model_dump(exclude={"broker"}, exclude_none=True))
    if profile.valid_from is None and not own:
        return message("Trades cost nothing: no commission, no currency spread.")
    if profile.valid_from is None:
        whose = message("broker none, with own numbers")
    else:
        whose = message(
            "broker {broker} as of {day}, in every year, with own numbers"
            if own
            else "broker {broker} as of {day}, in every year",
            broker=word(f"broker_{profile.name}"),
            day=date.fromisoformat(str(profile.valid_from)),
        )
    return message(
        "Costs of {whose}: {numbers}; NISA orders pay no commission."
        if "nisa" in config.accounts and profile.nisa_free
        else "Costs of {whose}: {numbers}.",
        whose=whose,
        numbers=listed(_charges(costs, profile, panel), last=";"),
    )


def _charges(costs: Costs, profile: Broker, panel: Panel) -> list[Arg]:
    """What an order in each kind of asset of the plan pays, in whose currency, and for changing money."""
    traded = {
        (kind, currency)
        for kind, currency in zip(panel.kind, panel.asset_currency, strict=True)
        if kind not in ("cash", "deposit")
    }
    said: list[Arg] = []
    for kind, currency in sorted(traded):
        what = word(f"kind_{kind}")
        rate, minimum, cap, _ = numbers(costs, profile, kind)
        if not rate and not minimum:
            said.append(message("{what}: no commission", what=what))
            continue
        charge = [message("{what}: commission {rate} of an order", what=what, rate=Percent(rate, None))]
        if minimum:
            charge.append(message("at least {amount} {currency}", amount=minimum, currency=currency))
        if isfinite(cap):
            charge.append(message("at most {amount} {currency}", amount=cap, currency=currency))
        said.append(listed(charge))
    spread = numbers(costs, profile)[3]
    said += [
        message(
            "currency spread {amount} {base} per {currency} each way",
            amount=spread,
            base=panel.currency,
            currency=currency,
        )
        if spread
        else message("no currency spread on {currency}", currency=currency)
        for currency in sorted({currency for _, currency in traded} - {panel.currency})
    ]
    return said


def before_its_time(profile: Broker, first_day: np.datetime64) -> tuple[Message, ...]:
    """That a run which begins on ``first_day`` uses a price list before its first date, if it does."""
    since = profile.valid_from
    if since is None or first_day >= since:
        return ()
    return (
        message(
            "The price list of {broker} is known from {day} on; it is used before that day too.",
            broker=word(f"broker_{profile.name}"),
            day=date.fromisoformat(str(since)),
        ),
    )


def from_memory(profile: Broker) -> tuple[Message, ...]:
    """That a price list was not checked against what the broker publishes, if it was not."""
    if profile.certainty == "H":
        return ()
    return (
        message(
            "The price list of {broker} is of certainty {grade}: from memory, not checked against what the broker "
            "publishes.",
            broker=word(f"broker_{profile.name}"),
            grade=profile.certainty,
        ),
    )
