"""Files of somebody who means harm: whole and with right checksums, but with one thing in them that no run writes.

Every mutation is made by a seeded generator, so that a failure names its seed and can be made again.
"""

from __future__ import annotations

import io
import json
import os
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

LONG = "x" * 5000
TEXTS = (
    *(
        "",
        " ",
        "\x1b[2J\x07",
        "\u202eexe",
        "../../../etc/passwd",
        "/dev/zero",
        "CON",
        LONG,
        "\x00",
        "=1+1",
        "%s",
    ),
    *("<script>", "nan", "1e999", "2020-02-30", "9999-12-31", "0001-01-01", "{0}", "e\u0301", "\U000e0041"),
    *("VOO", "sample"),
)
NUMBERS = (
    0,
    -1,
    1,
    0.5,
    1e-300,
    1e308,
    -1e308,
    10**30,
    2**63,
    -(2**63),
    float("nan"),
    float("inf"),
    float("-inf"),
)
VALUES: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, [LONG], *TEXTS, *NUMBERS)


def paths_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every value of a JSON document is, containers included."""
    found = [at]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += paths_of(item, (*at, key))
    return found


def mutated(document: Any, rng: random.Random) -> Any:
    """A JSON document with one value replaced, taken away, doubled or added."""
    copy = json.loads(json.dumps(document))
    *way, last = rng.choice([path for path in paths_of(copy) if path])
    holder = copy
    for key in way:
        holder = holder[key]
    what = rng.randrange(10)
    if what == 0:
        del holder[last]
    elif what == 1 and isinstance(holder, dict):
        holder[rng.choice(["extra", "", "\x1b[31m", "__class__"])] = rng.choice(VALUES)
    elif what == 2 and isinstance(holder, list):
        holder.extend([holder[last]] * rng.choice([1, 3000]))
    elif what == 3:
        holder[last] = deep(rng.choice([10, 5000]))
    else:
        holder[last] = rng.choice(VALUES)
    return copy


def deep(levels: int) -> Any:
    """A marker that ``dumps`` writes as so many nested lists."""
    return f"\ue000{levels}"


def dumps(value: Any) -> bytes:
    """JSON, with NaN and infinity as Python writes them."""
    import re

    text = json.dumps(value, sort_keys=True)
    return re.sub(r'"\\ue000(\d+)"', lambda found: "[" * int(found[1]) + "]" * int(found[1]), text).encode()


def mutated_columns(columns: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A table with one thing wrong: a value, a type, a column, the rows."""
    copy = {name: values.copy() for name, values in columns.items()}
    name = rng.choice(list(copy))
    values, n = copy[name], len(copy[name])
    what = rng.randrange(9)
    if what == 0:
        del copy[name]
    elif what == 1:
        copy = {key if key != name else rng.choice(TEXTS) or "extra": item for key, item in copy.items()}
    elif what == 2:
        rows = rng.choice([0, 1, 2])
        copy = {key: item[:rows] for key, item in copy.items()}
    elif what == 3:
        copy = {key: item[::-1] for key, item in copy.items()}
    elif what == 4:
        copy = {key: np.repeat(item, 2) for key, item in copy.items()}
    elif what == 5 or not n:
        copy[name] = np.array([rng.choice(TEXTS[1:]) for _ in range(n)], dtype=object)
    elif values.dtype.kind == "f":
        copy[name][rng.randrange(n) :] = rng.choice([x for x in NUMBERS if isinstance(x, float)])
    elif values.dtype.kind == "M":
        copy[name][rng.randrange(n)] = np.datetime64(rng.choice(["0001-01-01", "9999-12-31", "1970-01-01"]))
    elif values.dtype.kind in "iu":
        copy[name][rng.randrange(n)] = rng.choice([-1, 0, 10**9])
    else:
        changed = values.astype(object)
        changed[rng.randrange(n)] = rng.choice(TEXTS)
        copy[name] = changed
    return copy


def no_file(path: Path, rng: random.Random) -> str:
    """Put something in the place of a file that is none; what it is."""
    kinds: dict[str, Callable[[], object]] = {
        "pipe": lambda: os.mkfifo(path),
        "zero": lambda: path.symlink_to("/dev/zero"),
        "folder": path.mkdir,
        "nothing": lambda: None,
        "sparse": lambda: _sparse(path),
        "itself": lambda: path.symlink_to(path.name),
    }
    kind = rng.choice(list(kinds))
    path.unlink()
    kinds[kind]()
    return kind


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20_000_000_000)


def bomb(rng: random.Random) -> bytes:
    """A small parquet file that would unpack to gigabytes, or has what no table of ours has."""
    return _bomb(rng.randrange(6))


@cache
def _bomb(number: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    days = pa.table({"date": pa.array(np.zeros(2_000_000, np.int32), pa.date32())})
    zeros = pa.table({"value": np.zeros(4_000_000)})
    delta = {"column_encoding": {"asset": "DELTA_BYTE_ARRAY"}, "use_dictionary": False}
    tables: tuple[tuple[Any, int, dict[str, Any]], ...] = (
        (days, 1, {}),
        (zeros, 20, {"use_dictionary": False, "compression": "zstd"}),
        (pa.table({"asset": ["a" * 100_000] * 500}), 100, {"compression": "zstd"}),
        (pa.table({"asset": ["a" * 10_000] * 1000}), 1, delta),
        (pa.table({"date": [[1, 2]] * 10}), 1, {}),
        (pa.table({f"c{i}": [1.0] for i in range(2000)}), 1, {}),
    )
    table, times, options = tables[number]
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, table.schema, **options) as writer:
        for _ in range(times):
            writer.write_table(table)
    return sink.getvalue()


def is_one_line(text: str) -> bool:
    """Whether an error is one printable line."""
    return text.endswith("\n") and text.count("\n") == 1 and text[:-1].isprintable() and len(text) < 2000
