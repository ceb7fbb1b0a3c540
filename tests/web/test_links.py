"""A link opens to the plan that it was made of; anything else in its place is refused in one sentence."""

from __future__ import annotations

import base64
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.config import config_hash, parse_config
from engine.config.document import to_node
from engine.config.explain import build
from engine.config.models import Config
from engine.errors import ConfigError
from engine.locale import Locale
from engine.web import link
from engine.web.link import LONGEST, config_of, link_of
from engine.web.plan import PLAN
from tests.property.test_config_roundtrip import CONFIG
from tests.web.plans import plans

LINKS = int(os.environ.get("BACKTEST_WEB_LINKS", "100"))
MANY = settings(max_examples=LINKS, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(values=CONFIG)
def test_every_link_opens_to_the_same_plan(values) -> None:
    try:
        config = build(Config, to_node(values, "test"))
    except ConfigError:
        assume(False)
    text = link_of(config)
    assert config_hash(config_of(text)) == config_hash(config)
    assert text.replace(".", "", 1).replace("-", "").replace("_", "").isalnum()


@settings(MANY, max_examples=max(10, LINKS // 10))
@given(config=plans())
def test_a_plan_is_a_short_link(config: Config) -> None:
    assert len(link_of(config)) < 400


def packed(text: bytes) -> str:
    return "1." + base64.urlsafe_b64encode(zlib.compress(text)[2:-4]).decode().rstrip("=")


def encoded(text: str) -> str:
    return packed(text.encode("utf-8", "replace"))


PACKER = zlib.compressobj(9, wbits=-15)
BOMB = 100 * (PACKER.compress(b"a" * 1_000_000) + PACKER.flush(zlib.Z_FULL_FLUSH)) + PACKER.flush()
GOOD = link_of(parse_config(PLAN))
HOSTILE = [
    "", ".", "1", "1.", "0.abc", "2.abc", "99999.abc", "x.abc", "1.!!!!", "1.あ", "1.abc=", "1." + "A" * 50,
    GOOD[:-3], GOOD + "AAAA", "1." + "A" * LONGEST, "1." + base64.urlsafe_b64encode(BOMB).decode().rstrip("="),
    packed(b"\xff\xfe"), packed(b"a: b"), packed(b"- 1\n- 2"), packed(b"&a [*a]"),
    packed(b"!!python/object:os.system {}"),
    packed(b"[" * 20_000), packed(b"{" * 900), packed(b"a: &x [1]\n" + b"b: [" + b"*x," * 60_000 + b"]"),
    packed(b"name: ../../etc/passwd\nstrategy: {}"), packed(b"\x00"), packed(PLAN.replace("0.10", "7").encode()),
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_link_is_one_sentence(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        config_of(text)
    for lang in ("en", "ja"):
        line = refused.value.translate(Locale(lang))
        assert line.startswith("link")
        assert "\n" not in line
        assert len(line) < 400


@MANY
@given(text=st.text(max_size=200) | st.binary(max_size=300).map(packed) | st.text(max_size=80).map(encoded))
def test_no_text_makes_it_fall_over(text: str) -> None:
    with pytest.raises(ConfigError):
        config_of(text)


def test_the_dictionary_of_version_1_never_changes() -> None:
    """Every link that was ever made hangs on it."""
    assert zlib.crc32(Path(link.__file__).with_name("link_1.yaml").read_bytes()) == 59572917
    assert config_of(EVER).strategy.allocation.satellite_weight == 0.1


EVER = "1.yxuoWoUuZd1gKYaIz5Cj2W9EZT8A"
