"""Configurations: YAML in, frozen and checked values out, every error in one line.

The keys are the fields of the models in ``models.py`` and ``strategy.py``; ``configs/schema.json`` lists them
for editors. Other documents of the same kind (sweeps, claims) are read by ``load_model``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from engine.config.base import Model
from engine.config.document import (
    Key,
    Node,
    parse_document,
    put,
    read_document,
    read_text,
    scalar,
    show_path,
    to_node,
)
from engine.config.explain import build
from engine.config.leaves import Refused, check_name
from engine.config.models import Config
from engine.config.phases import with_dates
from engine.config.wording import refused, show
from engine.config.writing import config_hash, dump_holdings, dump_yaml, json_schema
from engine.errors import ConfigError
from engine.messages import message

__all__ = [
    "Config",
    "Model",
    "config_hash",
    "dump_holdings",
    "dump_yaml",
    "json_schema",
    "load_config",
    "load_model",
    "override",
    "parse_config",
    "safe_name",
]

M = TypeVar("M", bound=Model)

# Where a word stands for a mapping, and the key it stands under: what --set may write into.
_WORDS: Mapping[Key, str | None] = {
    ("strategy", "rebalancing"): "type",
    ("strategy", "contributions"): "type",
    ("strategy", "deploy"): None,
    ("dividends",): "mode",
    ("data", "splice"): None,
}


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """The configuration in a YAML file, with ``key.path=value`` overrides applied (values are YAML).

    Raises ConfigError: ``configs/x.yaml:12: strategy.allocation.satellite_weight: came 1.5, allowed 0 to 1``.
    """
    root = _overridden(read_document(path), overrides)
    folder = Path(path).parent
    return build(Config, with_dates(_with_holdings(_with_schedules(root, folder), folder)))


def parse_config(text: str, filename: str = "<text>", overrides: Sequence[str] = ()) -> Config:
    """The configuration in YAML text. It cannot name a schedule's file, since it is nowhere itself."""
    return build(Config, with_dates(_overridden(parse_document(text, filename), overrides)))


def load_model(model: type[M], path: str | Path, overrides: Sequence[str] = ()) -> M:
    """Any other document in YAML, by its model, with the same errors."""
    return build(model, _overridden(read_document(path), overrides))


def override(config: Config, changes: Mapping[str, Any], *, where: str = "") -> Config:
    """A configuration with some keys changed, checked as a whole again; plain values by dotted key.

    ``where`` begins the error's line, such as a sweep's file and line.
    """
    root = to_node(config.resolved(), where)
    for key, value in changes.items():
        if key.split(".")[0] == "person" and config.person is not None:
            told = message("ages are dates by now, allowed: another date of birth in the file or by --set")
            raise refused(told, place=where, key=key)
        root = put(root, key.split("."), to_node(value, where), _WORDS)
    return build(Config, with_dates(root))


def safe_name(text: str) -> str:
    """``text`` if it may name a run and its folder, as the key ``name`` may. Raises ConfigError."""
    try:
        return check_name(text)
    except Refused as found:
        told = message("name {name}: not a safe file name", name=show(text))
        raise ConfigError(told, hint=found.hint) from None


def _overridden(root: Node, overrides: Sequence[str]) -> Node:
    for item in overrides:
        key, equals, text = item.partition("=")
        if not equals or not all(part.strip() for part in key.split(".")):
            raise refused(message("allowed: --set key.path=value"), place=f"--set {show(item, bare=True)}")
        where = f"--set {show(key.strip(), bare=True)}"
        value = parse_document(text, where, origin=where)
        root = put(root, [part.strip() for part in key.split(".")], value, _WORDS)
    return root


def _with_schedules(root: Node, folder: Path) -> Node:
    """The document with a schedule's CSV file read into its entries, so that the hash covers them."""
    several = root.find(("strategy", "contributions"))[0].value
    if not isinstance(several, tuple):
        return _with_schedule(root, folder, ("strategy", "contributions", "file"))
    for place in range(len(several)):
        root = _with_schedule(root, folder, ("strategy", "contributions", str(place), "file"))
    return root


def _with_schedule(root: Node, folder: Path, key: tuple[str, ...]) -> Node:
    at = tuple(int(part) if part.isdecimal() else part for part in key)
    node, found = root.find(at)
    contributions, _ = root.find(at[:-1])
    kind = contributions.child("type")
    if found != at or not isinstance(node.value, str) or kind is None or kind.value != "schedule":
        return root
    if contributions.child("entries") is not None:
        told = message("came with entries, allowed one of the two")
        raise refused(told, place=node.where, key=".".join(key))
    try:
        entries = Node(_schedule(folder / node.value), node.where)
    except ConfigError as error:
        raise refused(error.message, place=node.where, key=".".join(key), hint=error.hint) from None
    others = contributions.value if isinstance(contributions.value, Mapping) else {}
    members = {name: child for name, child in others.items() if name != "file"}
    return put(root, key[:-1], Node({**members, "entries": entries}, contributions.where), _WORDS)


def _with_holdings(root: Node, folder: Path) -> Node:
    """The document with a file of holdings read into it, so that the hash covers them."""
    key = ("holdings", "file")
    node, found = root.find(key)
    holdings, _ = root.find(key[:-1])
    if found != key or not isinstance(node.value, str) or not isinstance(holdings.value, Mapping):
        return root
    if len(holdings.value) > 1:
        raise refused(message("came with other keys, allowed alone"), place=node.where, key=".".join(key))
    try:
        read = read_document(folder / node.value)
    except ConfigError as error:
        raise refused(error.message, place=node.where, key=".".join(key), hint=error.hint) from None
    return put(root, key[:-1], read.child("holdings") or read, _WORDS)


def _schedule(path: Path) -> tuple[Node, ...]:
    """The rows of a CSV with the columns date and amount."""
    name = show_path(path)
    rows = csv.reader(read_text(path).splitlines())
    heading = [cell.strip().lower() for cell in next(rows, [])]
    if "date" not in heading or "amount" not in heading:
        told = message("came the columns {columns}, allowed date and amount", columns=show(heading))
        raise refused(told, place=f"{name}:1")
    columns = {key: heading.index(key) for key in ("date", "amount")}
    entries = []
    for row in rows:
        if any(cell.strip() for cell in row):
            where = f"{name}:{rows.line_num}"
            cells = {key: row[at].strip() if at < len(row) else "" for key, at in columns.items()}
            cells["amount"] = cells["amount"].replace(",", "")
            entries.append(Node({key: Node(scalar(cell), where) for key, cell in cells.items()}, where))
    return tuple(entries)
