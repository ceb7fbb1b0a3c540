"""What a plan holds and what it costs, in a line each: made from the configurations of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.errors import NotFound
from engine.market.assets import asset
from engine.messages import Arg, Message, Percent, Text, listed, message, word
from engine.report.page_locale import clean
from engine.result import Result
from engine.studies.grid.axes import rebalancing_said
from engine.studies.grid.money import contributions_said, incomes_said, withdrawals_said

Config = Mapping[str, Any]


def plan_line(result: Result) -> Message:
    """Assets and weights, the money that comes and goes, accounts, how the weights are kept."""
    config = result.config
    strategy, currency = config.get("strategy", {}), str(config.get("currency", "JPY"))
    return message(
        "{assets}; {money}{incomes}{taken}{spread}; accounts: {accounts}; rebalanced: {rebalancing}",
        assets=_allocation(strategy.get("allocation", {})),
        money=contributions_said(_set(strategy.get("contributions", {})), currency),
        incomes=incomes_said(_set(strategy.get("incomes", ())), currency),
        taken=withdrawals_said(_set(strategy.get("withdrawals") or ()), "", _set(strategy.get("goals", ()))),
        spread=_spread((strategy.get("deploy") or {}).get("spread_months", 1)),
        accounts=_accounts(config),
        rebalancing=rebalancing_said(_set(strategy.get("rebalancing") or {"type": "no_sell"})),
    )


def _set(group: Any) -> Any:
    """The keys of a group, or of each of several, that say anything: a resolved one writes its defaults out."""
    if not isinstance(group, Mapping):
        return [_set(item) for item in group]
    return {
        key: value for key, value in group.items() if value is not None and value is not False and value != 0
    }


def _spread(months: int) -> Arg:
    return message(", invested over {n} months", n=months) if months > 1 else Text("")


def _allocation(plan: Mapping[str, Any]) -> Arg:
    match dict(plan):
        case {"type": "fixed_mix", "weights": weights}:
            return _weights(weights)
        case {"type": "core_satellite", "core": core, "satellite": satellite, "satellite_weight": share}:
            return _weights({core: 1.0 - share, satellite: share})
        case {"type": "glide_path", "from": before, "to": after}:
            return message("from {before} to {after}", before=_weights(before), after=_weights(after))
        case {"type": "tilt", "core": core, "satellite": satellite, "min_weight": low, "max_weight": high}:
            return message(
                "{core} with {satellite} at {low} to {high} by a signal",
                core=clean(core),
                satellite=clean(satellite),
                low=Percent(low),
                high=Percent(high),
            )
        case {"type": "table", "entries": entries}:
            held = dict.fromkeys(clean(symbol) for entry in entries for symbol in entry["weights"])
            return message("{assets} by a table of weights", assets=listed(held))
        case {"type": "python", "function": function, "assets": assets}:
            return message(
                "{assets} as {function} decides", assets=listed(map(clean, assets)), function=clean(function)
            )
    return Text(clean(plan.get("type", "")))


def _weights(weights: Mapping[str, float]) -> Arg:
    held = [(clean(name), share) for name, share in weights.items() if share]
    return listed(word("name_value", name=name, value=Percent(round(share, 4))) for name, share in held)


# --- costs -----------------------------------------------------------------------------------------------


def cost_lines(results: Sequence[Result]) -> tuple[Message, ...]:
    """Which costs are the same for all, and which differ: a difference in costs is no merit of what is held."""
    if len(results) < 2:
        return ()
    same, lines = [], []
    for name, said in _COSTS.items():
        values = [said(result) for result in results]
        if len({str(value) for value in values}) == 1:
            same.append(word(name))
        else:
            each = [word("name_value", name=run.name, value=value) for run, value in zip(results, values)]
            lines.append(
                message("Not the same: {what} ({each}).", what=word(name), each=listed(each, last=";"))
            )
    if not lines:
        return (message("The costs are the same for all: {what}.", what=listed(same)),)
    return (*lines, message("The same for all: {what}.", what=listed(same))) if same else tuple(lines)


def _broker(result: Result) -> Arg:
    """Whose fees, or own ones; nothing where trades cost nothing."""
    costs = _set(result.config.get("costs", {}))
    broker = costs.pop("broker", "none")
    own = [Text(f"{key} {value:g}") for key, value in costs.items()]
    named = [] if broker == "none" else [word(f"broker_{broker}")]
    return listed([*named, *own]) if named or own else message("none", context="fees")


def _accounts(result: Config | Result) -> Arg:
    config = result.config if isinstance(result, Result) else result
    return listed(word(f"study_account_{name}") for name in config.get("accounts", ("plain",)))


def _law(result: Result) -> Arg:
    """The rules of the accounts, and what is not as by default; nothing for an account without tax."""
    from engine.config.models import AccountRules
    from engine.studies.grid.documents import text_of

    rules = result.config.get("account_rules")
    if not rules or "plain" in result.config.get("accounts", ()):
        return message("none", context="fees")
    own = AccountRules.model_validate(rules).model_dump(exclude_defaults=True)
    return listed(
        [str(own.pop("rules", rules["rules"])), *(f"{key} {text_of(value)}" for key, value in own.items())]
    )


def _trust_fees(result: Result) -> Arg:
    """A year, of each asset, as the registry has it; they are inside the prices already.

    In the order of names: that of the weights would make a difference of plans that hold the same.
    """
    symbols = sorted(result.symbols)
    return listed(word("name_value", name=clean(symbol), value=_fee(symbol)) for symbol in symbols)


def _fee(symbol: str) -> Arg:
    try:
        known = asset(symbol)
    except NotFound:  # of a result from elsewhere
        return message("unknown", context="fees")
    return Percent(known.expense_ratio) if known.known else message("unknown", context="fees")


def _dividend_tax(result: Result) -> Arg:
    abroad = result.config.get("dividends", {}).get("source_tax")
    return message("as the fund's", context="fees") if abroad is None else Percent(abroad)


_COSTS: Mapping[str, Callable[[Result], Arg]] = {
    "cost_broker": _broker,
    "cost_accounts": _accounts,
    "cost_rules": _law,
    "cost_trust": _trust_fees,
    "cost_source_tax": _dividend_tax,
}
