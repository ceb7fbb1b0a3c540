"""The API's description for programs: ``/openapi.json``, made of the models that check the requests."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter

import engine
from engine.config import Config, json_schema
from engine.web import told

PLACE = "#/components/schemas/{model}"
REFUSED = {
    "403": "the request comes from elsewhere, or is to write without the token",
    "413": "the request is too long",
    "422": "what is asked is refused as a configuration is, or there are no prices for it",
    "503": "too much is asked at once: ask again after the seconds of Retry-After",
}


def openapi(routes: Iterable[tuple[str, type[BaseModel], Any, str]]) -> dict[str, Any]:
    """The description of ``routes``: path, what is asked, what is told, and what for."""
    own = json.dumps(json_schema(Config)).replace("#/$defs/", PLACE.format(model="Config/$defs/"))
    schemas: dict[str, Any] = {"Config": json.loads(own)}
    schemas["Refusal"] = TypeAdapter(told.Refusal).json_schema(ref_template=PLACE)
    paths = {}
    for path, asked, answer, what_for in routes:
        _put(schemas, asked.__name__, asked.model_json_schema(ref_template=PLACE))
        _put(schemas, answer.__name__, TypeAdapter(answer).json_schema(ref_template=PLACE))
        paths[path] = {"post": _post(what_for, asked.__name__, answer.__name__)}
    for name in ("RunAsked", "StartsAsked", "FuturesAsked", "SaveAsked", "Asked"):
        config = schemas.get(name, {}).get("properties", {}).get("config")
        if config is not None:
            config["anyOf"] = [{"$ref": PLACE.format(model="Config")}, {"type": "null"}]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "backtest serve",
            "version": engine.__version__,
            "description": inspect.getdoc(told),
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _put(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    """A schema with those that it refers to beside it."""
    schemas.update(schema.pop("$defs", {}))
    schemas[name] = schema


def _post(what_for: str, asked: str, answer: str) -> dict[str, Any]:
    def content(model: str) -> dict[str, Any]:
        return {"application/json": {"schema": {"$ref": PLACE.format(model=model)}}}

    refused = {code: {"description": why, "content": content("Refusal")} for code, why in REFUSED.items()}
    return {
        "summary": what_for,
        "requestBody": {"required": True, "content": content(asked)},
        "responses": {"200": {"description": what_for, "content": content(answer)}, **refused},
    }
