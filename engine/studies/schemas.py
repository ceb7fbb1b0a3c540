"""The JSON schema of every kind of file that a person writes, and where ``configs/`` keeps it."""

from __future__ import annotations

from typing import Any

from engine.config import Config, Model, json_schema
from engine.locale import ENGLISH, Locale

# kind -> its schema's file below configs/; the files of that folder name it in their first line
PLACES = {
    "config": "schema.json",
    "sweep": "sweeps/schema.json",
    "windows": "windows/schema.json",
    "claims": "claims/schema.json",
}


def schema_of(kind: str, locale: Locale = ENGLISH) -> dict[str, Any]:
    """The schema of ``kind``, a key of ``PLACES``, described in a language. Raises KeyError."""
    from engine.studies.claims.claim_documents import Claims
    from engine.studies.grid.documents import Sweep, WindowsFile

    models: dict[str, tuple[type[Model], str]] = {
        "config": (Config, "backtest configuration"),
        "sweep": (Sweep, "backtest sweep"),
        "windows": (WindowsFile, "backtest windows study"),
        "claims": (Claims, "backtest claims"),
    }
    return json_schema(*models[kind], locale)
