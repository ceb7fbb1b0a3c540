"""Holdings at the start: how they count, in yen by hand, and what of them is refused, a line each."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from engine.audit import audit
from engine.config import Config, config_hash, override, parse_config
from engine.context import load_panel, plan_of, prepare
from engine.errors import BacktestError, ConfigError, DataError
from engine.ledger.inputs import make_market_data, slice_market
from engine.ledger.simulation import simulate_one, state_after
from engine.market.panel_builder import life_range
from engine.result import Result
from engine.rules.opening import Lot, Opening
from engine.run import run
from engine.state import state_at
from tests.lives import tiny_panel, tiny_plan, tiny_terms

PLAN = parse_config("""
name: owned
period: {start: 2016-01-01, end: 2018-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.1}
  contributions: none
accounts: [nisa, taxable]
holdings:
  cash: 1_000_000
  positions:
    - {asset: VOO, account: taxable, units: 100, cost: 1_200_000}
    - {asset: IJR, account: nisa.G, units: 50, cost: 300_000}
""")
NAMES = "earmark bought given_back gain withheld dividends dividend_tax losses"
NOTHING: dict[str, Any] = {name: {} for name in NAMES.split()}
NAN = float("nan")


def lived(config: Config) -> Result:
    return run(config, source="sample", offline=True)


def opened(*lots: Lot, cash: float = 0.0, **more: Any) -> Opening:
    return Opening(
        **{**NOTHING, "year": 2026, "day": None, "cash": cash, "reserve": 0.0, "lots": lots, **more}
    )


DAYS = ["2026-01-05", "2026-02-02", "2027-02-01"]


def simulated(opening: Opening, *accounts: str, prices: list[float], **plan: Any) -> Any:
    """A life in one yen fund of these prices, from an opening."""
    panel = tiny_panel(DAYS[: len(prices)], {"A": prices}, kind="jp_fund")
    data = make_market_data(panel, tiny_terms(panel, *accounts))
    return simulate_one(slice_market(data, 0, len(prices)), tiny_plan(panel, **plan), opening)


def test_tax_on_gains_goes_by_cost_and_the_return_by_the_first_close() -> None:
    lot = Lot(0, 0, 0, 100.0, NAN, 60_000.0)
    ledger = simulated(opened(lot), "taxable", prices=[1000.0, 1000.0], withdrawal={DAYS[1]: 10_000.0})
    assert ledger.opening == 100_000.0
    assert ledger.flow.tolist()[0] == 100_000.0
    assert ledger.stats["contributed"] == 100_000.0
    sold = -ledger.moves["units"][ledger.moves["kind"] == "sell"].sum()
    gain = sold * (1000.0 - 600.0)  # each unit cost 600 on average
    tax = -ledger.moves["amount"][ledger.moves["kind"] == "tax"].sum()
    assert tax == pytest.approx(np.floor(gain * 0.15315) + np.floor(gain * 0.05), abs=2.0)
    assert ledger.stats["twr_index"] == pytest.approx(1.0 - tax / 100_000.0, abs=1e-5)


def test_a_value_is_whole_shares_at_the_first_close_and_the_rest_is_cash() -> None:
    panel = tiny_panel(DAYS[:2], {"A": [70.0, 70.0]}, fx=150.0)
    data = make_market_data(panel, tiny_terms(panel, "taxable"))
    lot = Lot(0, 0, 0, NAN, 100_000.0, 50_000.0)  # a share is 10,500: nine of them, 5,500 left
    ledger = simulate_one(slice_market(data, 0, 2), tiny_plan(panel), opened(lot))
    assert ledger.units[0].tolist() == [[9.0]]
    assert ledger.cash.tolist() == [5_500.0, 5_500.0]
    assert ledger.opening == 100_000.0


def test_values_are_paid_in_to_the_yen_that_was_stated() -> None:
    """A share is 10,500.40 and 70.70 yen: together 5,929.70 are left, 5,930 to the nearest yen."""
    panel = tiny_panel(DAYS[:2], {"A": [70.0, 70.0], "B": [0.4713333, 0.4713333]}, fx=150.00571428571428)
    data = make_market_data(panel, tiny_terms(panel, "taxable"))
    lots = (Lot(0, 0, 0, NAN, 100_000.0, 50_000.0), Lot(0, 1, 0, NAN, 500.0, 500.0))
    ledger = simulate_one(slice_market(data, 0, 2), tiny_plan(panel, targets=(0.5, 0.5)), opened(*lots))
    exact = 100_500.0 - (ledger.units[0].sum(axis=0) * panel.price[0] * panel.fx[0]).sum()
    assert exact % 1.0 not in (0.0, 0.5)
    assert ledger.cash[0] == round(exact)
    assert round(ledger.opening) == 100_500


def test_books_fill_the_lifetime_limit_and_this_years_purchases_the_annual_one() -> None:
    """G book 10,500,000, of it 1,400,000 this year: 1,000,000 may follow in 2026, 500,000 in 2027."""
    lot = Lot(1, 0, 0, 10_500.0, NAN, 10_500_000.0)
    opening = opened(lot, bought={(1, 2026): 1_400_000.0})
    panel = tiny_panel(DAYS, {"A": [1000.0] * 3}, kind="jp_fund", frames={"A": ("G",)})
    data = make_market_data(panel, tiny_terms(panel, "nisa", "taxable"))
    plan = tiny_plan(panel, deposit={DAYS[1]: 5_000_000.0, DAYS[2]: 5_000_000.0})
    ledger = simulate_one(slice_market(data, 0, 3), plan, opening)
    bought = (ledger.moves["kind"] == "buy") & (ledger.moves["bucket"] == 1)
    assert (-ledger.moves["amount"][bought]).tolist() == [1_000_000.0, 500_000.0]


def test_losses_of_earlier_years_and_the_year_so_far_go_on() -> None:
    """A gain of 40,000 in 2027 against 30,000 lost in 2024, and 2,000 withheld on 2026's gain of 10,000 so far."""
    lot = Lot(0, 0, 0, 100.0, NAN, 60_000.0)
    opening = opened(lot, losses={2024: 30_000.0}, gain={2026: 10_000.0}, withheld={2026: 2_031.0})
    prices = [1000.0, 1000.0, 1000.0]
    ledger = simulated(opening, "taxable", prices=prices, withdrawal={DAYS[2]: 100_000.0})
    sale = ledger.moves["kind"] == "sell"
    assert ledger.moves["units"][sale].tolist() == [-100.0]
    tax = -ledger.moves["amount"][ledger.moves["kind"] == "tax"].sum()
    assert tax == np.floor(40_000 * 0.15315) + np.floor(40_000 * 0.05)
    # Of the 30,000, 10,000 met 2026's gain (2,031 come back in April 2027) and 20,000 meet 2027's.
    back = 1_531 + 500 + (6_126 + 2_000) - (3_063 + 1_000)
    assert ledger.stats["liquidation_value"] == pytest.approx(back)


def test_a_refund_that_waits_for_april_is_part_of_the_state() -> None:
    """2026's gain of 10,000 meets a carried loss: in February 2027 its tax of 2,031 is still to come."""
    panel = tiny_panel(DAYS, {"A": [1000.0] * 3}, kind="jp_fund")
    data = make_market_data(panel, tiny_terms(panel, "taxable"))
    lot = Lot(0, 0, 0, 100.0, NAN, 60_000.0)
    opening = opened(lot, losses={2024: 30_000.0}, gain={2026: 10_000.0}, withheld={2026: 2_031.0})
    state = state_after(slice_market(data, 0, 3), tiny_plan(panel), opening, 3, ends_year=False)
    assert (state.refund, state.losses, state.gain) == (2_031.0, {2024: 20_000.0}, {})


def test_the_holdings_are_the_first_payment_in() -> None:
    result = lived(PLAN)
    opening = result.transactions["kind"] == "opening"
    assert opening.sum() == 3
    moves = result.transactions
    worth = 1_000_000 + np.nansum(moves["units"] * moves["price"] * moves["fx"] * opening)
    assert result.metrics["contributed"] == pytest.approx(worth)
    assert result.equity["contributed"][0] == pytest.approx(worth)
    assert result.years["contributed"].sum() == pytest.approx(worth)
    assert result.equity["flow"][0] == pytest.approx(worth)
    assert "Begins with holdings worth" in str(result.manifest["assumptions"][0])
    assert audit(result).holds
    bought = moves["date"][moves["kind"] == "buy"]
    assert bought[0] == result.dates[0], "cash is invested on the first session"


def test_what_is_owned_beside_the_plan_is_kept_and_sold_first_for_a_withdrawal() -> None:
    more = {"positions": [{"asset": "IWM", "account": "taxable", "units": 10, "cost": 100_000}]}
    result = lived(override(PLAN, {"holdings": more}))
    assert result.symbols == ("VOO", "IJR", "IWM")
    assert result.metrics["contributed"] == pytest.approx(result.equity["asset:IWM"][0])
    taken = override(PLAN, {"holdings": more, "strategy.withdrawals": {"type": "fixed", "amount": 10_000}})
    assert set(lived(taken).transactions["asset"][lived(taken).transactions["kind"] == "sell"]) == {"IWM"}


def test_a_hash_is_that_of_before_where_nothing_is_owned() -> None:
    bare = override(PLAN, {"holdings": None, "strategy.contributions": {"type": "monthly", "amount": 1}})
    assert "holdings" not in bare.resolved()
    assert config_hash(bare) != config_hash(override(bare, {"holdings": {"cash": 1}}))


def test_years_are_moved_where_the_run_begins_at_another_time() -> None:
    """The losses of the year before are those of the year before, whichever year that is."""
    held = {**PLAN.holdings.model_dump(), "as_of": "2025-06-30", "losses": {"2024": 500_000}}
    moved = lived(override(PLAN, {"holdings": held}))
    plain = lived(override(PLAN, {"holdings": {**held, "as_of": None, "losses": {"2015": 500_000}}}))
    assert "of 2025-06-30" in str(moved.manifest["assumptions"][1])
    for name, column in plain.transactions.items():
        assert column.tolist() == pytest.approx(moved.transactions[name].tolist(), nan_ok=True)
    assert moved.metrics == plain.metrics
    assert audit(moved).holds


def test_the_years_of_recent_holdings_stand() -> None:
    """What was bought in NISA by mid-December fills no room of the next year, and a loss grows a year older."""
    start = dt.date(2016, 1, 1)
    held = {"quota_used": {"2015": {"G": 2_000_000}}, "losses": {"2012": 500_000, "2014": 30_000}}
    holdings = {**PLAN.holdings.model_dump(), **held, "as_of": "2015-12-15"}
    found = lived(override(PLAN, {"holdings": holdings, "period.start": start}))
    used = {
        (int(year), str(frame)): used
        for year, frame, used in zip(*(found.quota[name] for name in ("year", "frame", "used")))
    }
    bought = [
        -amount
        for amount, kind, account, settles in zip(
            *(found.transactions[name].tolist() for name in ("amount", "kind", "account", "settlement"))
        )
        if kind == "buy" and account == "nisa.G" and settles.year == 2016
    ]
    assert used[2016, "G"] == pytest.approx(sum(bought), abs=len(bought))
    assert not any("of 2015-12-15" in str(text) for text in found.manifest["assumptions"])
    assert audit(found).holds


HELD = {"asset": "VOO", "account": "taxable", "units": 1, "cost": 1}
OLD = {**HELD, "account": "nisa.old_general", "year": 2014}


def positions(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"holdings": {"positions": list(items), **more}}


BAD = [
    (positions({**HELD, "value": 1}), "holdings.positions.0: came both, allowed either units or value"),
    (positions({"asset": "VOO", "account": "taxable", "cost": 1}),
     "holdings.positions.0: came neither, allowed either units or value"),
    (positions({"asset": "VOO", "account": "taxable", "units": 1}),
     "holdings.positions.0.cost: missing, allowed: the acquisition cost (what was paid for all the units, as the "
     "broker's list says)"),
    (positions({**HELD, "units": -1}),
     "holdings.positions.0.units: came -1, allowed a number of units above 0, such as 12"),
    (positions({**HELD, "cost": -1}),
     "holdings.positions.0.cost: came -1, allowed an amount of 0 or more, such as 100000"),
    (positions(HELD, losses={"2015": -1}),
     "holdings.losses.2015: came -1, allowed an amount of 0 or more, such as 100000"),
    (positions({**HELD, "account": "plain"}),
     'holdings.positions.0.account: came "plain", allowed nisa.T, nisa.G or taxable'),
    (positions({**HELD, "account": "isa"}),
     'holdings.positions.0.account: came "isa", allowed plain, taxable, nisa.T, nisa.G, nisa.old_general, '
     "nisa.old_tsumitate or deposit"),
    ({**positions({**HELD, "account": "nisa.G"}), "accounts": ["taxable"]},
     'holdings.positions.0.account: came "nisa.G", allowed taxable'),
    ({**positions(OLD), "accounts": ["nisa"]},
     "accounts: came [nisa], allowed [nisa, taxable] (after the tax-free years of the old NISA the units move "
     "there)"),
    ({**positions(HELD, losses={"2015": 1}), "accounts": ["nisa"]},
     'holdings.positions.0.account: came "taxable", allowed nisa.T or nisa.G'),
    ({"holdings": {"cash": 1, "losses": {"2015": 1}}, "accounts": ["nisa"]},
     'holdings.losses: came {"2015": 1}, allowed nothing without the account taxable'),
    (positions({**OLD, "year": None}),
     "holdings.positions.0.year: missing, allowed: the year of purchase (the term of an old frame counts from "
     "it)"),
    (positions({**OLD, "year": 2013}),
     "holdings.positions.0.year: came 2013, allowed a year from 2014 to 2017"),
    ({**positions({**OLD, "year": 2014}), "period": {"start": "2020-01-01", "end": "2021-01-31"}},
     "holdings.positions.0.year: came 2014, allowed 2016 or later (its 5 tax-free years have ended: it is in the "
     "taxable account now)"),
    (positions({**HELD, "account": "nisa.T"}),
     'holdings.positions.0.account: came "nisa.T", allowed nisa.G, nisa.old_general or taxable for VOO'),
    (positions({**HELD, "account": "nisa.G", "cost": 12_500_000}),
     "holdings.positions: the book value in nisa.G is ¥12,500,000, over the lifetime limit of ¥12,000,000"),
    (positions(HELD, quota_used={"2016": {"G": 2_500_000}}),
     "holdings.quota_used: the purchases of 2016 in nisa.G are ¥2,500,000, over the annual limit of ¥2,400,000"),
    (positions({**HELD, "account": "nisa.G", "cost": 2_500_000, "year": 2016}),
     "holdings.quota_used: the purchases of 2016 in nisa.G are ¥2,500,000, over the annual limit of ¥2,400,000"),
    (positions({**HELD, "account": "nisa.G", "cost": 500, "year": 2016}, quota_used={"2016": {"G": 400}}),
     "holdings.quota_used.2016: came 400, allowed at least the positions of that year, ¥500"),
    (positions(HELD, losses={"2012": 1}), "holdings.losses: came 2012, allowed 2013, 2014 or 2015"),
    (positions(HELD, losses={"last": 1}), 'holdings.losses.last: came "last", allowed a year such as 2025'),
    (positions(HELD, year_so_far={"2014": {"gain": 1}}),
     "holdings.year_so_far: came 2014, allowed 2016 or 2017"),
    (positions(HELD, quota_used={"2016": {"old_general": 1}}),
     'holdings.quota_used.2016: came "old_general", allowed T or G'),
    (positions({"asset": "VOO", "account": "taxable", "value": 100, "cost": 1}),
     "holdings.positions.0.value: came 100, allowed at least one unit of VOO, ¥"),
    (positions(HELD, reserve=1), "holdings.reserve: came 1, allowed nothing without since"),
    (positions(HELD, since="2014-01-01"), 'holdings.since: came "2014-01-01", allowed a date up to as_of'),
    (positions(HELD, since="2014-01-01", as_of="2015-06-30"),
     "holdings.as_of: a run's state of 2015-06-30 goes on on the session after it; the period begins on "
     "2016-01-04 (period.start: 2015-07-01)"),
    ({"holdings": {}}, "holdings: missing, allowed: cash or positions"),
    ({"holdings": {"file": "x.yaml"}},
     'holdings.file: came "x.yaml", allowed holdings: text cannot name a file, a configuration file can'),
    ({"holdings": None},
     "strategy.contributions.type: came none, allowed another type, or holdings to begin with"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "line"), BAD, ids=[line.split(" (")[0][:70] for _, line in BAD])
def test_what_cannot_be_is_refused_in_one_line(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        lived(override(PLAN, changes))
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_what_settles_next_year_fills_the_room_that_is_back_by_then() -> None:
    """9,000,000 held and 5,000,000 sold this year: over 12,000,000, unless 2,400,000 of it settles next year."""
    held = {**HELD, "account": "nisa.G", "cost": 9_000_000}
    sold = positions(held, given_back={"2016": {"G": 5_000_000}})
    with pytest.raises(ConfigError, match=r"nisa\.G is ¥14,000,000, over the lifetime limit of ¥12,000,000"):
        lived(override(PLAN, sold))
    sold["holdings"]["quota_used"] = {"2017": {"G": 2_400_000}}
    assert lived(override(PLAN, sold)).metrics["final_value"] > 0.0


def test_a_refund_that_should_have_come_is_refused() -> None:
    held = positions(HELD, refunds={"gains": 5}, as_of="2016-05-31")
    with pytest.raises(ConfigError) as caught:
        lived(override(PLAN, {**held, "period.start": "2016-06-01"}))
    assert (
        str(caught.value) == "holdings.refunds.gains: came 5, allowed nothing after March: it is paid by then"
    )


def test_an_asset_without_prices_on_the_first_day_is_refused() -> None:
    held = override(PLAN, positions({**HELD, "asset": "VOO"}))
    early = override(held, {"period.start": "1995-01-01", "data.splice": "none"})
    with pytest.raises(DataError):
        lived(early)
    with pytest.raises(BacktestError):
        load_panel(override(PLAN, positions({**HELD, "asset": "NOSUCH"})), source="sample", offline=True)


FILLS: dict[str, Any] = {
    "strategy.contributions": {"type": "fill_quota", "years": 1},
    "strategy.allocation": {"type": "fixed_mix", "weights": {"JP_SP500": 1.0}},
    "period": {"start": "2017-01-01", "end": "2018-12-31"},
}
IN_NISA = {"asset": "JP_SP500", "account": "nisa.G", "units": 100, "cost": 3_000_000}
SPENT = {"G": 2_400_000, "T": 1_000_000}


@pytest.mark.parametrize(
    ("holdings", "first"),
    [
        ({"positions": [IN_NISA]}, 3_600_000),
        # Years move with the holdings: what was bought in 2026 was bought in the year of the first session.
        ({"as_of": "2026-06-30", "positions": [IN_NISA], "quota_used": {"2026": SPENT}}, 200_000),
        ({"positions": [IN_NISA], "quota_used": {"2017": SPENT}}, 200_000),
        # A state of another time begins anew, and has used its quota all the same.
        (
            {
                "as_of": "2026-06-30", "since": "2026-01-05", "positions": [IN_NISA],
                "quota_used": {"2026": SPENT},
            },
            200_000,
        ),
        # The year of a purchase says the same where quota_used is silent.
        ({"positions": [{**IN_NISA, "cost": 2_400_000, "year": 2017}]}, 1_200_000),
    ],
)  # fmt: skip
def test_what_fills_the_quota_is_what_this_year_has_left(holdings: dict[str, Any], first: float) -> None:
    config = override(PLAN, {**FILLS, "holdings": holdings})
    context = prepare(config, load_panel(config, source="sample", offline=True))
    start, stop = life_range(context.panel, config.period.start, config.period.end)
    plan = plan_of(context, start, stop)
    assert plan.deposit[plan.deposit > 0.0][0] == first


def test_a_state_of_a_plan_that_filled_the_limits_left_by_holdings_is_refused() -> None:
    config = override(PLAN, {**FILLS, "holdings": {"positions": [IN_NISA]}})
    with pytest.raises(ConfigError, match="is not known from a later state"):
        state_at(config, dt.date(2017, 6, 30), source="sample", offline=True)
