"""The controls of the page as plain values: what can be chosen, what is chosen, which keys a choice sets.

The keys that have no control are in the plan all the same; the page shows and takes all of it as YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.config import Config
from engine.config.leaves import SOURCES
from engine.plan import allocated
from engine.web.amounts import MONEY, Amounts
from engine.web.fields import Control, Fields, Group, kinds, percent
from engine.web.starts import WEIGHT

ALLOCATION, KEPT = "strategy.allocation", "strategy.rebalancing"


class Maker(Fields):
    """Makes the controls of a plan in a language."""

    def groups(self) -> list[Group]:
        """All controls."""
        return [
            self._group("assets", self._assets()),
            *Amounts(self.config, self.locale, self.own).groups(),
            self._group("kept", self._kept()),
            self._group("accounts", self._accounts()),
            self._group("costs", self._costs()),
            self._group("data", self._data()),
        ]

    def slider(self) -> Control | None:
        """The weight of the satellite, where there is one at a fixed weight."""
        allocation = self.config.strategy.allocation
        if allocation.type != "core_satellite":
            return None
        share = allocation.satellite_weight
        return Control(
            WEIGHT,
            "percent",
            self.label("satellite_weight", satellite=allocation.satellite),
            percent(share),
            low="0",
            high="30" if share <= 0.30 else "100",
            step="1" if round(share * 100, 9).is_integer() else "0.1",
            words=self.locale.weight(share),
        )

    def _group(self, name: str, controls: list[Control]) -> Group:
        return Group(name, self.label(f"group_{name}"), tuple(controls))

    # --- groups -----------------------------------------------------------------------------------------

    def _assets(self) -> list[Control]:
        allocation = self.plain["strategy"]["allocation"]
        found = [self.one_of(ALLOCATION, "allocation", self._allocations(allocation), again=True)]
        match allocation["type"]:
            case "core_satellite":
                found += [self._part(name, "symbol") for name in ("core", "satellite")]
            case "fixed_mix":
                found.append(self._weights("weights"))
            case "glide_path":
                found += [self._weights("from"), self._weights("to")]
                found += [self._part(name, "date", f"path_{name}") for name in ("start", "end")]
                found.append(self.of_words(f"{ALLOCATION}.step", ("monthly", "yearly")))
            case "tilt":
                found += [self._part(name, "symbol") for name in ("core", "satellite")]
                found += [self._part(name, "percent") for name in ("base_weight", "min_weight", "max_weight")]
                found += self._signal(allocation["signal"])
                found.append(self.of_words(f"{ALLOCATION}.direction", ("follow", "against")))
        return found

    def _part(self, name: str, kind: str, word: str = "") -> Control:
        return self.text(f"{ALLOCATION}.{name}", kind, word)

    def _signal(self, signal: Mapping[str, Any]) -> list[Control]:
        """What is watched, over how long."""
        found = [self.one_of(f"{ALLOCATION}.signal", "signal", _signals(signal), again=True)]
        found += [
            self._part(f"signal.{name}", "whole", f"signal_{name}")
            for name in ("months", "sessions")
            if name in signal
        ]
        if "of" in signal:
            found.append(self.of_words(f"{ALLOCATION}.signal.of", ("relative", "satellite")))
        return found

    def _weights(self, name: str) -> Control:
        weights = self.plain["strategy"]["allocation"][name]
        text = ", ".join(f"{symbol} {percent(share)}" for symbol, share in weights.items())
        return Control(f"{ALLOCATION}.{name}", "weights", self.label(f"weights_{name}"), text)

    def _kept(self) -> list[Control]:
        kept = self.plain["strategy"]["rebalancing"]
        types = kinds(KEPT, "rebalancing", kept, ("no_sell", "none", "calendar", "band"), _of_kept)
        found = [self.one_of(KEPT, "rebalancing", types, again=True)]
        if kept["type"] == "calendar":
            found.append(self.of_words(f"{KEPT}.every", ("monthly", "quarterly", "yearly")))
        if kept["type"] == "band":
            found.append(self.text(f"{KEPT}.width", "percent"))
        return found

    def _accounts(self) -> list[Control]:
        is_yen = self.config.currency == "JPY"
        several = (["nisa", "taxable"], ["nisa"], ["taxable"], ["plain"]) if is_yen else (["plain"],)
        accounts = [
            ({"accounts": kind}, "accounts_" + "_".join(kind), kind == self.plain["accounts"])
            for kind in several
        ]
        found = [self.one_of("accounts", "accounts", accounts, again=self.config.holdings is not None)]
        if "nisa" in self.config.accounts:
            rules = ("nisa_2024", "historical_general", "historical_tsumitate")
            found.append(self.of_words("account_rules.rules", rules))
            overflow = ("split", "whole_order", "skip", "hold_cash")
            found.append(self.of_words("account_rules.overflow", overflow))
        is_whole = "on" if self.config.execution.whole_shares else ""
        found.append(Control("execution.whole_shares", "check", self.label("whole_shares"), is_whole))
        return found

    def _costs(self) -> list[Control]:
        return [
            self.of_words("costs.broker", ("none", "sbi", "rakuten", "monex")),
            self.text("costs.commission_rate", "percent"),
            self.text("costs.fx_spread", "number"),
        ]

    def _data(self) -> list[Control]:
        yen, dollars = self.config.currency == "JPY", self.config.currency == "USD"
        currencies = [
            ({"currency": "JPY", **({} if yen else self._times(100.0))}, "currency_JPY", yen),
            (
                {"currency": "USD", "accounts": ["plain"], **(self._times(0.01) if yen else {})},
                "currency_USD",
                dollars,
            ),
        ]
        data = [
            (
                {"data.source": name},
                name if name in self.own else f"source_{name}",
                name == self.config.data.source,
            )
            for name in (*SOURCES, *self.own)
        ]
        return [
            self.text("period.start", "date"),
            self.text("period.end", "date"),
            self.one_of("currency", "currency", currencies, again=True),
            self.one_of("data.source", "source", data),
            self.of_words("dividends.mode", ("cash", "total_return")),
            self.text("idle_cash.yield", "percent"),
            self.text("risk_free", "percent"),
            self.text("name", "text"),
        ]

    def _times(self, factor: float) -> dict[str, Any]:
        """The amounts that arrive, in another currency: about as much."""
        money = self.plain["strategy"]["contributions"]
        several = list(enumerate(money)) if isinstance(money, list) else [("", money)]
        return {
            ".".join(str(part) for part in (MONEY, place, "amount") if part != ""): item["amount"] * factor
            for place, item in several
            if item.get("amount") is not None
        }

    # --- groups of keys that a list begins with ---------------------------------------------------------

    def _allocations(self, now: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str, bool]]:
        core, satellite = _pair(self.config)
        pair = {"core": core, "satellite": satellite}
        mix = {core: 0.9, satellite: 0.1}
        made: dict[str, dict[str, Any]] = {
            "core_satellite": {**pair, "satellite_weight": 0.1},
            "fixed_mix": {"weights": mix},
            "glide_path": {"from": mix, "to": {core: 1.0}},
            "tilt": {**pair, "base_weight": 0.1, "max_weight": 0.3, "signal": {"type": "momentum"}},
        }
        return kinds(ALLOCATION, "allocation", now, made, lambda kind, now: made[kind])


def _signals(now: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str, bool]]:
    types = ("momentum", "moving_average", *(["flows"] if now["type"] == "flows" else []))
    return kinds(f"{ALLOCATION}.signal", "signal", now, types, lambda kind, now: {})


def _of_kept(kind: str, now: Mapping[str, Any]) -> dict[str, Any]:
    return {"width": 0.05} if kind == "band" else {}


def _pair(config: Config) -> tuple[str, str]:
    """Two assets to begin another allocation with."""
    names = allocated(config)
    both = [*names, *(name for name in ("VOO", "IJR") if name not in names)]
    return both[0], both[1]
