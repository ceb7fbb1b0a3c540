"""The files that ``new`` writes: a template a kind, filled with answers or resting on a plan that is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.locale import Locale

if TYPE_CHECKING:
    from engine.config import Config

# What each answer is in YAML; the first is the default.
EVERY = {
    "monthly": "{type: monthly, amount: %(amount)s, day: 1}",
    "january": "{type: annual, amount: %(amount)s, month: 1, day: 1}",
    "lump": "{type: lump_sum, amount: %(amount)s}",
    "quota": "{type: fill_quota, years: 5, every: yearly}",
}
ACCOUNTS = {
    "nisa_taxable": "[nisa, taxable]",
    "nisa": "[nisa]",
    "taxable": "[taxable]",
    "plain": "[plain]",
}
REBALANCING = {
    "no_sell": "{type: no_sell}",
    "none": "{type: none}",
    "yearly": "{type: calendar, every: yearly, new_money_first: true}",
    "band": "{type: band, width: 0.05, check: monthly, new_money_first: true}",
}
WEIGHT, DEPLOY = "strategy.allocation.satellite_weight", "strategy.deploy"
# What a study of a plan varies: of one with a satellite its share, of any other how its money is invested.
AXES = {WEIGHT: "{from: 0, to: 0.30, step: 0.05}", DEPLOY: "[at_once, {spread_months: 12}]"}
OTHERS = {
    WEIGHT: ("0", "new_other_satellite_weight"),
    DEPLOY: ("{spread_months: 12}", "new_other_deploy"),
}


@dataclass(frozen=True)
class Kind:
    """A kind of file: the command that takes it, its folder below ``configs``, its template."""

    command: str
    folder: str
    template: str


KINDS = {
    "config": Kind("run", "", "new.yaml.j2"),
    "sweep": Kind("sweep", "sweeps", "new_sweep.yaml.j2"),
    "windows": Kind("windows", "windows", "new_windows.yaml.j2"),
    "claims": Kind("check", "claims", "new_claims.yaml.j2"),
    "withdraw": Kind("withdraw", "", "new.yaml.j2"),
}


def of_answers(kind: str, name: str, answers: Mapping[str, str], target: Path, locale: Locale) -> str:
    """The commented YAML of the answers. Raises ConfigError where they cannot be."""
    from engine.config import parse_config
    from engine.config.wording import quote

    keys = "" if kind == "claims" else _filled("new_keys.yaml.j2", _of_plan(answers), locale)
    values: dict[str, Any] = {"answers": answers, "keys": keys}
    if kind in ("sweep", "windows"):
        values |= _varied(kind, parse_config(f"name: {quote(name)}\n{keys}", str(target)))
    return _checked(kind, _written(kind, name, target, values, locale), target)


def of_plan(kind: str, name: str, plan: Path, withdrawal: str, target: Path, locale: Locale) -> str:
    """The YAML of a study of the plan in a file; of ``config`` and ``withdraw`` a plan like it.

    ``withdrawal``: what such a plan pays out a month, where the other pays out nothing. Raises ConfigError.
    """
    from engine.config import dump_yaml, load_config, override
    from engine.config.document import read_text

    config = load_config(plan)
    if kind in ("sweep", "windows"):
        varied = _varied(kind, config)
        # The folder may not be there yet, so that no path through it can be followed.
        _checked(kind, _written(kind, name, target, {"base": str(plan.resolve()), **varied}, locale), target)
        base = Path(os.path.relpath(plan.resolve(), target.parent.resolve())).as_posix()
        return _written(kind, name, target, {"base": base, **varied}, locale)
    named = config.model_copy(update={"name": name})
    text = read_text(plan)
    if kind == "withdraw" and not config.strategy.takes_out:
        taken = {"type": "fixed", "amount": int(withdrawal), "every": "monthly"}
        text = dump_yaml(override(named, {"strategy.withdrawals": taken}))
    elif "file:" in text:
        text = dump_yaml(named)  # with what it names, which lies beside the other
    else:
        lines = (line for line in text.splitlines() if "$schema=" not in line)
        text = "".join(f"{_renamed(line, name)}\n" for line in lines)
    note = locale("new_note_run", command=KINDS[kind].command, file=_on_one_line(target))
    return _checked(kind, f"# {note}\n# {locale('new_note_from', file=_on_one_line(plan))}\n{text}", target)


def _renamed(line: str, name: str) -> str:
    from engine.config.wording import quote

    return f"name: {quote(name)}" if line.startswith("name:") else line


def _of_plan(answers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "answers": answers,
        "contributions": EVERY[answers["every"]] % {"amount": answers.get("amount", "")},
        "rebalancing": REBALANCING[answers.get("rebalancing", "no_sell")],
        "accounts": ACCOUNTS[answers["account"]],
    }


def _varied(kind: str, config: Config) -> dict[str, str]:
    """The key that a study of a plan varies, its values, and the word for the other one."""
    key = WEIGHT if config.strategy.allocation.type == "core_satellite" else DEPLOY
    other, word = OTHERS[key]
    return {"key": key, "values": AXES[key] if kind == "sweep" else other, "other": word}


def _written(kind: str, name: str, target: Path, values: Mapping[str, Any], locale: Locale) -> str:
    told = {
        "name": name,
        "file": _on_one_line(target),
        "command": KINDS[kind].command,
        "has_schema": (target.parent / "schema.json").is_file(),
    }
    return _filled(KINDS[kind].template, {**told, **values}, locale)


def _on_one_line(path: Path) -> str:
    return " ".join(str(path).split())


def _filled(template: str, values: Mapping[str, Any], locale: Locale) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from engine.config.wording import quote

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True,
    )  # fmt: skip
    return templates.get_template(template).render({"base": "", **values}, quote=quote, t=locale)


def _checked(kind: str, text: str, target: Path) -> str:
    """The text, as the command that takes it would read it. Raises ConfigError."""
    from engine.config import parse_config
    from engine.config.document import parse_document
    from engine.config.explain import build
    from engine.studies.claims.claim_documents import Claims
    from engine.studies.grid.documents import Sweep, WindowsFile, base_config, changed
    from engine.studies.grid.points import make_points

    root = parse_document(text, str(target))
    if kind == "claims":
        build(Claims, root)
    elif kind == "sweep":
        sweep = build(Sweep, root)
        make_points(base_config(sweep, target.parent, root), sweep.axes, root)
    elif kind == "windows":
        study = build(WindowsFile, root)
        base = base_config(study, target.parent, root)
        for number, item in enumerate(study.strategies):
            changed(base, item.set, root, ("strategies", number, "set"))
    else:
        parse_config(text, str(target))
    return text
