"""A configuration written out: YAML, canonical JSON and its hash, the schema for editors."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from engine.config.base import Model
from engine.config.document import scalar
from engine.config.holdings import Holdings
from engine.config.models import Config
from engine.config.wording import quote
from engine.locale import ENGLISH, Locale
from engine.messages import described

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# Older readers take these for truth values.
_YAML_1_1 = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_NAMED_BELOW = ("properties", "$defs")  # in a schema: the keys below it are names


def config_hash(config: Config) -> str:
    """SHA-256 of the resolved configuration as canonical JSON: sorted keys, no spaces, ASCII."""
    text = json.dumps(config.resolved(), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def dump_yaml(config: Config) -> str:
    """The resolved configuration as YAML; ``parse_config`` gives an equal configuration back."""
    return "".join(line + "\n" for line in _block(config.model_dump(by_alias=True), ""))


def dump_holdings(holdings: Holdings, heading: str = "") -> str:
    """The block ``holdings`` as YAML, without the keys that say nothing; ``heading``: a comment above it."""
    said = holdings.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)
    lines = [*(f"# {line}" for line in heading.splitlines()), "holdings:", *_block(said, "  ")]
    return "".join(line + "\n" for line in lines)


def _block(members: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in members.items():
        head = f"{indent}{_text(key)}:"
        if isinstance(value, Mapping) and value:
            lines += [head, *_block(value, indent + "  ")]
        elif isinstance(value, tuple | list) and any(isinstance(item, Mapping) for item in value):
            lines += [head, *(f"{indent}  - {_flow(item)}" for item in value)]
        else:
            lines.append(f"{head} {_flow(value)}")
    return lines


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int | dt.date):
        return str(value)
    return _text(str(value))


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _YAML_1_1 and isinstance(scalar(text), str)
    return text if plain else quote(text)


def json_schema(
    model: type[Model] = Config, title: str = "backtest configuration", locale: Locale = ENGLISH
) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) by which editors complete and check a file of ``model``.

    What its parts mean is said in the language of ``locale``.
    Editors read its patterns as ECMA-262 does with the flag ``u``: nothing is escaped that needs no escape.
    """
    schema = _translated(_without_noise(model.model_json_schema(by_alias=True)), locale)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def _translated(schema: Any, locale: Locale, *, names: bool = False) -> Any:
    """With every description in a language; ``names`` as of ``_without_noise``."""
    if isinstance(schema, dict):
        return {
            key: described(value).translate(locale)
            if key == "description" and not names
            else _translated(value, locale, names=not names and key in _NAMED_BELOW)
            for key, value in schema.items()
        }
    return [_translated(item, locale) for item in schema] if isinstance(schema, list) else schema


def _without_noise(schema: Any, *, names: bool = False) -> Any:
    """Without generated titles and OpenAPI's discriminators; ``names`` where the keys are a person's own."""
    if isinstance(schema, dict):
        drop = () if names else ("title", "discriminator")
        return {
            key: _without_noise(value, names=not names and key in _NAMED_BELOW)
            for key, value in schema.items()
            if key not in drop
        }
    return [_without_noise(item) for item in schema] if isinstance(schema, list) else schema
