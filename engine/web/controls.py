"""The controls of the page as plain values: what can be chosen, what is chosen, which keys a choice sets.

The keys that have no control are in the plan all the same; the page shows and takes all of it as YAML.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.config import Config
from engine.config.leaves import SOURCES
from engine.plan import allocated
from engine.report.page_locale import PageLocale
from engine.web.starts import WEIGHT

ALLOCATION, MONEY = "strategy.allocation", "strategy.contributions"
TAKEN, KEPT = "strategy.withdrawals", "strategy.rebalancing"


@dataclass(frozen=True)
class Choice:
    """An entry of a list: its label, and the keys that it sets, as JSON."""

    label: str
    sets: str
    chosen: bool


@dataclass(frozen=True)
class Control:
    """One control. ``kind`` is how its text becomes a value; see ``live.js``.

    ``again``  other controls depend on it: all are drawn anew
    """

    key: str
    kind: str
    label: str
    value: str = ""
    choices: tuple[Choice, ...] = ()
    low: str = ""
    high: str = ""
    step: str = ""
    again: bool = False
    words: str = ""  # what a slider says of its value

    @property
    def id(self) -> str:
        """Its name in the page."""
        return self.key.replace(".", "-").replace("_", "-")


@dataclass(frozen=True)
class Group:
    """Controls under a heading."""

    id: str
    title: str
    controls: tuple[Control, ...]


class Maker:
    """Makes the controls of a plan in a language."""

    def __init__(self, config: Config, locale: PageLocale, own: Iterable[str] = ()) -> None:
        self.config, self.locale, self.own = config, locale, tuple(own)
        self.plain = config.resolved()

    def groups(self) -> list[Group]:
        """All controls."""
        made = {
            "assets": self._assets(),
            "money": self._money(),
            "taken": self._taken(),
            "kept": self._kept(),
            "accounts": self._accounts(),
            "costs": self._costs(),
            "data": self._data(),
        }
        return [Group(name, self._word(f"group_{name}"), tuple(controls)) for name, controls in made.items()]

    def slider(self) -> Control | None:
        """The weight of the satellite, where there is one at a fixed weight."""
        allocation = self.config.strategy.allocation
        if allocation.type != "core_satellite":
            return None
        share = allocation.satellite_weight
        return Control(
            WEIGHT,
            "percent",
            self._word("satellite_weight", satellite=allocation.satellite),
            percent(share),
            low="0",
            high="30" if share <= 0.30 else "100",
            step="1" if round(share * 100, 9).is_integer() else "0.1",
            words=self.locale.weight(share),
        )

    # --- groups -----------------------------------------------------------------------------------------

    def _assets(self) -> list[Control]:
        allocation = self.plain["strategy"]["allocation"]
        found = [self._list(ALLOCATION, "allocation", self._allocations(allocation), again=True)]
        match allocation["type"]:
            case "core_satellite":
                found += [self._text(f"{ALLOCATION}.{name}", "symbol") for name in ("core", "satellite")]
            case "fixed_mix":
                found.append(self._weights("weights"))
            case "glide_path":
                found += [self._weights("from"), self._weights("to")]
                found += [
                    self._text(f"{ALLOCATION}.{name}", "date", f"path_{name}") for name in ("start", "end")
                ]
            case "tilt":
                found += [self._text(f"{ALLOCATION}.{name}", "symbol") for name in ("core", "satellite")]
                found += [
                    self._text(f"{ALLOCATION}.{name}", "percent")
                    for name in ("base_weight", "min_weight", "max_weight")
                ]
                found.append(
                    self._list(f"{ALLOCATION}.signal", "signal", self._signals(allocation["signal"]))
                )
                found.append(self._of_words(f"{ALLOCATION}.direction", ("follow", "against")))
        return found

    def _money(self) -> list[Control]:
        money = self._group("contributions")
        kinds = ["monthly", "annual", "lump_sum", "fill_quota", *(["none"] if self.config.holdings else [])]
        found = [self._list(MONEY, "contributions", _kinds(MONEY, money, kinds, self._of_money), again=True)]
        if money["type"] in ("monthly", "annual", "lump_sum") or money.get("amount") is not None:
            found.append(self._text(f"{MONEY}.amount", "amount"))
        if money["type"] == "fill_quota":
            found.append(self._text(f"{MONEY}.years", "whole", "quota_years"))
        if money["type"] == "annual":
            found.append(self._text(f"{MONEY}.month", "whole"))
        if "day" in money:
            found.append(self._text(f"{MONEY}.day", "whole"))
        if "growth" in money:
            found.append(self._text(f"{MONEY}.growth", "percent"))
        if money["type"] == "monthly":
            bonus = money["bonus"] or {"months": [6, 12], "amount": 0}
            value = str(int(bonus["amount"])) if bonus["amount"] else ""
            found.append(Control(f"{MONEY}.bonus", "bonus", self._word("bonus"), value))
        if "initial" in money:
            found.append(self._text(f"{MONEY}.initial", "amount"))
        found.append(self._text("strategy.deploy.spread_months", "whole"))
        return found

    def _taken(self) -> list[Control]:
        is_nothing = self.config.strategy.withdrawals is None
        taken = {"type": None} if is_nothing else self._group("withdrawals")
        kinds = ("fixed", "percent", "inflation_linked")
        nothing = ({TAKEN: None}, "no_withdrawals", is_nothing)
        choices = [nothing, *_kinds(TAKEN, taken, kinds, self._of_taken)]
        found = [self._list(TAKEN, "withdrawals", choices, again=True)]
        if taken["type"] in kinds:
            amount = ("amount", "amount") if "amount" in taken else ("rate", "percent")
            found.append(self._text(f"{TAKEN}.{amount[0]}", amount[1]))
            found.append(self._of_words(f"{TAKEN}.every", ("monthly", "yearly")))
            found.append(self._text(f"{TAKEN}.start", "date", "withdrawals_start"))
        return found

    def _group(self, name: str) -> Mapping[str, Any]:
        """The keys of a group of the strategy; of a list of several there is a type only, which no control has."""
        found = self.plain["strategy"][name]
        return found if isinstance(found, Mapping) else {"type": "several"}

    def _kept(self) -> list[Control]:
        kept = self.plain["strategy"]["rebalancing"]
        found = [
            self._list(
                KEPT,
                "rebalancing",
                _kinds(KEPT, kept, ("no_sell", "none", "calendar", "band"), _of_kept),
                again=True,
            )
        ]
        if kept["type"] == "calendar":
            found.append(self._of_words(f"{KEPT}.every", ("monthly", "quarterly", "yearly")))
        if kept["type"] == "band":
            found.append(self._text(f"{KEPT}.width", "percent"))
        return found

    def _accounts(self) -> list[Control]:
        is_yen = self.config.currency == "JPY"
        kinds = (["nisa", "taxable"], ["nisa"], ["taxable"], ["plain"]) if is_yen else (["plain"],)
        accounts = [
            ({"accounts": kind}, "accounts_" + "_".join(kind), kind == self.plain["accounts"])
            for kind in kinds
        ]
        found = [self._list("accounts", "accounts", accounts)]
        if "nisa" in self.config.accounts:
            found.append(
                self._of_words(
                    "account_rules.rules", ("nisa_2024", "historical_general", "historical_tsumitate")
                )
            )
            found.append(
                self._of_words("account_rules.overflow", ("split", "whole_order", "skip", "hold_cash"))
            )
        found.append(
            Control(
                "execution.whole_shares",
                "check",
                self._word("whole_shares"),
                "on" if self.config.execution.whole_shares else "",
            )
        )
        return found

    def _costs(self) -> list[Control]:
        return [
            self._of_words("costs.broker", ("none", "sbi", "rakuten", "monex")),
            self._text("costs.commission_rate", "percent"),
            self._text("costs.fx_spread", "number"),
        ]

    def _data(self) -> list[Control]:
        money = self._group("contributions")
        yen, dollars = self.config.currency == "JPY", self.config.currency == "USD"
        amount = (
            {}
            if money.get("amount") is None
            else {f"{MONEY}.amount": money["amount"] / 100 if yen else money["amount"] * 100}
        )
        currencies = [
            ({"currency": "JPY", **({} if yen else amount)}, "currency_JPY", yen),
            (
                {"currency": "USD", "accounts": ["plain"], **({} if dollars else amount)},
                "currency_USD",
                dollars,
            ),
        ]
        sources = [*SOURCES, *self.own]
        data = [
            (
                {"data.source": name},
                name if name in self.own else f"source_{name}",
                name == self.config.data.source,
            )
            for name in sources
        ]
        return [
            self._text("period.start", "date"),
            self._text("period.end", "date"),
            self._list("currency", "currency", currencies, again=True),
            self._list("data.source", "source", data),
            self._of_words("dividends.mode", ("cash", "total_return")),
            self._text("idle_cash.yield", "percent"),
            self._text("risk_free", "percent"),
            self._text("name", "text"),
        ]

    # --- single controls --------------------------------------------------------------------------------

    def _text(self, key: str, kind: str, word: str = "") -> Control:
        value = _at(self.plain, key)
        shown = percent(value) if kind == "percent" else plain_number(value)
        return Control(key, kind, self._word(word or key.rpartition(".")[2]), shown)

    def _weights(self, name: str) -> Control:
        weights = self.plain["strategy"]["allocation"][name]
        text = ", ".join(f"{symbol} {percent(share)}" for symbol, share in weights.items())
        return Control(f"{ALLOCATION}.{name}", "weights", self._word(f"weights_{name}"), text)

    def _of_words(self, key: str, values: Iterable[str]) -> Control:
        now, name = _at(self.plain, key), key.rpartition(".")[2]
        return self._list(key, name, [({key: value}, f"{name}_{value}", value == now) for value in values])

    def _list(
        self,
        key: str,
        word: str,
        choices: Iterable[tuple[Mapping[str, Any], str, bool]],
        *,
        again: bool = False,
    ) -> Control:
        made = tuple(Choice(self._said(label), json.dumps(sets), chosen) for sets, label, chosen in choices)
        if not any(item.chosen for item in made):  # what the list does not have stays as it is
            made = (Choice(self._word("as_it_is"), "{}", True), *made)
        return Control(key, "list", self._word(word), choices=made, again=again)

    def _said(self, label: str) -> str:
        """What a choice is called; one without words by its name in the file."""
        known = self.locale.has(f"live_{label}")
        return self._word(label) if known else label.removeprefix("source_")

    def _word(self, name: str, **values: object) -> str:
        return self.locale(f"live_{name}", **values)

    # --- groups of keys that a list begins with ---------------------------------------------------------

    def _allocations(self, now: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str, bool]]:
        core, satellite = _pair(self.config)
        pair = {"core": core, "satellite": satellite}
        mix = {core: 0.9, satellite: 0.1}
        made: list[dict[str, Any]] = [
            {"type": "core_satellite", **pair, "satellite_weight": 0.1},
            {"type": "fixed_mix", "weights": mix},
            {"type": "glide_path", "from": mix, "to": {core: 1.0}},
            {"type": "tilt", **pair, "base_weight": 0.1, "max_weight": 0.3, "signal": {"type": "momentum"}},
        ]
        return [
            (
                {ALLOCATION: now if item["type"] == now["type"] else item},
                f"allocation_{item['type']}",
                item["type"] == now["type"],
            )
            for item in made
        ]

    def _signals(self, now: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str, bool]]:
        key = f"{ALLOCATION}.signal"
        return [
            ({key: now if kind == now["type"] else {"type": kind}}, f"signal_{kind}", kind == now["type"])
            for kind in ("momentum", "moving_average", *(["flows"] if now["type"] == "flows" else []))
        ]

    def _of_money(self, kind: str, now: Mapping[str, Any]) -> dict[str, Any]:
        """Money that arrives in another way: about as much in a year."""
        yearly = {"monthly": 12.0, "annual": 1.0}
        amount = (now.get("amount") or 1_200_000.0) * yearly.get(now["type"], 1.0)
        match kind:
            case "monthly":
                return {"amount": max(1.0, float(round(amount / 12)))}
            case "fill_quota" | "none":
                return {}
        return {"amount": amount}

    def _of_taken(self, kind: str, now: Mapping[str, Any]) -> dict[str, Any]:
        amount = 100_000 if self.config.currency == "JPY" else 1_000
        return {"rate": 0.04} if kind == "percent" else {"amount": now.get("amount") or amount}


def _kinds(
    key: str, now: Mapping[str, Any], kinds: Iterable[str], made: Any
) -> list[tuple[Mapping[str, Any], str, bool]]:
    """The types that a group may have; the one it has, as it is."""
    name = key.rpartition(".")[2]
    return [
        (
            {key: now if kind == now["type"] else {"type": kind, **made(kind, now)}},
            f"{name}_{kind}",
            kind == now["type"],
        )
        for kind in kinds
    ]


def _of_kept(kind: str, now: Mapping[str, Any]) -> dict[str, Any]:
    return {"width": 0.05} if kind == "band" else {}


def _pair(config: Config) -> tuple[str, str]:
    """Two assets to begin another allocation with."""
    names = allocated(config)
    both = [*names, *(name for name in ("VOO", "IJR") if name not in names)]
    return both[0], both[1]


def _at(plain: Mapping[str, Any], key: str) -> Any:
    found: Any = plain
    for part in key.split("."):
        found = found[part]
    return found


def percent(share: float | None) -> str:
    """A share as a person types it in percent."""
    return "" if share is None else f"{round(share * 100, 10):.10g}"


def plain_number(value: Any) -> str:
    """A number or text as a person types it; '' for none."""
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)
