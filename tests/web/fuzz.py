"""Questions to the server that its own description allows, and others: ``python -m tests.web.fuzz --inputs N``.

Requests are made of the schemas in ``/openapi.json``, one half torn apart afterwards. The server is called in this
process without a socket. Every answer must be one that the description knows, in time, and nothing may be written.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.config import parse_config
from engine.web import server
from engine.web.answers import Answers
from engine.web.app import make_app
from engine.web.link import link_of
from engine.web.plan import PLAN
from engine.web.site import Site
from engine.web.warm import Warm
from engine.web.work import Work

HOST = "127.0.0.1:1"
LONGEST = 90.0  # seconds of one answer, on a machine that does other work
PLANNED = parse_config(PLAN)
RESOLVED = PLANNED.resolved()
TEXTS = (
    "",
    "VOO",
    "IJR",
    "2001-01-01",
    "あ",
    "\x00",
    "../x",
    "1." + "A" * 40,
    "nan",
    "<b>",
    "=1+1",
    "csv:/etc",
    "9" * 400,
)
NUMBERS = (0, 1, -1, 0.5, 1e308, -1e-300, 2**63, 12, 100_000, 10**15, 1.5)
COSTLY = {"paths": 40, "years": 30}  # what a schema allows and a hundred thousand requests cannot wait for


class Maker:
    """Random values of JSON schemas."""

    def __init__(self, described: dict[str, Any], seed: int) -> None:
        self.described, self.random = described, random.Random(seed)

    def question(self) -> tuple[str, Any]:
        """A path, and what is sent to it: of the schema, and half of the time torn apart."""
        path = self.random.choice([*self.described["paths"], "/live", "/live/compare", "/live/read"])
        value = self._plain(path) if self.random.random() < 0.5 else self._of_schema(path)
        for _ in range(self.random.choice((0, 0, 1, 3))):
            value = self.torn(value)
        return path, value

    def _plain(self, path: str) -> Any:
        """A good question with some keys of the plan set to values of their schema."""
        asked: dict[str, Any] = (
            {"config": RESOLVED} if self.random.random() < 0.5 else {"link": link_of(PLANNED)}
        )
        config = self.described["components"]["schemas"]["Config"]
        changes = {}
        for _ in range(self.random.randrange(3)):
            key, schema = self._key(config, ())
            changes[key] = self.value(schema, 3)
        asked |= {"set": changes, "lang": self.random.choice(("en", "ja", "xx"))}
        if path == "/live":
            press = ("", "add-strategy-contributions", "remove-holdings-positions-0", "add-strategy-goals")
            asked |= {"futures": False, "form": True, "press": self.random.choice(press)}
        if path in ("/live/compare", "/api/compare"):
            return {"plans": [{k: v for k, v in asked.items() if k != "lang"}] * self.random.randrange(7)}
        if path == "/live/read":
            return {"yaml": self.random.choice((PLAN, "a: [", "- 1", self.random.choice(TEXTS)))}
        return asked

    def _key(self, schema: Any, at: tuple[str, ...]) -> tuple[str, Any]:
        schema = self._resolved(schema)
        if "properties" in schema and (not at or self.random.random() < 0.8):
            name = self.random.choice(sorted(schema["properties"]))
            return self._key(schema["properties"][name], (*at, name))
        return ".".join(at), schema

    def _of_schema(self, path: str) -> Any:
        post = self.described["paths"].get(path, {}).get("post")
        if post is None:
            return self._plain(path)
        return self.value(post["requestBody"]["content"]["application/json"]["schema"], 6)

    def _resolved(self, schema: Any) -> Any:
        while isinstance(schema, dict):
            if "$ref" in schema:
                found: Any = self.described
                for part in schema["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
                schema = found
            elif any(key in schema for key in ("anyOf", "oneOf", "allOf")):
                schema = self.random.choice(schema.get("anyOf") or schema.get("oneOf") or schema["allOf"])
            else:
                return schema
        return {}

    def value(self, schema: Any, depth: int) -> Any:
        """A value of a schema, or nearly."""
        schema = self._resolved(schema)
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else self.random.choice(schema["enum"])
        if "default" in schema and self.random.random() < 0.3:
            return schema["default"]
        match schema.get("type"):
            case "object":
                return self._mapping(schema, depth)
            case "array":
                if depth <= 0:
                    return []
                return [
                    self.value(schema.get("items", {}), depth - 1) for _ in range(self.random.randrange(4))
                ]
            case "integer":
                low, high = schema.get("minimum", -5), schema.get("maximum", 50)
                return self.random.choice((low, high, self.random.randint(low, high)))
            case "number":
                return self.random.choice((*NUMBERS, self.random.random(), schema.get("minimum", 0)))
            case "boolean":
                return self.random.random() < 0.5
            case "null":
                return None
        return self.random.choice(TEXTS)

    def _mapping(self, schema: Any, depth: int) -> dict[str, Any]:
        if depth <= 0:
            return {}
        needed = schema.get("required", [])
        found = {
            name: self.value(below, depth - 1)
            for name, below in schema.get("properties", {}).items()
            if name in needed or self.random.random() < 0.4
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and self.random.random() < 0.5:
            found[self.random.choice(TEXTS)] = self.value(more, depth - 1)
        return found

    def torn(self, value: Any) -> Any:
        """A value with something in it that does not belong there."""
        if isinstance(value, dict) and value and self.random.random() < 0.85:
            name = self.random.choice(list(value))
            found = {**value, name: self.torn(value[name])}
            if self.random.random() < 0.2:
                found.pop(name)
            return found
        if isinstance(value, list) and value and self.random.random() < 0.85:
            at = self.random.randrange(len(value))
            return [*value[:at], self.torn(value[at]), *value[at + 1 :]]
        return self.random.choice((*TEXTS, *NUMBERS, None, True, [], {}, [[]], {"type": "monthly"}, [value]))


async def answered(app: Any, path: str, body: bytes, method: str = "POST") -> tuple[int, bytes]:
    """Status and body of an answer, by ASGI."""
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if parts:
            return parts.pop()
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    headers = [(b"host", HOST.encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(event.get("body", b"") for event in sent[1:])


def problems_of(path: str, status: int, body: bytes) -> Iterator[str]:
    """What is wrong with an answer."""
    text = body.decode("utf-8")
    if "Traceback" in text or "defect in this program" in text or "プログラムの不具合" in text:
        yield "a defect"
    if path == "/live" and status == 200:
        if not text.endswith("event: done\ndata: {}\n\n") and "event: refused" not in text:
            yield "events without an end"
        return
    told = json.loads(text)
    if status not in (200, 403, 422, 503):
        yield "a status that the description does not know"
    if status != 200 and (set(told) != {"error", "exit_code"} or "\n" in told["error"]):
        yield "a refusal that is no sentence"


async def fuzz(inputs: int, seed: int, out: Path) -> Counter[str]:
    """Ask so many random questions. Raises AssertionError where an answer was bad, each of which is printed."""
    work, warm = Work(), Warm("sample")
    warm.run(PLANNED)  # the kernel is compiled before anybody waits, as the server does it
    site = Site(Answers(warm, work), out=out, token="a token that nobody knows")
    app = make_app(site, server.names("127.0.0.1", 1, ()))
    described = json.loads((await answered(app, "/openapi.json", b"", "GET"))[1])
    make, found = Maker(described, seed), Counter[str]()
    bad: list[str] = []
    before = {path.name for path in Path.cwd().iterdir()}
    begun = time.monotonic()
    try:
        for n in range(inputs):
            path, value = make.question()
            if isinstance(value, dict) and path in ("/api/futures", "/live"):
                value = {
                    **value,
                    **{k: min(v, COSTLY[k]) for k, v in value.items() if k in COSTLY and type(v) is int},
                }
                value = {"paths": 20, **value} if path == "/api/futures" else {**value, "futures": False}
            body = json.dumps(value).encode()
            at = time.monotonic()
            try:
                status, answer = await asyncio.wait_for(answered(app, path, body), LONGEST)
            except TimeoutError:
                raise AssertionError(f"no answer in {LONGEST:g} s: {path} {body!r}") from None
            for problem in problems_of(path, status, answer):
                bad.append(f"{problem}: {path} {body!r} -> {status} {answer[-600:]!r}")
                print(bad[-1], flush=True)
            found[f"{path} {status}"] += 1
            if (took := time.monotonic() - at) > 10:
                print(f"{took:.0f} s: {path} {body[:300]!r}", flush=True)
            if n and n % 5_000 == 0:
                print(f"{n:,} requests, {time.monotonic() - begun:.0f} s", flush=True)
    finally:
        work.close()
    assert bad == []
    assert list(out.iterdir()) == [], "something was written"
    assert {path.name for path in Path.cwd().iterdir()} == before, (
        "something was written where it was started"
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(fuzz(given.inputs, given.seed, Path(folder)))
    for name, count in sorted(found.items()):
        print(f"{name:24} {count:8,}")
    os._exit(0)  # no thread is waited for


if __name__ == "__main__":
    main()
