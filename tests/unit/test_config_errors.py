"""What a person reads when a configuration is wrong: every line word for word."""

import datetime as dt

import pytest

from engine.config import (
    Config,
    Model,
    config_hash,
    load_config,
    load_model,
    override,
    parse_config,
    safe_name,
)
from engine.config.models import Period
from engine.config.strategy import CoreSatellite, Monthly, Strategy
from engine.errors import ConfigError
from engine.studies.claims.claim_documents import Claims
from engine.studies.grid.sweep import Sweep
from tests.study_helpers import CONFIGS

GOOD = """\
name: satellite10
description: small caps
currency: JPY
period: {start: 2001-01-01, end: 2025-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}
  contributions:
    type: monthly
    amount: 100_000
    day: 1
  rebalancing: {type: no_sell}
accounts: [nisa, taxable]
costs: {broker: none}
execution: {whole_shares: true}
dividends: cash
data: {source: auto}
"""
TOP = (
    "name, description, currency, period, strategy, accounts, account_rules, costs, execution, dividends, "
    "idle_cash, deposit_rate, risk_free, data, inflation, liquidation, person, holdings"
)
NAME = "allowed 1 to 80 letters, digits, -, _ and . that make a safe file name"
TYPES = "core_satellite, fixed_mix, glide_path, tilt, table or python"
ABOVE = "allowed an amount above 0, such as 100000"
MONTHLY = "type, amount, day, growth, bonus, initial, name, from, until"
ESCAPE = "not YAML: an escape that stands for no character (in double quotes write \\\\ for \\)"
CORE = "{type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}"
TILT = (
    "{{type: tilt, core: {core}, satellite: IWM, base_weight: {base}, min_weight: {low}, max_weight: {high}, "
    "signal: {{type: {signal}}}}}"
)

# what is replaced, by what, and the line that comes out (after the file's name)
WRONG = [
    # values out of range, of another type, not finite
    ("0.10", "1.5", "6: strategy.allocation.satellite_weight: came 1.5, allowed 0 to 1"),
    ("0.10", "-0.1", "6: strategy.allocation.satellite_weight: came -0.1, allowed 0 to 1"),
    ("0.10", "15", "6: strategy.allocation.satellite_weight: came 15, allowed 0 to 1 (15 % is 0.15)"),
    ("0.10", "100", "6: strategy.allocation.satellite_weight: came 100, allowed 0 to 1 (100 % is 1)"),
    ("0.10", "101", "6: strategy.allocation.satellite_weight: came 101, allowed 0 to 1"),
    ("0.10", "10%", '6: strategy.allocation.satellite_weight: came "10%", allowed 0 to 1 (10% is 0.1)'),
    ("0.10", "'0.1'", '6: strategy.allocation.satellite_weight: came "0.1", allowed 0 to 1 (without quotes: 0.1)'),
    ("0.10", ".nan", "6: strategy.allocation.satellite_weight: came .nan, allowed 0 to 1 (a finite number)"),
    ("0.10", "-.inf",
     "6: strategy.allocation.satellite_weight: came -.inf, allowed 0 to 1 (a finite number)"),
    ("0.10", "1e999", "6: strategy.allocation.satellite_weight: came .inf, allowed 0 to 1 (a finite number)"),
    ("0.10", "true", "6: strategy.allocation.satellite_weight: came true, allowed 0 to 1"),
    ("0.10", "", "6: strategy.allocation.satellite_weight: came nothing, allowed 0 to 1"),
    ("100_000", "0", f"9: strategy.contributions.amount: came 0, {ABOVE}"),
    ("100_000", "2e12", f"9: strategy.contributions.amount: came 2000000000000.0, {ABOVE} "
     "(up to 1,000,000,000,000)"),
    ("100_000", "100,000", f'9: strategy.contributions.amount: came "100,000", {ABOVE} (write 100000)'),
    ("100_000", "¥100,000", f'9: strategy.contributions.amount: came "¥100,000", {ABOVE} (write 100000)'),
    ("100_000", "1__0", f'9: strategy.contributions.amount: came "1__0", {ABOVE}'),
    ("100_000", "100000.5", "9: strategy.contributions.amount: came 100000.5, allowed whole yen"),
    ("day: 1", "day: 32", "10: strategy.contributions.day: came 32, allowed a whole number from 1 to 31"),
    ("day: 1", "day: 1.0",
     "10: strategy.contributions.day: came 1.0, allowed a whole number from 1 to 31 (write 1)"),
    ("whole_shares: true", "whole_shares: yes",
     '14: execution.whole_shares: came "yes", allowed true or false (write true)'),
    ("whole_shares: true", "whole_shares: 0",
     "14: execution.whole_shares: came 0, allowed true or false (write false)"),
    # unknown keys and words, with what was meant
    ("satellite_weight: 0", "satelite_weight: 0",
     "6: strategy.allocation.satelite_weight: unknown key, allowed: type, core, satellite, satellite_weight "
     "(did you mean satellite_weight?)"),
    ("strategy:", "stratgy:", f"5: stratgy: unknown key, allowed: {TOP} (did you mean strategy?)"),
    ("description: small caps", "allocation: 3",
     f"2: allocation: unknown key, allowed: {TOP} (did you mean strategy.allocation?)"),
    ("    day: 1", "    width: 1",
     f"10: strategy.contributions.width: unknown key, allowed: {MONTHLY} "
     "(did you mean strategy.rebalancing.width?)"),
    ("{type: no_sell}", "{type: calendar, width: 0.1}",
     "11: strategy.rebalancing.width: unknown key, allowed: type, every, new_money_first "
     "(it belongs to type: band)"),
    ("    day: 1", "    qqqqq: 1", f"10: strategy.contributions.qqqqq: unknown key, allowed: {MONTHLY}"),
    ("core_satellite", "core_satelite",
     f'6: strategy.allocation.type: came "core_satelite", allowed {TYPES} (did you mean core_satellite?)'),
    ("{type: no_sell}", "nosell",
     '11: strategy.rebalancing: came "nosell", allowed none, no_sell, calendar, or keys '
     "(did you mean no_sell?)"),
    ("{type: no_sell}", "{type: calendar, every: year}",
     '11: strategy.rebalancing.every: came "year", allowed monthly, quarterly or yearly '
     "(did you mean yearly?)"),
    ("JPY", "JPN", '3: currency: came "JPN", allowed JPY or USD (did you mean JPY?)'),
    ("taxable]", "taxble]",
     '12: accounts.1: came "taxble", allowed plain, taxable or nisa (did you mean taxable?)'),
    ("none", "SBI", '13: costs.broker: came "SBI", allowed none, sbi, rakuten or monex (did you mean sbi?)'),
    ("cash", "chash",
     '15: dividends: came "chash", allowed cash, total_return, or keys (did you mean cash?)'),
    ("auto", "yaho",
     '16: data.source: came "yaho", allowed auto, yahoo, stooq, sample, century, french, french:ZIP, '
     "shiller:FILE or csv:FOLDER (did you mean yahoo?)"),
    ("auto", "csv:",
     '16: data.source: came "csv:", allowed auto, yahoo, stooq, sample, century, french, french:ZIP, '
     "shiller:FILE or csv:FOLDER"),
    ("auto", "auto, splice: x",
     '16: data.splice: came "x", allowed auto or none'),
    # missing keys, wrong shapes
    ("name: satellite10\n", "",
     f"1: name: missing, allowed: {NAME.removeprefix('allowed ')} "
     "(Name of the run and of its folder under results/)"),
    (", satellite_weight: 0.10", "",
     "6: strategy.allocation.satellite_weight: missing, allowed: 0 to 1 "
     "(Share of the satellite in the whole, 0.10 = 10 %)"),
    ("type: core_satellite, ", "", f"6: strategy.allocation.type: missing, allowed: {TYPES}"),
    ("{type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}", "VOO",
     f'6: strategy.allocation: came "VOO", allowed keys, first of them type: {TYPES}'),
    ("{broker: none}", "sbi",
     '13: costs: came "sbi", allowed keys: broker, commission_rate, commission_min, commission_cap, '
     "fx_spread (write {broker: sbi})"),
    ("[nisa, taxable]", "nisa", '12: accounts: came "nisa", allowed a list, such as [a, b] (write [nisa])'),
    ("[nisa, taxable]", "[]", "12: accounts: came [], allowed at least 1"),
    # what does not go together
    ("IJR", "VOO", '6: strategy.allocation.satellite: came "VOO", allowed another asset than the core'),
    ("{type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}",
     "{type: fixed_mix, weights: {VOO: 0.5, IJR: 0.4}}",
     "6: strategy.allocation.weights: came a sum of 0.9, allowed weights that add up to 1"),
    ("2025-12-31", "2000-12-31",
     "4: period.end: came 2000-12-31, allowed a date after the start, 2001-01-01"),
    ("[nisa, taxable]", "[taxable, nisa]",
     "12: accounts: came [taxable, nisa], allowed [nisa, taxable] "
     "(with [taxable, nisa] nothing would ever reach nisa)"),
    ("[nisa, taxable]", "[nisa, nisa]", "12: accounts: came [nisa, nisa], allowed each account once"),
    ("[nisa, taxable]", "[plain, nisa]",
     "12: accounts: came [plain, nisa], allowed [plain] alone, or taxable and nisa"),
    ("JPY", "USD",
     "12: accounts: came [nisa, taxable], allowed [plain] with currency USD "
     "(NISA and Japan's taxes are in yen)"),
    ("accounts: [nisa, taxable]", "account_rules: {rules: historical_general}\naccounts: [nisa]",
     "13: accounts: came [nisa], allowed [nisa, taxable] with account_rules.rules historical_general "
     "(after the tax-free years of the old NISA the units move there)"),
    ("{broker: none}", "{commission_min: 5, commission_cap: 2}",
     "13: costs.commission_cap: came 2, allowed at least commission_min, 5"),
    ("dividends: cash", "dividends: {mode: total_return, source_tax: 0.1}",
     "15: dividends.source_tax: came 0.1, allowed nothing with total_return, which pays no dividends"),
    ("  rebalancing:", "  withdrawals: {type: fixed, amount: 1, start: 2030-01-01}\n  rebalancing:",
     "11: strategy.withdrawals.start: came 2030-01-01, allowed a date up to the period's end, 2025-12-31"),
    # dates and symbols
    ("2025-12-31", "2025-02-30",
     '4: period.end: came "2025-02-30", allowed a date such as 2001-01-31 (there is no such day)'),
    ("2025-12-31", "2025/1/5",
     '4: period.end: came "2025/1/5", allowed a date such as 2001-01-31 (write 2025-01-05)'),
    ("2025-12-31", "2500-01-01",
     "4: period.end: came 2500-01-01, allowed a date such as 2001-01-31 (from 1871-01-01 to 2200-12-31)"),
    ("2025-12-31", "2025",
     "4: period.end: came 2025, allowed a date such as 2001-01-31 (2025-01-01 begins it, 2025-12-31 ends it)"),
    ("VOO", "１３０６",
     '6: strategy.allocation.core: came "１３０６", allowed a symbol such as VOO (a code of Tokyo\'s exchange: '
     "write 1306.T)"),
    ("VOO", "130612",
     "6: strategy.allocation.core: came 130612, allowed a symbol such as VOO (`backtest assets` lists the known "
     'ones; if it is imported so, in quotes: "130612")'),
    ("VOO", "../VOO",
     '6: strategy.allocation.core: came "../VOO", allowed a symbol such as VOO '
     "(`backtest assets` lists the known ones)"),
    (CORE, "{type: glide_path, from: {VOO: 1}, to: {IJR: 1}, start: 2010-01-01, end: 2009-01-01}",
     "6: strategy.allocation.end: came 2009-01-01, allowed a date after the start, 2010-01-01"),
    (CORE, TILT.format(core="VOO", base=0.1, low=0.2, high=0.15, signal="momentum"),
     "6: strategy.allocation.max_weight: came 0.15, allowed 0.2 (min_weight) to 1"),
    (CORE, TILT.format(core="VOO", base=0.3, low=0.05, high=0.15, signal="momentum"),
     "6: strategy.allocation.base_weight: came 0.3, allowed 0.05 (min_weight) to 0.15 (max_weight)"),
    (CORE, TILT.format(core="IWM", base=0.1, low=0.05, high=0.15, signal="momentum"),
     '6: strategy.allocation.satellite: came "IWM", allowed another asset than the core'),
    (CORE, TILT.format(core="VOO", base=0.1, low=0.05, high=0.15, signal="flows"),
     "6: strategy.allocation.signal: came neither, allowed either symbol or file"),
    (CORE, TILT.format(core="VOO", base=0.1, low=0.05, high=0.15, signal="flows, symbol: A, file: b"),
     "6: strategy.allocation.signal: came both, allowed either symbol or file"),
    (CORE, TILT.format(core="VOO", base=0.1, low=0.05, high=0.15, signal="moving_average, lag_sessions: 0"),
     "6: strategy.allocation.signal.lag_sessions: came 0, allowed a whole number from 1 to 260"),
    (CORE, TILT.format(core="VOO", base=0.1, low=0.05, high=0.15, signal='flows, file: "a\\0"'),
     '6: strategy.allocation.signal.file: came "a\\u0000", allowed a file\'s path'),
    ("    day: 1", "    bonus: {months: [6, 6], amount: 5}",
     "10: strategy.contributions.bonus.months: came [6, 6], allowed each month once"),
    ("    day: 1", "    bonus: {months: [6, 13], amount: 5}",
     "10: strategy.contributions.bonus.months.1: came 13, allowed a whole number from 1 to 12"),
    ("    day: 1", "    bonus: {months: [6], amount: 0.5}",
     "10: strategy.contributions.bonus.amount: came 0.5, allowed whole yen"),
    ("monthly\n    amount: 100_000\n    day: 1", "schedule",
     "7: strategy.contributions.entries: came {type: schedule}, allowed at least one entry, or a file"),
    ("monthly\n    amount: 100_000\n    day: 1",
     "schedule\n    entries:\n      - {date: 2001-02-01, amount: 1}\n      - {date: 2026-02-01, amount: 1}",
     "11: strategy.contributions.entries.1.date: came 2026-02-01, "
     "allowed a date in the period, 2001-01-01 to 2025-12-31"),
    # what is suggested would be taken
    ("    day: 1", "    bonus: {months: 6, amount: 5}",
     "10: strategy.contributions.bonus.months: came 6, allowed a list, such as [a, b] (write [6])"),
    ("    day: 1", '    bonus: {months: "6, 12", amount: 5}',
     '10: strategy.contributions.bonus.months: came "6, 12", allowed a list, such as [a, b] (write [6, 12])'),
    ("    day: 1", "    bonus: {months: June, amount: 5}",
     '10: strategy.contributions.bonus.months: came "June", allowed a list, such as [a, b]'),
    (CORE, "{type: fixed_mix, weights: [VOO: 0.9, IJR: 0.1]}",
     "6: strategy.allocation.weights: came [{VOO: 0.9}, {IJR: 0.1}], allowed keys and values "
     "(write {VOO: 0.9, IJR: 0.1})"),
    (CORE, "{type: fixed_mix, weights: [VOO: 0.9, IJR: 0.2]}",
     "6: strategy.allocation.weights: came [{VOO: 0.9}, {IJR: 0.2}], allowed keys and values"),
    (CORE, "{type: fixed_mix, weights: VOO}",
     '6: strategy.allocation.weights: came "VOO", allowed keys and values (write {VOO: 1})'),
    (CORE, "{type: fixed_mix, weights: 'VOO:1'}",
     '6: strategy.allocation.weights: came "VOO:1", allowed keys and values'),
    # one name each
    ("    type: monthly\n    amount: 100_000\n    day: 1",
     "    - {type: monthly, amount: 1, name: a}\n    - {type: annual, amount: 2, name: a}",
     "9: strategy.contributions.1.name: 'a' is the name of another; each needs its own name"),
    ("    type: monthly\n    amount: 100_000\n    day: 1", "    - {type: fill_quota}\n    - {type: fill_quota}",
     "9: strategy.contributions.1.type: came fill_quota twice, allowed once"),
    ("monthly\n    amount: 100_000\n    day: 1",
     "monthly\n    amount: 100_000\n  incomes: [{name: a, amount: 1}, {name: a, amount: 2}]",
     "10: strategy.incomes.1.name: 'a' is the name of another; each needs its own name"),
    ("    day: 1",
     "    day: 1\n  goals: [{name: a, date: 2012-01-01, amount: 1}, {name: a, date: 2013-01-01, amount: 2}]",
     "11: strategy.goals.1.name: 'a' is the name of another; each needs its own name"),
    ("    day: 1", "    day: 1\n  withdrawals: [{type: fixed, amount: 1}, {type: fixed, amount: 2}]",
     "11: strategy.withdrawals.1.name: 'fixed' is the name of another; each needs its own name"),
    ("JPY", "USD\naccounts: [plain]", "13: accounts: this key is already given at x.yaml:4"),
    ("small caps", "2024",
     '2: description: came 2024, allowed up to 2,000 characters of text (in quotes: "2024")'),
    ("small caps", "{japanese: x}", "2: description: came {japanese: x}, allowed up to 2,000 characters of text "
     "(a text for each language: {en: ..., ja: ...})"),
    ("small caps", "{en: Ten million, ja: 1,000 yen}",
     '2: description: came {en: Ten million, ja: 1, "000 yen": null}, allowed up to 2,000 characters of text '
     '(a text with a comma needs quotes: {en: "..., ...", ja: "..., ..."})'),
    ("small caps", "{en: x, ja: 2024}",
     '2: description: came {en: x, ja: 2024}, allowed up to 2,000 characters of text (in quotes: "2024")'),
    ("small caps", "x\n  x" * 900, "2: description: came "
     f'"{("x" + " xx" * 40)[:58]}…, allowed up to 2,000 characters of text (it has 2,700 characters)'),
    ("{source: auto}", "{source: 3}",
     "16: data.source: came 3, allowed auto, yahoo, stooq, sample, century, french, french:ZIP, "
     "shiller:FILE or csv:FOLDER"),
    ("100_000", "1e5%", f'9: strategy.contributions.amount: came "1e5%", {ABOVE} (1e5% is 1000)'),
    ("100_000", "inf", f'9: strategy.contributions.amount: came "inf", {ABOVE}'),
    # names that would be dangerous or impossible folders
    ("satellite10", "../../x", f"1: name: came \"../../x\", {NAME} (without '/')"),
    ("satellite10", "/etc/x", f"1: name: came \"/etc/x\", {NAME} (without '/')"),
    ("satellite10", "'C:\\x'", f"1: name: came \"C:\\\\x\", {NAME} (without ':', '\\\\')"),
    ("satellite10", '"a\\0b"', f"1: name: came \"a\\u0000b\", {NAME} (without '\\x00')"),
    ("satellite10", "..", f'1: name: came "..", {NAME} (beginning with a letter, a digit or _)'),
    ("satellite10", ".hidden", f'1: name: came ".hidden", {NAME} (beginning with a letter, a digit or _)'),
    ("satellite10", "'-rf'", f'1: name: came "-rf", {NAME} (beginning with a letter, a digit or _)'),
    ("satellite10", "x.", f'1: name: came "x.", {NAME} (not ending in a dot)'),
    ("satellite10", "'x '", f"1: name: came \"x \", {NAME} (without ' ')"),
    ("satellite10", "''", f'1: name: came "", {NAME} (it has 0 characters)'),
    ("satellite10", "NUL", f'1: name: came "NUL", {NAME} (Windows reserves this name)'),
    ("satellite10", "com1.txt", f'1: name: came "com1.txt", {NAME} (Windows reserves this name)'),
    ("satellite10", "2024", f'1: name: came 2024, {NAME} (in quotes: "2024")'),
    ("satellite10", "x" * 81,
     f'1: name: came "{"x" * 58}…, {NAME} (it has 81 characters)'),
    # text that is no YAML, or more than plain YAML
    ("  rebalancing:", "   rebalancing:",
     "11:4: not YAML: the indentation does not fit the lines above"),
    ("    day: 1", "\tday: 1",
     "10:1: not YAML: a tab before a key or a value (indent with spaces, not tabs)"),
    ("small caps", "[x", "2:14: not YAML: a list whose bracket is not closed (put ] at its end)"),
    ("small caps", "'x", "2:14: not YAML: a text in quotes that does not end (close it on its line)"),
    ("small caps", "*x", "2: *x has no anchor &x before it"),
    ("small caps", "!!python/object:os.system x",
     '2: tag "tag:yaml.org,2002:python/object:os.system", allowed: plain values without tags'),
    ("small caps", "x\nname: y", "3: name: this key is already given at x.yaml:1"),
    ("description: small caps", "<<: {a: 1}",
     "2: <<: merge keys are not part of YAML 1.2 (write the keys out)"),
    ("description: small caps", "? [a]\n: 3", "2: a key that is no plain text, allowed: key: value"),
    ("data: {source: auto}", "---\na: b", "16: a second document (---), allowed: one"),
    ("small caps", '"\\U00e00041"', f" {ESCAPE}"),
    ("small caps", '"\\UFFFFFFFF"', f" {ESCAPE}"),
    ("small caps", "a\0b", "2: character U+0000 is not allowed in YAML"),
    ("small caps", '"\\ud800"',
     '2: description: came "\\uD800", allowed up to 2,000 characters of text '
     "(without the control character U+D800)"),
]  # fmt: skip


def test_the_starting_point_is_right() -> None:
    assert parse_config(GOOD).name == "satellite10"


@pytest.mark.parametrize(("old", "new", "line"), WRONG)
def test_message(old: str, new: str, line: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD.replace(old, new, 1), "x.yaml")
    assert str(caught.value) == f"x.yaml:{line}"
    assert caught.value.exit_code == 2


SET = [
    ("strategy.allocation.satellite_weight=1.5", ": came 1.5, allowed 0 to 1"),
    ("strategy.allocation.satelite_weight=0.5",
     ": unknown key, allowed: type, core, satellite, satellite_weight (did you mean satellite_weight?)"),
    ("strategy.rebalancing.width=0.5", ": unknown key, allowed: type (it belongs to type: band)"),
    ("accounts.5=nisa", ": 5 is no place in this list, allowed: 0 to 1"),
    ("accounts.0=nias", ': came "nias", allowed plain, taxable or nisa (did you mean nisa?)'),
    ("strategy.allocation={type: fixed_mix, weights: {VOO: 0.5}}",
     ": strategy.allocation.weights: came a sum of 0.5, allowed weights that add up to 1"),
    ("strategy.contributions.amount.x=3",
     f": strategy.contributions.amount: came {{x: 3}}, {ABOVE}"),
    ("period.end=1999-01-01", ": came 1999-01-01, allowed a date after the start, 2001-01-01"),
    ("name=[", ": not YAML: a value is missing"),
    ("x.y=1", f": x: unknown key, allowed: {TOP}"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "line"), SET)
def test_message_of_an_override(item: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD, "x.yaml", [item])
    assert str(caught.value) == f"--set {item.partition('=')[0]}{line}"


@pytest.mark.parametrize("item", ["strategy", "=3", "a..b=1", ".a=1"])
def test_an_override_that_is_none(item: str) -> None:
    with pytest.raises(ConfigError, match=r"allowed: --set key\.path=value$"):
        parse_config(GOOD, "x.yaml", [item])


def test_an_override_reaches_any_key() -> None:
    items = [
        "strategy.allocation.satellite_weight=0.15",
        "strategy.rebalancing.type=band",
        "strategy.rebalancing.width=0.05",
        "strategy.deploy.spread_months=12",
        "strategy.withdrawals={type: fixed, amount: 1_000}",
        "dividends.reinvest=with_contributions",
        "data.splice.VOO=SPY",
        "accounts.1=taxable",
        "period.end=2020-12-31",
    ]
    config = parse_config(GOOD, "x.yaml", items)
    resolved = config.resolved()
    assert resolved["strategy"]["allocation"]["satellite_weight"] == 0.15
    assert resolved["strategy"]["rebalancing"] == {
        "type": "band", "width": 0.05, "relative": False, "check": "monthly", "new_money_first": False,
    }  # fmt: skip
    assert resolved["strategy"]["deploy"] == {"spread_months": 12}
    assert resolved["strategy"]["withdrawals"]["amount"] == 1000.0
    assert resolved["dividends"] == {"mode": "cash", "reinvest": "with_contributions", "source_tax": None}
    assert resolved["data"]["splice"] == {"VOO": "SPY"}
    assert resolved["period"] == {"start": "2001-01-01", "end": "2020-12-31"}


def test_an_override_finds_a_symbol_with_a_dot() -> None:
    text = GOOD.replace(
        "{type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}",
        '{type: fixed_mix, weights: {"1306.T": 0.5, VOO: 0.5}}',
    )
    weights = "strategy.allocation.weights"
    config = parse_config(text, "x.yaml", [f"{weights}.1306.T=0.25", f"{weights}.VOO=0.75"])
    assert config.strategy.allocation.model_dump()["weights"] == {"VOO": 0.75, "1306.T": 0.25}


def test_override_by_value_names_where_it_came_from() -> None:
    config = parse_config(GOOD)
    assert override(config, {"strategy.allocation.satellite_weight": 0.2, "strategy.deploy": "at_once"}) == (
        parse_config(GOOD.replace("0.10", "0.2"))
    )
    with pytest.raises(ConfigError) as caught:
        override(config, {"strategy.allocation.satellite_weight": 2.5}, where="s.yaml:4")
    assert str(caught.value) == (
        "s.yaml:4: strategy.allocation.satellite_weight: came 2.5, allowed 0 to 1 (2.5 % is 0.025)"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", f": empty, allowed: keys: {TOP}"),
        ("# nothing\n", f": empty, allowed: keys: {TOP}"),
        ("---", f":1: empty, allowed: keys: {TOP}"),
        ("3", f":1: came 3, allowed keys: {TOP}"),
        ("[]", f":1: came [], allowed keys: {TOP}"),
        ("name: x", ":1: strategy: missing, allowed: keys (What the investor decides)"),
    ],
)
def test_message_of_a_document_that_is_none(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "x.yaml")
    assert str(caught.value) == f"x.yaml{line}"


@pytest.mark.parametrize(
    "name", ["コア・サテライト".replace("・", "_"), "小型株10", "a.b-c_d", "Ünï", "x" * 80, "株" * 80]
)
def test_names_that_are_safe(name: str) -> None:
    assert safe_name(name) == name
    assert parse_config(GOOD.replace("satellite10", name)).name == name


def test_a_decomposed_name_is_the_composed_one() -> None:
    assert safe_name("が") == "が"


def test_too_many_bytes_for_a_folder() -> None:
    for name in ("𠮷" * 80, "株" * 79 + "𠮷"):  # 320 and 241 bytes
        with pytest.raises(ConfigError, match="not a safe file name"):
            safe_name(name)


@pytest.mark.parametrize(
    "text", ["ON", "NO", "Y", "TRUE1", "^GSPC", "BRK-B", "USDJPY=X", '"1306.T"', '"0050"']
)
def test_a_ticker_stays_text(text: str) -> None:
    config = parse_config(GOOD.replace("VOO", text))
    assert config.strategy.allocation.model_dump()["core"] == text.strip('"')


def test_shorthand_is_the_same_configuration() -> None:
    short = GOOD.replace("{type: no_sell}", "no_sell\n  deploy: at_once")
    long = GOOD.replace("dividends: cash", "dividends: {mode: cash}").replace(
        "{type: no_sell}", "{type: no_sell}\n  deploy: {spread_months: 1}"
    )
    assert parse_config(short) == parse_config(long)


def test_an_anchor_stands_for_its_value() -> None:
    text = GOOD.replace(
        "{type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}",
        "{type: glide_path, from: &mix {VOO: 0.5, IJR: 0.5}, to: *mix}",
    )
    allocation = parse_config(text).strategy.allocation.model_dump()
    assert allocation["from_"] == allocation["to"] == {"IJR": 0.5, "VOO": 0.5}


@pytest.mark.parametrize(
    ("model", "file", "key", "command"),
    [
        (Config, "sweeps/allocation", "axes", "sweep"),
        (Config, "windows/windfall", "strategies", "windows"),
        (Config, "claims/small_cap_article", "claims", "check"),
        (Sweep, "satellite10", "strategy", "run"),
        (Claims, "sweeps/allocation", "axes", "sweep"),
    ],
)
def test_a_document_of_another_kind_is_told(model, file: str, key: str, command: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError) as caught:
        load_model(model, CONFIGS / f"{file}.yaml")
    assert str(caught.value).endswith(f"(a file with {key} is for backtest {command})")
    assert "unknown key, allowed" in str(caught.value)


def test_a_schedule_from_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = GOOD.replace(
        "    type: monthly\n    amount: 100_000\n    day: 1\n", "    type: schedule\n    file: in.csv\n"
    )
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    rows = tmp_path / "in.csv"
    rows.write_text(
        '﻿Date,Amount,note\n2001-01-04,"1,000,000",first\n\n2002-01-04,500_000\n', encoding="utf-8"
    )
    entries = load_config(path).resolved()["strategy"]["contributions"]["entries"]
    assert entries == [
        {"date": "2001-01-04", "amount": 1_000_000.0},
        {"date": "2002-01-04", "amount": 500_000.0},
    ]
    rows.write_text("date,amount\n2001-01-04,abc\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == (f'{rows}:2: strategy.contributions.entries.0.amount: came "abc", {ABOVE}')
    rows.write_text("day,amount\n", encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"in\.csv:1: came the columns \[day, amount\], allowed date and amount"
    ):
        load_config(path)
    rows.write_text("date,amount\n1999-01-04,1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"in\.csv:2: .*came 1999-01-04, allowed a date in the period"):
        load_config(path)
    rows.unlink()
    with pytest.raises(
        ConfigError, match=r"x\.yaml:9: strategy\.contributions\.file: .*in\.csv: no such file"
    ):
        load_config(path)
    with pytest.raises(ConfigError, match=r"file: came \"in\.csv\", allowed entries"):
        parse_config(text)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "date,amount\n2001-01-04,1,000\n",
            r"in.csv:2: 3 cells under 2 headings: 2001-01-04,1,000 \(",
        ),
        ('date,amount\n2001-01-04,"10,5"\n', r"amount: came \"10,5\", allowed an amount above 0"),
        ('date,amount\n2001-01-04,"1,0"\n', r"amount: came \"1,0\", allowed an amount above 0"),
        ("date,amount,amount\n2001-01-04,1,2\n", "in.csv:1: a column name comes twice: amount"),
        (
            'date,amount,x\n2001-01-04,1,"a\n2002-01-04,2,b\n2003-01-06,3,"\n',
            "in.csv:2: a cell that does not end",
        ),
        ("date,amount\n2001-01-04," + "1" * 200_000 + "\n", "in.csv:2: "),
    ],
)
def test_a_row_of_a_schedule_is_read_whole_or_refused(tmp_path, rows, told) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.yaml"
    monthly = "    type: monthly\n    amount: 100_000\n    day: 1\n"
    path.write_text(GOOD.replace(monthly, "    type: schedule\n    file: in.csv\n"), "utf-8")
    (tmp_path / "in.csv").write_text(rows, "utf-8")
    with pytest.raises(ConfigError, match=told) as caught:
        load_config(path)
    assert len(str(caught.value)) < 600


def test_a_schedule_is_a_list_or_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.yaml"
    both = "type: schedule\n    file: a.csv\n    entries: []"
    path.write_text(GOOD.replace("type: monthly\n    amount: 100_000\n    day: 1", both), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == (
        f"{path}:9: strategy.contributions.file: came with entries, allowed one of the two"
    )


def test_dollars_need_an_amount_to_fill_a_quota() -> None:
    text = GOOD.replace("JPY", "USD").replace("[nisa, taxable]", "[plain]")
    quota = text.replace("monthly\n    amount: 100_000\n    day: 1", "fill_quota")
    with pytest.raises(ConfigError) as caught:
        parse_config(quota, "x.yaml")
    assert str(caught.value) == (
        'x.yaml:3: currency: came "USD", allowed JPY with type: fill_quota (or give an amount a year)'
    )
    assert parse_config(quota, "x.yaml", ["strategy.contributions.amount=1000.50"]).currency == "USD"


def test_what_is_just_allowed() -> None:
    costs = GOOD.replace("{broker: none}", "{commission_min: 5, commission_cap: 5}")
    assert parse_config(costs).costs.commission_cap == 5.0
    assert config_hash(parse_config(GOOD, overrides=["risk_free=-0.0"])) == config_hash(parse_config(GOOD))
    for item in ("satellite_weight=0", "satellite_weight=1"):
        parse_config(GOOD, overrides=[f"strategy.allocation.{item}"])
    edges = ["amount=1_000_000_000_000", "day=31", "growth=-0.5", "growth=1", "initial=0"]
    parse_config(GOOD, overrides=[f"strategy.contributions.{item}" for item in edges])
    tilt = TILT.format(core="VOO", base=0.1, low=0.1, high=0.1, signal="momentum")
    parse_config(GOOD, overrides=[f"strategy.allocation={tilt}"])
    parse_config(GOOD, overrides=["description='" + "x" * 2000 + "'", "period.start=1900-01-01"])
    within = "{type: schedule, entries: [{date: 2001-01-01, amount: 1}, {date: 2025-12-31, amount: 1}]}"
    parse_config(GOOD, overrides=[f"strategy.contributions={within}"])
    parse_config(GOOD, overrides=["strategy.withdrawals={type: fixed, amount: 1, start: 2025-12-31}"])


def test_other_documents_are_read_the_same_way(tmp_path) -> None:  # type: ignore[no-untyped-def]
    class Sweep(Model):
        base: str
        workers: int = 1

    path = tmp_path / "sweep.yaml"
    path.write_text("# a sweep\nbase: x\nworker: 3\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_model(Sweep, path)
    assert str(caught.value) == (
        f"{path}:3: worker: unknown key, allowed: base, workers (did you mean workers?)"
    )
    path.write_text("base: x\n", encoding="utf-8")
    assert load_model(Sweep, path, ["workers=4"]).workers == 4
    with pytest.raises(ConfigError, match=r"^--set workers: came \"a\", allowed another kind of value$"):
        load_model(Sweep, path, ["workers=a"])


def test_a_configuration_made_in_a_notebook() -> None:
    made = Config(
        name="satellite10",
        description="small caps",
        period=Period(start=dt.date(2001, 1, 1), end=dt.date(2025, 12, 31)),
        strategy=Strategy(
            allocation=CoreSatellite(
                type="core_satellite", core="VOO", satellite="IJR", satellite_weight=0.1
            ),
            contributions=Monthly(type="monthly", amount=100_000),
        ),
        accounts=("nisa", "taxable"),
    )
    assert made == parse_config(GOOD)


def test_the_first_of_equal_files_is_suggested(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "satellite10.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "satelite10.yaml")
    wanted = tmp_path / "satellite10.yaml"
    assert str(caught.value) == f"{tmp_path / 'satelite10.yaml'}: no such file (did you mean {wanted}?)"


@pytest.mark.parametrize("value", ["1e30", "1e308", "-1e300"])
def test_a_whole_number_that_no_decimal_divides_is_refused(value):
    with pytest.raises(ConfigError, match="allowed a whole number from 1 to 31"):
        parse_config(
            "strategy: {allocation: {type: fixed_mix, weights: {VOO: 1}}, "
            f"contributions: {{type: monthly, amount: 1000, day: {value}}}}}\nname: x"
        )


@pytest.mark.parametrize(("text", "one", "other"), [("1.000", "1", "1000"), ("120.500", "120.5", "120500")])
def test_an_amount_that_may_be_a_thousand_times_as_much(text, one, other):
    plan = (
        "name: x\nstrategy:\n  contributions: {type: monthly, amount: %s}\n  allocation: {type: fixed_mix, "
    )
    with pytest.raises(ConfigError) as caught:
        parse_config(plan % text + "weights: {VOO: 1.000}}\n")  # of a weight it is no doubt
    assert f"amount: came {float(text)}" in str(caught.value)
    assert f"(write {one} or {other}: the point may mark thousands)" in str(caught.value)


def test_an_amount_with_three_decimals_of_a_program_is_itself():
    plan = "name: x\ncurrency: USD\nstrategy:\n  contributions: {type: monthly, amount: %s}\n"
    found = parse_config(plan % "100.125" + "  allocation: {type: fixed_mix, weights: {VOO: 1.000}}\n")
    assert found.strategy.contributions.amount == 100.125
