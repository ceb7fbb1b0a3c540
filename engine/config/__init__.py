"""Configurations: YAML in, frozen and checked values out, every error in one line.

The keys are the fields of the models in ``models.py`` and ``strategy.py``; ``configs/schema.json`` lists them
for editors. Other documents of the same kind (sweeps, claims) are read by ``load_model``.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    similar_file,
    to_node,
)
from engine.config.explain import build
from engine.config.leaves import Refused, check_name
from engine.config.models import Config
from engine.config.own_code import called
from engine.config.phases import with_dates
from engine.config.wording import dotted, refused, show
from engine.config.writing import config_hash, dump_holdings, dump_yaml, json_schema
from engine.errors import ConfigError
from engine.files import find
from engine.messages import listed, message

__all__ = [
    "Config",
    "Model",
    "called",
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
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")

# Where a word stands for a mapping, and the key it stands under: what --set may write into.
_WORDS: Mapping[Key, str | None] = {
    ("strategy", "rebalancing"): "type",
    ("strategy", "contributions"): "type",
    ("strategy", "deploy"): None,
    ("dividends",): "mode",
    ("data", "splice"): None,
}


def load_config(
    path: str | Path, overrides: Sequence[str] = (), *, allow_python: bool = False, to_come: bool = False
) -> Config:
    """The configuration in a YAML file, with ``key.path=value`` overrides applied (values are YAML).

    ``allow_python``: it may name functions, which a run then asks. Their modules are looked for beside the file
    and in the working folder too, behind all that Python finds by itself.
    ``to_come``: for futures, whose sessions are those after the period: its dates may lie behind the period's end.

    Raises ConfigError: ``configs/x.yaml:12: strategy.allocation.satellite_weight: came 1.5, allowed 0 to 1``.
    """
    root = _overridden(read_document(path), overrides)
    folder = Path(path).parent
    root = with_dates(_with_flows(_with_holdings(_with_rows(root, folder), folder), folder))
    config = build(Config, root, allow_python=allow_python, to_come=to_come)
    if called(config.strategy):
        sys.path += [place for place in (str(folder.resolve()), str(Path.cwd())) if place not in sys.path]
    return config


def parse_config(
    text: str, filename: str = "<text>", overrides: Sequence[str] = (), *, allow_python: bool = False
) -> Config:
    """The configuration in YAML text. It cannot name a schedule's file, since it is nowhere itself."""
    root = with_dates(_overridden(parse_document(text, filename), overrides))
    return build(Config, root, allow_python=allow_python)


def load_model(model: type[M], path: str | Path, overrides: Sequence[str] = ()) -> M:
    """Any other document in YAML, by its model, with the same errors."""
    return build(model, _overridden(read_document(path), overrides))


def override(
    config: Config,
    changes: Mapping[str, Any],
    *,
    where: str = "",
    allow_python: bool = False,
    to_come: bool = False,
) -> Config:
    """A configuration with some keys changed, checked as a whole again; plain values by dotted key.

    ``where`` begins the error's line, such as a sweep's file and line. ``allow_python``: it may name functions, as
    one that names some already may. ``to_come`` as of ``load_config``.
    """
    root = to_node(config.resolved(), where)
    for key, value in changes.items():
        if key.split(".")[0] == "person" and config.person is not None:
            told = message("ages are dates by now, allowed: another date of birth in the file or by --set")
            raise refused(told, place=where, key=key)
        root = put(root, key.split("."), to_node(value, where), _WORDS)
    allowed = allow_python or bool(called(config.strategy))
    return build(Config, with_dates(root), allow_python=allowed, to_come=to_come)


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


def _with_rows(root: Node, folder: Path) -> Node:
    """The document with the CSV file of a schedule, or of a table of weights, read: the hash covers it."""
    root = _with_entries(root, ("strategy", "allocation", "file"), "table", folder, _weights)
    several = root.find(("strategy", "contributions"))[0].value
    places: list[Key] = [(place,) for place in range(len(several))] if isinstance(several, tuple) else [()]
    for place in places:
        key = ("strategy", "contributions", *place, "file")
        root = _with_entries(root, key, "schedule", folder, _schedule)
    return root


def _with_entries(
    root: Node, key: Key, kind: str, folder: Path, read: Callable[[Path], tuple[Node, ...]]
) -> Node:
    """The document with the file of a group of some kind read into its entries."""
    node, found = root.find(key)
    group, _ = root.find(key[:-1])
    type_ = group.child("type")
    if found != key or not isinstance(node.value, str) or type_ is None or type_.value != kind:
        return root
    if group.child("entries") is not None:
        told = message("came with entries, allowed one of the two")
        raise refused(told, place=node.where, key=dotted(key))
    try:
        entries = Node(read(folder / node.value), node.where)
    except ConfigError as error:
        raise refused(error.message, place=node.where, key=dotted(key), hint=error.hint) from None
    others = group.value if isinstance(group.value, Mapping) else {}
    members = {name: child for name, child in others.items() if name != "file"}
    return put(
        root, [str(part) for part in key[:-1]], Node({**members, "entries": entries}, group.where), _WORDS
    )


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


def _with_flows(root: Node, folder: Path) -> Node:
    """The document with the whole path of a signal's file, so that the configuration of a result finds it too."""
    key = ("strategy", "allocation", "signal", "file")
    node, found = root.find(key)
    if found != key or not isinstance(node.value, str) or not node.value.isprintable():
        return root
    named = folder / node.value
    path = find(Path.cwd() / named)
    with contextlib.suppress(OSError):  # a name that is too long
        if path.is_file():
            return put(root, key, Node(str(path), node.where), _WORDS)
    meant = similar_file(named)
    with contextlib.suppress(OSError):
        if Path(node.value).is_file():
            beside = show_path(os.path.relpath(node.value, folder))
            meant = message("it is looked for beside the configuration; allowed: {file}", file=beside)
    told = message("{place}: no such file", place=show_path(named))
    raise refused(told, place=node.where, key=dotted(key), hint=meant)


def _schedule(path: Path) -> tuple[Node, ...]:
    """The rows of a CSV with the columns date and amount."""
    return tuple(
        Node(
            {
                "date": _cell(cells["date"], where),
                "amount": _cell(_without_thousands(cells["amount"]), where),
            },
            where,
        )
        for where, cells in _rows(path, ("date", "amount"))
    )


def _without_thousands(text: str) -> str:
    """``1,000`` as 1000; a comma that marks no thousands stays, for the model to refuse."""
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _weights(path: Path) -> tuple[Node, ...]:
    """The rows of a CSV with the column date and one a symbol; an empty cell is 0."""
    found = []
    for where, cells in _rows(path, ("date",)):
        held = {symbol: _cell(cell, where) for symbol, cell in cells.items() if symbol != "date" and cell}
        found.append(Node({"date": _cell(cells["date"], where), "weights": Node(held, where)}, where))
    return tuple(found)


def _cell(text: str, where: str) -> Node:
    return Node(scalar(text), where)


def _rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of a CSV that is not empty: its place, and its cells by heading, ``needed`` ones in lower case."""
    name = show_path(path)
    rows = _lines(path, name)
    _, first = next(rows, ("", []))
    heading = [cell.strip() for cell in first]
    heading = [cell.lower() if cell.lower() in needed else cell for cell in heading]
    if not set(needed) <= set(heading):
        told = (
            message("came the columns {columns}, allowed date and amount", columns=show(heading))
            if len(needed) > 1
            else message(
                "came the columns {columns}, allowed date and a column a symbol", columns=show(heading)
            )
        )
        raise refused(told, place=f"{name}:1")
    if double := sorted({cell for cell in heading if cell and heading.count(cell) > 1}):
        raise refused(message("a column name comes twice: {names}", names=listed(double)), place=f"{name}:1")
    for where, row in rows:
        if any(cell.strip() for cell in row[len(heading) :]):
            came, n = ",".join(row)[:60], len(heading)
            told = message("{n} cells under {all} headings: {came}", n=len(row), all=n, came=came)
            hint = message('a number with a thousands comma needs quotes: "9,921"')
            raise refused(told, place=where, hint=hint)
        if any(cell.strip() for cell in row):
            cells = [row[at].strip() if at < len(row) else "" for at in range(len(heading))]
            yield where, dict(zip(heading, cells))


def _lines(path: Path, name: str) -> Iterator[tuple[str, list[str]]]:
    """Each line of a CSV as its cells, and its place; a cell that goes on behind its line would swallow rows."""
    lines = read_text(path).splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            (row,) = csv.reader([line], strict=True) if line else ([],)
        except csv.Error:
            told = message("a cell that does not end: a quotation mark is missing")
            raise refused(told, place=f"{name}:{number}") from None
        yield f"{name}:{number}", row
