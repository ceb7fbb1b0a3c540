"""The description of the API is one, and what is asked and told is what it says."""

from __future__ import annotations

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from engine.config import parse_config
from engine.web.plan import PLAN
from tests.web.conftest import TOKEN

ASKED = {"config": parse_config(PLAN).resolved()}
QUESTIONS = {
    "plan": ASKED,
    "run": {**ASKED, "lang": "ja"},
    "starts": {**ASKED, "years": 5},
    "futures": {**ASKED, "paths": 20, "years": 3},
    "compare": {"plans": [ASKED]},
}


@pytest.fixture(scope="module")
def described(client):
    return client.get("/openapi.json").json()


def checked(described, name: str, value: object) -> None:
    resource = Resource(contents=described, specification=DRAFT202012)
    schema = {"$ref": f"urn:api#/components/schemas/{name}"}
    registry = Registry().with_resource("urn:api", resource)
    local = {"$id": "urn:test", **schema}
    jsonschema.Draft202012Validator(local, registry=registry).validate(value)


def names(described, path: str) -> tuple[str, str]:
    post = described["paths"][f"/api/{path}"]["post"]
    shown = (post["requestBody"], post["responses"]["200"])
    one, other = (each["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2] for each in shown)
    return one, other


@pytest.mark.parametrize("path", QUESTIONS)
def test_what_is_told_is_what_the_description_says(client, described, path):
    asked, told = names(described, path)
    checked(described, asked, QUESTIONS[path])
    answer = client.post(f"/api/{path}", json=QUESTIONS[path]).json()
    checked(described, told, answer)
    allowed = {*described["components"]["schemas"][told]["properties"]}
    assert set(answer) <= allowed


def test_what_is_refused_is_too(client, described):
    for value in ({}, {**ASKED, "x": 1}):
        checked(described, "Refusal", client.post("/api/run", json=value).json())
        with pytest.raises(jsonschema.ValidationError):
            checked(described, "RunAsked", {**ASKED, "x": 1})


def test_the_description_knows_every_path(client, described):
    for path in described["paths"]:
        assert client.post(path, json={}).status_code in (403, 422)
    assert client.post("/api/save", json={**ASKED, "token": TOKEN + "x"}).status_code == 403
