"""The schemas by which editors complete and check every kind of file that a person writes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.config.document import read_document
from engine.studies.schemas import PLACES, schema_of
from tests.shipped import kind_of

CONFIGS = Path(__file__).parents[2] / "configs"
KINDS = sorted(PLACES)
SHIPPED = [
    (kind, path) for kind, place in PLACES.items() for path in sorted((CONFIGS / place).parent.glob("*.yaml"))
]
QUESTIONS = [(kind_of(path), path) for path in sorted((CONFIGS / "questions").glob("*.yaml"))]
# What ECMA-262 lets a pattern escape under the flag ``u``; Python lets any punctuation be escaped.
ECMA = re.compile(r"\\([\^$\\.*+?()\[\]{}|/]|[dDwWsSbB]|[fnrtv0]|c[A-Za-z]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})")
# Reads patterns, a JSON list, and says those that are no regular expression of its own.
NODE = "for (const p of JSON.parse(process.argv[1])) try { new RegExp(p, 'u') } catch (e) { console.log(p) }"
AJV = """
const Ajv = require("ajv/dist/2020"), fs = require("fs");
for (const path of process.argv.slice(1)) {
  const ajv = new Ajv({strict: true, allErrors: true, unicodeRegExp: true, allowUnionTypes: true});
  try { require("ajv-formats")(ajv); } catch (e) {}
  ajv.compile(JSON.parse(fs.readFileSync(path)));
  console.log("compiled");
}
"""


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and every schema inside it."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for item in schema:
            yield from parts(item)


def patterns(kind: str) -> list[str]:
    found = [part["pattern"] for part in parts(schema_of(kind)) if isinstance(part.get("pattern"), str)]
    return sorted(set(found))


def plain(path: Path) -> Any:
    return json.loads(json.dumps(read_document(path).plain(), default=str))


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_the_schema(kind: str) -> None:
    stored = json.loads((CONFIGS / PLACES[kind]).read_text(encoding="utf-8"))
    again = f"backtest schema --kind {kind} > configs/{PLACES[kind]}"
    assert stored == schema_of(kind), f"write it again: {again}"


@pytest.mark.parametrize("kind", KINDS)
def test_patterns_escape_only_what_editors_let_be_escaped(kind: str) -> None:
    assert patterns(kind)
    for pattern in patterns(kind):
        assert "\\" not in ECMA.sub("", pattern), pattern
        re.compile(pattern)


def test_the_rule_sees_what_editors_refuse() -> None:
    """A quotation mark and a hyphen need no escape, and may have none."""
    for wrong in (r"^[^\"]*$", r"^[a\-z]$", r"^\_$", r"\p"):
        assert "\\" in ECMA.sub("", wrong)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to ask")
def test_node_takes_every_pattern() -> None:
    asked = sorted({pattern for kind in KINDS for pattern in patterns(kind)})
    command = ["node", "-e", NODE, json.dumps([*asked, r"^[^\"]*$"])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == [r"^[^\"]*$"]  # the one that it has to refuse


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to ask")
def test_ajv_compiles_every_schema() -> None:
    """The validator of most editors and of the web, as strict as it can be told to be."""
    asked = [str(CONFIGS / place) for place in PLACES.values()]
    if ran("node", "-e", AJV).returncode:
        pytest.skip("there is no ajv (npm install ajv ajv-formats, and NODE_PATH)")
    done = ran("node", "-e", AJV, *asked)
    assert (done.returncode, done.stdout) == (0, "compiled\n" * len(asked)), done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_check_jsonschema_takes_schema_and_files_and_refuses_others(kind: str, tmp_path: Path) -> None:
    """A validator whose regular expressions are those of ECMA-262."""
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed (extra test)")
    schema = str(CONFIGS / PLACES[kind])
    files = [str(path) for name, path in (*SHIPPED, *QUESTIONS) if name == kind]
    check = (sys.executable, "-m", "check_jsonschema")
    assert ran(*check, "--check-metaschema", schema).returncode == 0
    done = ran(*check, "--schemafile", schema, *files)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(Path(files[0]).read_text("utf-8").replace("\nname: ", "\nnmae: ", 1), "utf-8")
    done = ran(*check, "--schemafile", schema, str(wrong))
    assert (done.returncode, "nmae" in done.stdout) == (1, True)


def ran(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_schema_and_explains_every_key(kind: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = schema_of(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    bare = [
        key
        for part in (schema, *schema.get("$defs", {}).values())
        for key, value in part.get("properties", {}).items()
        if key != "type" and not value.get("description")
    ]
    assert bare == []


@pytest.mark.parametrize(("kind", "path"), SHIPPED, ids=[f"{kind}-{path.stem}" for kind, path in SHIPPED])
def test_shipped_files_name_their_schema_and_fit_it(kind: str, path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=schema.json"
    assert (path.parent / "schema.json") == CONFIGS / PLACES[kind]
    jsonschema.Draft202012Validator(schema_of(kind)).validate(plain(path))


@pytest.mark.parametrize(("kind", "path"), QUESTIONS, ids=[path.stem for _, path in QUESTIONS])
def test_questions_name_the_schema_of_their_kind_and_fit_it(kind: str, path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema=../{PLACES[kind]}"
    jsonschema.Draft202012Validator(schema_of(kind)).validate(plain(path))


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        ("sweep", "allocation", {"axis": {}}),
        ("sweep", "allocation", {"axes": {}}),
        ("sweep", "allocation", {"axes": {"a": {"from": 0, "to": 1}}}),
        ("sweep", "allocation", {"objective": "xir"}),
        ("sweep", "allocation", {"windows": {"every": "week", "horizons": [5]}}),
        ("windows", "windfall", {"strategies": []}),
        ("windows", "windfall", {"name": 'a"b'}),
        ("claims", "small_cap_article", {"currency": "EUR"}),
        ("claims", "small_cap_article", {"claims": [{"type": "guess", "text": "x", "start": "2020-01-01"}]}),
        ("claims", "small_cap_article", {"claims": [{"type": "return", "text": "x", "symbol": "VOO"}]}),
    ],
)
def test_an_editor_refuses_what_we_refuse(kind: str, name: str, wrong: dict[str, Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    good = plain(CONFIGS / Path(PLACES[kind]).parent / f"{name}.yaml")
    validator = jsonschema.Draft202012Validator(schema_of(kind))
    assert validator.is_valid(good)
    assert not validator.is_valid(good | wrong)


def test_amounts_with_underscores_are_taken_with_their_sign() -> None:
    """Editors read ``-8_000_000_000`` as text, which our YAML reads as a number."""
    jsonschema = pytest.importorskip("jsonschema")
    claim = {"type": "flow", "text": "x", "symbol": "IWM", "start": "2022-01-01", "amount": "-8_000_000_000"}
    validator = jsonschema.Draft202012Validator(schema_of("claims"))
    assert validator.is_valid({"name": "x", "claims": [claim]})
    assert not validator.is_valid({"name": "x", "claims": [claim | {"amount": "8 billion"}]})
