"""Flows and returns in sentences and tables: the answer first, then its size, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.messages import Message, Month, Number, Percent, message
from engine.report.answer import Answer, answer_text
from engine.report.models import Cell, Column, Table
from engine.report.page_locale import PageLocale, clean
from engine.report.summary import flag_texts
from engine.report.terminal import Screen, notices, places, printed, section, table_blocks
from engine.studies.flows.months import REACH
from engine.studies.flows.results import (
    ASSETS,
    INFLOW,
    OUTFLOW,
    Event,
    FlowStudy,
    FundFlows,
    Relation,
)
from engine.studies.student import LEVEL

GATHERED = 2 / 3  # of a fifth's months in one half of the record: from then on it is said
SHORT = (-12, -6, -3, -2, -1, 0, 1, 2, 3, 6, 12)  # correlations on a terminal; the page has all


def flows_text(found: FlowStudy, folder: Path | None, lang: str, screen: Screen) -> str:
    """What ``backtest flows`` prints."""
    text = notices(flag_texts([found.manifest], PageLocale(lang)), PageLocale(lang), screen)
    text += answer_text(flow_answer(found), PageLocale(lang), screen)
    for fund in found.funds:
        locale = PageLocale(lang, fund.base)
        text += section(clean(fund.symbol), [locale.sentence(item) for item in statements(fund)], screen)
        for group in (INFLOW, OUTFLOW):
            text += printed(["", locale.sentence(group_title(fund, group))], screen)
            text += table_blocks(events_table(fund, group, locale), locale, screen)
        text += printed(["", locale("flow_lags_chart", symbol=clean(fund.symbol))], screen)
        text += table_blocks(lags_table(fund, locale, SHORT), locale, screen)
    locale = PageLocale(lang)
    text += section(locale("assumptions_title"), map(locale.sentence, found.manifest["assumptions"]), screen)
    left_out = [locale.sentence(note) for item in found.manifest["data"] for note in item["notes"]]
    text += section(locale("data_title"), left_out, screen) if left_out else ""
    return text.lstrip("\n") + (places(locale("files_title"), [str(folder)], screen) if folder else "")


def flow_answer(found: FlowStudy) -> Answer:
    """What the page, the command and a notebook say first: of each fund the answer, then its size and sureness."""
    return Answer(tuple(map(relation, found.funds)), tuple(map(_sureness, found.funds)))


def relation(fund: FundFlows) -> Message:
    """What can be told, and what cannot."""
    match fund.relation:
        case Relation.NOISE:
            return message(
                "{symbol}: this is noise: neither that flows lead returns nor that they follow them can be told.",
                symbol=fund.symbol,
            )
        case Relation.SAME_MONTH:
            return message(
                "{symbol}: that flows lead returns cannot be told, nor that they follow them; what can be told is "
                "that they move with the return of their own month.",
                symbol=fund.symbol,
            )
        case Relation.FOLLOWS:
            return message(
                "{symbol}: flows followed returns; that they lead cannot be told.", symbol=fund.symbol
            )
        case Relation.LEADS:
            return message(
                "{symbol}: flows led returns; that they follow them cannot be told.", symbol=fund.symbol
            )
        case Relation.BOTH:
            return message("{symbol}: flows followed returns, and led them.", symbol=fund.symbol)


def _sureness(fund: FundFlows) -> Message:
    lead, lag = fund.strongest(1), fund.strongest(-1)
    return message(
        "{symbol}: the largest correlation with later returns is {lead}, with earlier ones {lag}; chance alone "
        "reaches {band}. {n} months hold {years} independent periods of 12.",
        symbol=fund.symbol,
        lead=Number(lead.correlation, 2, sign=True),
        lag=Number(lag.correlation, 2, sign=True),
        band=Number(fund.band, 2),
        n=fund.n,
        years=fund.years,
    )


def statements(fund: FundFlows) -> list[Message]:
    """Behind the answer: sizes, what chance does, what came after the largest flows, and what spoils it."""
    lead, lag, same = (fund.strongest(sign) for sign in (1, -1, 0))
    sizes = message(
        "Largest rank correlation of a month's flow with a later return: {lead} ({later}), with an earlier one: "
        "{lag} ({earlier}), with that of its own month: {same}. Where the two have nothing to do with each other, "
        "the largest of all {all} stays below {band} in 95 of 100 cases.",
        lead=Number(lead.correlation, 2, sign=True),
        later=_month(lead.months),
        lag=Number(lag.correlation, 2, sign=True),
        earlier=_month(lag.months),
        same=Number(same.correlation, 2, sign=True),
        all=2 * REACH + 1,
        band=Number(fund.band, 2),
    )
    sureness = message(
        "{n} months ({first} to {last}) hold {years} independent periods of 12 months; {outside} of the {all} "
        "intervals leave out 0, where one or two do by chance, and {differences} of the {windows} differences "
        "below, where about one does.",
        n=fund.n,
        first=Month(fund.first),
        last=Month(fund.last),
        years=fund.years,
        outside=fund.outside,
        differences=fund.events_outside,
        windows=len(fund.events),
        all=2 * REACH + 1,
    )
    afterwards = [fund.event(group, "after", 12) for group in (INFLOW, OUTFLOW)]
    return [
        sizes,
        sureness,
        *(_afterwards(item) for item in afterwards if item is not None),
        *_gathered(fund),
        *_one_sided(fund),
    ]


def _afterwards(item: Event) -> Message:
    what = (
        message("Over the 12 months after the {n} months of the largest inflow", n=item.n)
        if item.group == INFLOW
        else message("Over the 12 months after the {n} months of the largest outflow", n=item.n)
    )
    told = (
        message("which can be told from zero") if item.is_told else message("which cannot be told from zero")
    )
    return message(
        "{what} the fund returned {mean} on average, after all months {all}: {gap} points ({low} to "
        "{high}), {told}.",
        what=what,
        mean=Percent(item.mean, 1),
        all=Percent(item.all_mean, 1),
        gap=Number(item.difference * 100, 1, sign=True),
        low=Number(item.low * 100, 1, sign=True),
        high=Number(item.high * 100, 1, sign=True),
        told=told,
    )


def _gathered(fund: FundFlows) -> list[Message]:
    """Where the months of the largest inflow lie together, their returns are those of a time, not of a flow."""
    share = fund.early
    if 1 - GATHERED < share < GATHERED:
        return []
    what = (
        message(
            "{share} of the months of the largest inflow lie in the first half of the record: returns around "
            "them are those of that time as much as of the flow.",
            share=Percent(share, 0),
        )
        if share >= GATHERED
        else message(
            "{share} of the months of the largest inflow lie in the second half of the record: returns around "
            "them are those of that time as much as of the flow.",
            share=Percent(1 - share, 0),
        )
    )
    if fund.measure != ASSETS:
        return [what]
    return [what, message("--relative-to volatility holds each month against the months before it.")]


def _one_sided(fund: FundFlows) -> list[Message]:
    found = []
    if fund.limits[0][1] >= 0:
        found.append(message("The fifth of the largest outflow holds months without an outflow."))
    if fund.limits[-1][0] <= 0:
        found.append(message("The fifth of the largest inflow holds months without an inflow."))
    return found


def group_title(fund: FundFlows, group: int) -> Message:
    """Which months a table is of: from which flow to which."""
    n = int((fund.fifth == group).sum())
    low, high = fund.limits[0 if group == OUTFLOW else -1]
    if fund.measure == ASSETS:
        ends = Percent(low, 1, sign=True), Percent(high, 1, sign=True)
        where = message("{low} to {high} of assets", low=ends[0], high=ends[1])
    else:
        counts = Number(low, 2, sign=True), Number(high, 2, sign=True)
        where = message("{low} to {high} standard deviations", low=counts[0], high=counts[1])
    return (
        message("Around the {n} months of the largest inflow ({where})", n=n, where=where)
        if group == INFLOW
        else message("Around the {n} months of the largest outflow ({where})", n=n, where=where)
    )


def events_table(fund: FundFlows, group: int, locale: PageLocale) -> Table:
    """A row a window around the months of a fifth: returns, and the difference from all months."""
    columns = (
        Column("window", locale("flow_window")),
        Column("n", locale("flow_months"), "count"),
        Column("mean", locale("flow_mean"), "percent"),
        Column("median", locale("median"), "percent"),
        Column("all_mean", locale("flow_all_mean"), "percent"),
        Column("difference", locale("difference"), "percent"),
        Column("interval", locale("flow_interval", level=locale.percent(LEVEL, 0)), "percent"),
        Column("told", locale("flow_told")),
    )
    rows = []
    for item in (item for item in fund.events if item.group == group):
        gap, low, high = (locale.points(value, 1) for value in (item.difference, item.low, item.high))
        told = locale("flow_is_told" if item.is_told else "flow_not_told")
        window = locale.sentence(_window(item.side, item.months))
        interval = locale("from_to", first=low, last=high)
        values = (window, item.n, item.mean, item.median, item.all_mean, gap, interval, told)
        rows.append(tuple(map(Cell, values)))
    return Table(columns, tuple(rows), fund.base)


def _window(side: str, months: int) -> Message:
    match side:
        case "before":
            return message("{n} month before", plural="{n} months before", n=months)
        case "after":
            return message("{n} month after", plural="{n} months after", n=months)
    return message("the month itself")


def lags_table(
    fund: FundFlows, locale: PageLocale, months: Sequence[int] = range(-REACH, REACH + 1)
) -> Table:
    """A row a lead or lag: the rank correlation and its interval."""
    columns = (
        Column("months", locale("flow_return_of")),
        Column("correlation", locale("flow_correlation"), "number"),
        Column("interval", locale("flow_interval", level=locale.percent(LEVEL, 0)), "number"),
        Column("pairs", locale("flow_months"), "count"),
        Column("told", locale("flow_told_of_all", n=2 * REACH + 1)),
    )
    rows = []
    for item in (item for item in fund.lags if item.months in months):
        told = locale("flow_is_told" if abs(item.correlation) > fund.band else "flow_not_told")
        values = [locale.number(value, sign=True) for value in (item.correlation, item.low, item.high)]
        interval = locale("from_to", first=values[1], last=values[2])
        name = locale.sentence(_month(item.months))
        rows.append(tuple(map(Cell, (name, values[0], interval, item.pairs, told))))
    return Table(columns, tuple(rows), fund.base)


def _month(months: int) -> Message:
    if months < 0:
        return message("{n} month earlier", plural="{n} months earlier", n=-months)
    if months > 0:
        return message("{n} month later", plural="{n} months later", n=months)
    return message("the same month")
