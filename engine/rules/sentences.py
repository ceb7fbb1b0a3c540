"""What a report must say about the rules of a run, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

import numpy as np

from engine.rules import tables
from engine.rules.costs import Commission
from engine.rules.tables import Broker, FrameRow

OVERFLOW_WORDS = {
    "split": "is split: what fits goes into NISA, the rest to the next account",
    "whole_order": "goes to the next account whole",
    "skip": "is dropped, and its money is part of the next order",
    "hold_cash": "is shrunk to fit, the rest stays cash",
}
LOSS_WORDS = {
    True: "A year's net losses are first set against its dividends; losses carry forward three years, against "
    "later gains and then dividends.",
    False: "A year's net losses are not set against dividends; losses carry forward three years, against later "
    "gains alone.",
}


def counterfactuals(
    accounts: Sequence[str], rows: tuple[FrameRow, ...], first_year: int, *, offset_dividends: bool
) -> dict[str, int]:
    """Each sentence about a rule used before it existed -> the first year in which it did exist."""
    if "plain" in accounts:
        return {}
    found: dict[str, int] = {}
    retroactive = [row.from_year for row in rows if row.retroactive]
    if retroactive and "nisa" in accounts:
        since = max(retroactive)
        found[f"Counterfactual: the NISA of {since} is applied to years before {since}."] = since
    if "taxable" in accounts:
        used = tables.tax_row(max(retroactive)) if retroactive else tables.tax_rows()[0]
        rate = f"{used.national + used.local:.3%}".replace("%", " %")
        since = used.from_year
        found[f"Counterfactual: the tax rate of {since} ({rate}) is applied to years before {since}."] = since
        offset = next(row.from_year for row in tables.tax_rows() if row.dividend_offset)
        if offset_dividends:
            found[
                f"Counterfactual: losses are set against dividends before {offset}, as the law did not."
            ] = offset
    return {sentence: since for sentence, since in found.items() if first_year < since}


def assumptions(
    *,
    accounts: Sequence[str],
    rules: str,
    historical: bool,
    overflow: str,
    sell_from: str,
    tax_amounts: str,
    offset_dividends: bool,
    profile: Broker,
    own: Commission,
    limits: Mapping[str, Mapping[str, float]],
    whole: bool,
    weekday_rule: bool,
) -> tuple[str, ...]:
    """The choices behind a run, one sentence each, only those that can matter to it."""
    sentences: list[str] = []
    if "plain" in accounts:
        sentences.append(
            "Plain account: no Japanese tax, no limits, no rounding; dividends net of source tax."
        )
    if "nisa" in accounts:
        law = "the law of each year" if historical else "one law in every year"
        sentences.append(f"NISA rules {rules} ({law}). An order over the room {OVERFLOW_WORDS[overflow]}.")
    if "nisa" in accounts and any(limits.values()):
        listed = [f"{kind} {name} {limit:,.0f}" for kind in limits for name, limit in limits[kind].items()]
        sentences.append(f"Own NISA limits in yen: {', '.join(listed)}.")
    if len(accounts) > 1:
        first = "the taxable account" if sell_from == "taxable_first" else "NISA"
        sentences.append(
            f"Accounts are filled in the order {', '.join(accounts)}; sales come from {first} first."
        )
    if "taxable" in accounts:
        rate = "mid" if tax_amounts == "mid" else "TTS (mid + 1 yen) to buy, TTB (mid - 1 yen) to sell"
        sentences.append(f"Taxable account with withholding; exchange rate of tax amounts: {rate}.")
        sentences.append(LOSS_WORDS[offset_dividends])
    if "plain" not in accounts:
        sentences.append("The quota year and tax year of an order are those of its settlement date.")
    if whole:
        sentences.append("US ETFs trade in whole shares; what is left over waits as cash.")
    sentences.append(_cost_sentence(profile, own, nisa="nisa" in accounts))
    if weekday_rule:
        sentences.append("In years outside the Tokyo holiday table every weekday counts as a business day.")
    return tuple(sentences)


def _cost_sentence(profile: Broker, own: Commission, *, nisa: bool) -> str:
    if not own.given and profile.valid_from is None:
        return "Trades cost nothing: no commission, no currency spread."
    numbers = {
        "commission rate": own.rate if own.rate is not None else profile.commission_rate,
        "minimum": own.minimum if own.minimum is not None else profile.commission_min,
        "cap": own.cap if own.cap is not None else profile.commission_cap,
        "currency spread each way": own.fx_spread if own.fx_spread is not None else profile.fx_spread,
    }
    listed = ", ".join(f"{name} {number:g}" for name, number in numbers.items() if isfinite(number))
    source = f"Costs of broker {profile.name}"
    if profile.valid_from is not None:
        source += f" as of {profile.valid_from}, in every year"
    if own.given:
        source += ", with own numbers"
    free = "; NISA orders pay no commission" if nisa and profile.nisa_free else ""
    return f"{source}: {listed}{free}."


def before_its_time(profile: Broker, first_day: np.datetime64) -> tuple[str, ...]:
    """That a run which begins on ``first_day`` uses a price list before its first date, if it does."""
    if profile.valid_from is None or first_day >= profile.valid_from:
        return ()
    since = profile.valid_from
    return (f"The price list of {profile.name} is known from {since} on; it is used before that day too.",)
