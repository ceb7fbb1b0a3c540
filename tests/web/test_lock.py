"""Who may ask, what, and how much: strangers, other names, long bodies, paths of the disk, no token."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.config import parse_config
from engine.web.plan import PLAN
from engine.web.work import Work
from tests.web.conftest import TOKEN, serving

CONFIG = parse_config(PLAN).resolved()
ASKED = {"config": CONFIG}


def post(
    client: httpx.Client, path: str = "/api/plan", value: object = ASKED, **headers: str
) -> httpx.Response:
    return client.post(path, json=value, headers=headers)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:8765", ""]
)
def test_another_name_is_not_answered(client, host):
    """A page of another site that lets its own name point to this machine asks under that name."""
    assert post(client, Host=host).status_code == 403
    assert client.get("/", headers={"Host": host}).status_code == 403


def test_the_names_of_this_machine_are(client):
    port = client.base_url.port
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert post(client, Host=f"{name}:{port}").status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:1", "file://", "http://localhost"]
)
def test_a_page_of_another_site_may_not_ask(client, origin):
    answer = post(client, Origin=origin)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_who_is_refused_hears_why_although_the_body_comes_late(client):
    """A connection that is closed while the body is still on its way is reset, and the answer is lost."""
    host, port = client.base_url.host, client.base_url.port
    head = f"POST /api/plan HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: null\r\nContent-Length: 60000\r\n\r\n"
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(head.encode())
        for _ in range(60):
            time.sleep(0.005)
            connection.sendall(b"x" * 1_000)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"a page of another site may not ask" in answer


def test_our_own_page_may(client):
    assert post(client, Origin=f"http://127.0.0.1:{client.base_url.port}").status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_of_another_site_could_send_is_no_question(client, kind):
    answer = client.post("/api/plan", content=json.dumps(ASKED), headers={"content-type": kind})
    assert answer.status_code == 422


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods(client, method):
    assert client.request(method, "/api/plan").status_code == 405


def test_every_answer_has_the_headers(client):
    for answer in (post(client), client.get("/nothing"), post(client, Origin="null")):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def raw(address: str, head: str, body: bytes = b"") -> bytes:
    """What comes back for a request that need not be whole; the server may close before it has all."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), 10) as connection:
        text = f"POST /api/plan HTTP/1.1\r\nHost: {place.netloc}\r\n{head}\r\n\r\n"
        with contextlib.suppress(ConnectionError):
            connection.sendall(text.encode() + body)
        return connection.recv(1000)


def test_long_bodies_and_addresses(client, address):
    assert raw(address, "Content-Length: 1000001").startswith(b"HTTP/1.1 413")
    chunk = b"C350\r\n" + b" " * 50_000 + b"\r\n"
    assert raw(address, "Transfer-Encoding: chunked", chunk * 21).startswith(b"HTTP/1.1 413")
    assert client.get("/" + "a" * 3_000).status_code == 414


DEEP = '{"config":' + '{"a":' * 300 + "1" + "}" * 301
BODIES = [
    b"", b"{", b"[]", b"1", b"null", b'"a"', b"\xff", b'{"config": 1}', b'{"link": []}', b'{"lang": "xx"}', b"NaN",
    b'{"config": {"name": NaN}}', DEEP.encode(), b"[" * 100_000, b'{"a": 1, "a": 2}', b'{"link": "\\ud800"}',
    b'{"config": {"name": "\\ud800"}}', b"1" * 5_000, b'{"link": "1.x", "config": {}}', b'{"set": {}}',
    b'{"config": {}, "set": {"": 1}}', b'{"config": {}, "set": {"..": 1}}', b'{"link": "1.", "years": 1e400}',
]  # fmt: skip


@pytest.mark.parametrize("path", ["plan", "run", "starts", "futures", "compare", "save"])
def test_what_is_no_question_is_one_sentence(client, path):
    for body in BODIES:
        answer = client.post(f"/api/{path}", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == (403 if path == "save" and b'"config": {}, "set"' in body else 422), body
        assert "\n" not in answer.json()["error"]


PATHS = {
    "data.source": ["csv:/etc", "csv:.", "french:/etc/passwd", "csv:~/", "french:../x.zip"],
    "strategy.contributions": [{"type": "schedule", "file": "/etc/passwd"}],
    "holdings": [{"file": "/etc/passwd"}],
    "strategy.allocation": [
        {
            "type": "tilt", "core": "VOO", "satellite": "IJR", "base_weight": 0.1, "max_weight": 0.3,
            "signal": {"type": "flows", "file": "/etc/passwd"},
        },
        {"type": "fixed_mix", "weights": {"../../etc/passwd": 1}},
    ],
    "name": ["../x", "a/b", "..", "/etc/x"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in PATHS.items() for value in values]
)
def test_a_request_names_no_path(client, key, value, monkeypatch):
    for path in ("plan", "run", "starts", "save"):
        answer = post(
            client,
            f"/api/{path}",
            {**ASKED, "set": {key: value}, **({"token": TOKEN} if path == "save" else {})},
        )
        assert answer.status_code == 422, answer.text
        assert "root:" not in answer.text


def test_a_folder_of_the_command_line_may_be_named(tmp_path):
    source = f"csv:{tmp_path}"
    with (
        serving(tmp_path, own=(source,)) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        assert post(client, value={**ASKED, "set": {"data.source": source}}).status_code == 200
        assert post(client, value={**ASKED, "set": {"data.source": source + "x"}}).status_code == 422


def test_writing_needs_the_token(client, out):
    for token in ({}, {"token": ""}, {"token": TOKEN[:-1]}, {"token": TOKEN + "x"}, {"token": "トークン"}):
        assert post(client, "/api/save", {**ASKED, **token}).status_code == 403
    assert list(out.iterdir()) == []
    answer = post(client, "/api/save", {**ASKED, "token": TOKEN, "lang": "ja"})
    assert answer.json() == {"folder": "plan"}
    names = {path.name for path in (out / "plan").iterdir()}
    assert names >= {"manifest.json", "config.yaml", "metrics.json", "report.html"}
    for path in (out / "plan").iterdir():
        path.unlink()
    (out / "plan").rmdir()
    for path in out.iterdir():  # the lock
        path.unlink()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


def keys_of(tree: object, at: str = "") -> list[str]:
    if not isinstance(tree, dict):
        return [at]
    return [key for name, value in tree.items() for key in keys_of(value, f"{at}.{name}".strip("."))] + [at][
        : bool(at)
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from(["plan", "run", "starts", "compare"]),
    changes=st.dictionaries(st.sampled_from(keys_of(CONFIG)), JSON, max_size=2),
    more=st.dictionaries(st.sampled_from(["lang", "years", "every", "set", "link", "x"]), JSON, max_size=1),
)
def test_any_json_has_an_answer_or_a_sentence(client, out, path, changes, more):
    value = {**ASKED, "set": changes, **more}
    answer = post(client, f"/api/{path}", {"plans": [value]} if path == "compare" else value)
    assert answer.status_code in (200, 422), answer.text
    assert answer.status_code == 200 or set(answer.json()) == {"error", "exit_code"}
    assert list(out.iterdir()) == []


def test_garbage_on_the_port_hurts_nobody(address, client):
    place = urlsplit(address)
    for sent in (
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/run HTTP/1.1\r\nHost: a\r\n" * 3,
        b"\0" * 70_000,
    ):
        with socket.create_connection((place.hostname, place.port), 10) as connection:
            connection.sendall(sent)
            connection.settimeout(0.5)
            with contextlib.suppress(OSError):
                connection.recv(1000)
    assert post(client).status_code == 200


def test_who_goes_away_is_not_worked_for(tmp_path):
    work = Work(at_once=1)
    with serving(tmp_path, work=work) as address:
        place = urlsplit(address)
        body = json.dumps({**ASKED, "paths": 10_000, "years": 40}).encode()
        head = f"POST /api/futures HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        with socket.create_connection((place.hostname, place.port)) as connection:
            connection.sendall(head.encode() + body)
            time.sleep(0.5)
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            begun = time.monotonic()
            assert post(client).status_code == 200
            assert time.monotonic() - begun < 30  # 10,000 futures of 40 years take longer


def test_too_much_is_told_so(tmp_path):
    work = Work(at_once=1, waiting=2, patience=0.3)
    with serving(tmp_path, work=work) as address:
        found = []

        def ask() -> None:
            with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
                found.append(post(client, "/api/futures", {**ASKED, "paths": 500, "years": 20}))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = {answer.status_code for answer in found}
        assert codes <= {200, 503}
        assert 503 in codes
        for answer in found:
            assert answer.status_code == 200 or answer.headers["retry-after"] == "1"


def test_what_takes_too_long_is_ended(tmp_path):
    with serving(tmp_path, work=Work(longest=0.01)) as address:
        answer = httpx.post(
            f"{address}/api/futures", json={**ASKED, "paths": 5_000}, timeout=60, trust_env=False
        )
        assert answer.status_code == 503
