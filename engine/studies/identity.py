"""What a study is, as a hash: two of the same identity come to the same figures, to the last bit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from engine.config import Config
from engine.context import RunContext
from engine.market.panel import Panel
from engine.own_code import code_of
from engine.studies.handshake import program


def identity_of(
    told: Mapping[str, Any],
    configs: Sequence[Config],
    panels: Iterable[Panel],
    settings: Sequence[RunContext],
) -> str:
    """SHA-256 of what is told and of everything else that figures depend on.

    The configurations but for their names, a person's own code, prices, consumer prices, fund flows, law, and the
    program.
    """
    from importlib.metadata import version

    import engine

    arrays = hashlib.sha256()
    for panel in panels:
        arrays.update(repr((panel.symbols, panel.kind, panel.frames)).encode())
        for values in (panel.sessions.astype(np.int64), panel.price, panel.dividend, panel.fx):
            arrays.update(np.ascontiguousarray(values).tobytes())
        if panel.known is not None:
            arrays.update(np.ascontiguousarray(panel.known).tobytes())
    for setting in settings:
        data = setting.market_data
        for law in (data.terms, data.terms_once, data.parameters, data.flags):
            arrays.update(law.tobytes())
    return hash_of(
        told,
        [{**config.resolved(), "name": "", "description": ""} for config in configs],
        [code_of(config) for config in configs],
        [setting.level.sha256 for setting in settings if setting.level is not None],
        [setting.flows.sha256 for setting in settings if setting.flows is not None],
        [engine.__version__, *(version(name) for name in ("numpy", "numba", "pyarrow"))],
        program(),
        arrays.hexdigest(),
    )


def hash_of(*values: Any) -> str:
    """SHA-256 of plain values."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
