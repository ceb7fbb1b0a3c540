"""The controls of money: what arrives, what is owned at the start, what is taken out; one of each, or several."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from engine.config import Config, override
from engine.config.withdrawals import Withdrawal
from engine.config.wording import refused
from engine.messages import message
from engine.plan import allocated
from engine.web.fields import Button, Control, Fields, Group, Item, id_of, kinds

MONEY, TAKEN, GOALS, HELD = (
    "strategy.contributions",
    "strategy.withdrawals",
    "strategy.goals",
    "holdings",
)
PLACES = f"{HELD}.positions"
YEARLY = {"monthly": 12.0, "annual": 1.0}  # how often an amount comes in a year
# The kinds of withdrawals, and the keys that each has.
HAS = {
    get_args(model.model_fields["type"].annotation)[0]: frozenset(model.model_fields)
    for model in get_args(Withdrawal)
}


class Amounts(Fields):
    """Makes the groups of controls that are about money."""

    def groups(self) -> list[Group]:
        """All of them."""
        return [self.arriving(), self.held(), self.taken()]

    def pressed(self, button: str) -> Config:
        """The plan after a button of these groups. Raises ConfigError."""
        for group in self.groups():
            for each in (*group.adds, *(item.remove for item in group.items)):
                if each.id == button:
                    return override(self.config, each.sets, where="press")
        raise refused(message("the plan has no such button"), place="press")

    # --- what arrives -----------------------------------------------------------------------------------

    def arriving(self) -> Group:
        """Contributions, and over how many months they are invested."""
        money = self.plain["strategy"]["contributions"]
        is_several = isinstance(money, list)
        spread = self.text("strategy.deploy.spread_months", "whole")
        controls = [spread] if is_several else [*self._contribution(MONEY, money), spread]
        several = money if is_several else [money]
        added = {"type": "monthly", "amount": self._about(50_000)}
        return Group(
            "money",
            self.label("group_money"),
            tuple(controls),
            self._items(MONEY, "contribution", several, self._contribution) if is_several else (),
            ()
            if several[0]["type"] == "none"
            else (self._add(MONEY, "contribution", [*several, self._named("contribution", several, added)]),),
        )

    def _contribution(self, key: str, money: Mapping[str, Any]) -> list[Control]:
        types = ["monthly", "annual", "lump_sum", "fill_quota", "schedule"]
        types += ["none"] if self.config.holdings and key == MONEY else []
        choices = kinds(key, "contributions", money, types, self._of_money)
        found = [self.one_of(key, "contributions", choices, again=True)]
        if money.get("amount") is not None:
            found.append(self.text(f"{key}.amount", "amount"))
        if money["type"] == "schedule":
            text = "\n".join(f"{item['date']} {item['amount']:.15g}" for item in money["entries"])
            found.append(Control(f"{key}.entries", "entries", self.label("entries"), text))
        if money["type"] == "fill_quota":
            found.append(self.text(f"{key}.years", "whole", "quota_years"))
        if money["type"] == "annual":
            found.append(self.text(f"{key}.month", "whole"))
        if "day" in money:
            found.append(self.text(f"{key}.day", "whole"))
        if "growth" in money:
            found.append(self.text(f"{key}.growth", "percent"))
        if money["type"] == "monthly":
            bonus = money["bonus"] or {"months": [6, 12], "amount": 0}
            value = str(int(bonus["amount"])) if bonus["amount"] else ""
            found.append(Control(f"{key}.bonus", "bonus", self.label("bonus"), value))
        if "initial" in money:
            found.append(self.text(f"{key}.initial", "amount"))
        if money["type"] in YEARLY:
            found += [self.text(f"{key}.{end}", "date", f"{end}_day") for end in ("from", "until")]
        return found

    def _of_money(self, kind: str, now: Mapping[str, Any]) -> dict[str, Any]:
        """Money that arrives in another way: about as much in a year."""
        amount = (now.get("amount") or self._about(1_200_000.0)) * YEARLY.get(now["type"], 1.0)
        name = {"name": now["name"]} if "name" in now else {}
        match kind:
            case "monthly":
                return {"amount": max(1.0, float(round(amount / 12))), **name}
            case "schedule":
                return {"entries": [{"date": self._first_day(), "amount": amount}], **name}
            case "fill_quota" | "none":
                return name
        return {"amount": amount, **name}

    # --- what is taken out ------------------------------------------------------------------------------

    def taken(self) -> Group:
        """Withdrawals, and single amounts on a day."""
        money, goals = self.plain["strategy"]["withdrawals"], self.plain["strategy"].get("goals") or []
        is_several = isinstance(money, list)
        several = money if is_several else [] if money is None else [money]
        adds = []
        if several:
            added = {"type": "fixed", "amount": self._about(50_000)}
            adds = [self._add(TAKEN, "withdrawal", [*several, self._named("withdrawal", several, added)])]
        goal = self._named("goal", goals, {"date": self._first_day(), "amount": self._about(1_000_000)})
        items = self._items(TAKEN, "withdrawal", several, self._withdrawal) if is_several else ()
        return Group(
            "taken",
            self.label("group_taken"),
            () if is_several else tuple(self._withdrawal(TAKEN, money or {"type": None})),
            (*items, *self._items(GOALS, "goal", goals, self._goal, can_be_one=False)),
            (*adds, self._add(GOALS, "goal", [*goals, goal])),
        )

    def _withdrawal(self, key: str, taken: Mapping[str, Any]) -> list[Control]:
        nothing = [] if key != TAKEN else [({TAKEN: None}, "no_withdrawals", taken["type"] is None)]
        choices = [*nothing, *kinds(key, "withdrawals", taken, HAS, self._of_taken)]
        found = [self.one_of(key, "withdrawals", choices, again=True)]
        has = HAS.get(str(taken["type"]), frozenset())
        if "amount" in has:
            found.append(self.text(f"{key}.amount", "amount"))
        if "rate" in has:
            found.append(self.text(f"{key}.rate", "percent"))
        if "years" in has and taken["years"] is not None:
            found.append(self.text(f"{key}.years", "whole", "years_of_payments"))
        if "inflation" in has:
            found.append(self.text(f"{key}.inflation", "percent"))
        if "every" in has:
            found.append(self.of_words(f"{key}.every", ("monthly", "yearly")))
        if has:
            first = "start" if taken.get("start") is not None else "from"
            found.append(self.text(f"{key}.{first}", "date", "withdrawals_start"))
        if has and taken.get("years") is None:
            found.append(self.text(f"{key}.until", "date", "until_day"))
        return found

    def _of_taken(self, kind: str, now: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"name": now["name"]} if "name" in now else {}
        if "amount" in HAS[kind]:
            made["amount"] = now.get("amount") or self._about(100_000)
        if "rate" in HAS[kind]:
            made["rate"] = 0.03 if kind == "annuity" else 0.04
        return made | ({"years": 30} if "years" in HAS[kind] else {})

    def _goal(self, key: str, goal: Mapping[str, Any]) -> list[Control]:
        return [self.text(f"{key}.date", "date", "goal_date"), self.text(f"{key}.amount", "amount")]

    # --- what is owned ----------------------------------------------------------------------------------

    def held(self) -> Group:
        """Holdings at the start: cash and positions. A run's state is not to be changed by hand."""
        held = self.plain.get("holdings")
        if held is not None and held.get("since") is not None:
            return Group("held", self.label("group_held"), (self.one_of(HELD, "group_held", ()),))
        places = [] if held is None else held["positions"]
        account = {"nisa": "nisa.G"}.get(self.config.accounts[0], self.config.accounts[0])
        worth = self._about(1_000_000)
        added = {"asset": allocated(self.config)[0], "account": account, "value": worth}
        added |= {} if account == "plain" else {"cost": worth}
        nothing = {f"{HELD}.cash": 0.0} if places else {HELD: None}
        controls = [self.text(f"{HELD}.cash", "amount", empty=json.dumps(nothing))]
        if held is not None:
            controls.append(self.text(f"{HELD}.as_of", "date"))
        items = tuple(self._place(n, place, held or {}) for n, place in enumerate(places))
        return Group(
            "held",
            self.label("group_held"),
            tuple(controls),
            items,
            (self._add(PLACES, "position", [*places, added]),),
        )

    def _place(self, n: int, place: Mapping[str, Any], held: Mapping[str, Any]) -> Item:
        """A position, and the holdings without it: none, where it is all there is."""
        rest = [*held["positions"][:n], *held["positions"][n + 1 :]]
        title = self.label("position_n", n=n + 1)
        sets = {PLACES: rest} if rest or held["cash"] else {HELD: None}
        remove = self.button(f"remove.{PLACES}.{n}", self.label("remove", name=title), sets)
        return Item(title, tuple(self._position(f"{PLACES}.{n}", place)), remove, id_of(f"add.{PLACES}"))

    def _position(self, key: str, place: Mapping[str, Any]) -> list[Control]:
        accounts: list[str] = [name for name in self.config.accounts if name != "nisa"]
        accounts += ["nisa.T", "nisa.G"] * ("nisa" in self.config.accounts)
        if place["account"] not in accounts:
            accounts.append(place["account"])
        choices = [
            ({f"{key}.account": name}, f"bucket_{name.removeprefix('nisa.')}", name == place["account"])
            for name in accounts
        ]
        found = [
            self.text(f"{key}.asset", "symbol"),
            self.one_of(f"{key}.account", "account", choices),
            self.text(f"{key}.units", "number", also=json.dumps({f"{key}.value": None})),
            self.text(f"{key}.value", "amount", also=json.dumps({f"{key}.units": None})),
            self.text(f"{key}.cost", "amount"),
        ]
        if place.get("year") is not None:
            found.append(self.text(f"{key}.year", "whole"))
        return found

    # --- several ----------------------------------------------------------------------------------------

    def _items(
        self, key: str, word: str, several: Sequence[Mapping[str, Any]], made: Any, *, can_be_one: bool = True
    ) -> tuple[Item, ...]:
        """Each of several, with its name. What one is left of is that one alone where ``can_be_one``."""
        found = []
        for n, item in enumerate(several):
            rest: Any = [*several[:n], *several[n + 1 :]]
            if can_be_one and len(rest) == 1:
                rest = rest[0]
            title = item.get("name") or self.label(f"{word}_n", n=n + 1)
            remove = self.button(f"remove.{key}.{n}", self.label("remove", name=title), {key: rest})
            name = self.text(f"{key}.{n}.name", "name", "item_name")
            found.append(Item(title, (name, *made(f"{key}.{n}", item)), remove, id_of(f"add.{key}")))
        return tuple(found)

    def _add(self, key: str, word: str, sets: Any) -> Button:
        return self.button(f"add.{key}", self.label(f"add_{word}"), {key: sets})

    def _named(
        self, word: str, several: Sequence[Mapping[str, Any]], made: Mapping[str, Any]
    ) -> dict[str, Any]:
        """One more of several, under a name that none has."""
        taken = {item.get("name") or item.get("type") for item in several}
        names = (self.label(f"{word}_n", n=n) for n in range(len(several) + 1, len(several) + 100))
        return {**made, "name": next(name for name in names if name not in taken)}

    def _about(self, yen: float) -> float:
        """An amount to begin with, in the plan's currency."""
        return float(yen) if self.config.currency == "JPY" else yen / 100.0

    def _first_day(self) -> str:
        start = self.config.period.start
        return "2010-01-04" if start is None else str(start)
