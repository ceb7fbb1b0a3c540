"""Any configuration that is accepted survives being written out, and nothing makes the reader fall over."""

import datetime as dt
import json
import random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.config import config_hash, dump_yaml, override, parse_config
from engine.config.document import parse_document, scalar
from engine.config.wording import quote
from engine.errors import ConfigError

DATES = st.dates(dt.date(2000, 1, 1), dt.date(2030, 12, 31))
SHARE = st.floats(0, 1)
YEN = st.integers(1, 10**9)
SYMBOL = st.from_regex(r"\A[A-Za-z0-9^][A-Za-z0-9._^=-]{0,9}\Z")
RATE = st.floats(-0.5, 1)
EVERY = st.sampled_from(["monthly", "yearly"])
DAY = st.integers(1, 31)


def keys(required: dict[str, Any], optional: dict[str, Any] | None = None) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional or {})


def kind(name: str, **required: Any) -> dict[str, Any]:
    return {"type": st.just(name), **required}


@st.composite
def weights(draw: Any) -> dict[str, float]:
    symbols = draw(st.lists(SYMBOL, min_size=1, max_size=5, unique=True))
    parts = draw(st.lists(st.integers(0, 100), min_size=len(symbols), max_size=len(symbols)))
    parts[0] += 1
    return {symbol: part / sum(parts) for symbol, part in zip(symbols, parts)}


@st.composite
def pair(draw: Any) -> dict[str, str]:
    core, satellite = draw(st.lists(SYMBOL, min_size=2, max_size=2, unique=True))
    return {"core": core, "satellite": satellite}


@st.composite
def tilt(draw: Any) -> dict[str, Any]:
    low, base, high = sorted(draw(st.lists(SHARE, min_size=3, max_size=3)))
    lag = {"lag_sessions": st.integers(1, 260)}
    of = {"of": st.sampled_from(["relative", "satellite"])}
    months = {"months": st.integers(1, 120)}
    signal = draw(
        keys(kind("momentum"), months | lag | of)
        | keys(kind("moving_average"), {"sessions": st.integers(2, 2000), **lag, **of})
        | keys(kind("flows", symbol=SYMBOL), months | lag)
        | keys(kind("flows", file=st.just("flows/IWM 月次.csv")), months | lag)
    )
    rest = {"direction": st.sampled_from(["follow", "against"]), "full_at": st.floats(0.001, 10)}
    rest["strength"] = st.sampled_from(["on_off", "proportional"])
    fixed = {"type": "tilt", "base_weight": base, "min_weight": low, "max_weight": high, "signal": signal}
    return draw(pair()) | fixed | draw(keys({}, rest))


@st.composite
def glide_path(draw: Any) -> dict[str, Any]:
    path = {"type": "glide_path", "from": draw(weights()), "to": draw(weights())}
    start, end = sorted(draw(st.lists(DATES, min_size=2, max_size=2, unique=True)))
    ends = draw(st.sampled_from([{}, {"start": start}, {"end": end}, {"start": start, "end": end}]))
    return path | ends | draw(keys({}, {"step": EVERY}))


CORE_SATELLITE = st.tuples(pair(), SHARE).map(
    lambda both: {"type": "core_satellite", **both[0], "satellite_weight": both[1]}
)
ALLOCATION = CORE_SATELLITE | keys(kind("fixed_mix", weights=weights())) | glide_path() | tilt()
MONTHS = st.lists(st.integers(1, 12), min_size=1, max_size=12, unique=True)
INITIAL = {"initial": st.integers(0, 10**9), "growth": RATE, "day": DAY}
CONTRIBUTIONS = (
    keys(kind("lump_sum", amount=YEN))
    | keys(
        kind("monthly", amount=YEN), INITIAL | {"bonus": keys({"months": MONTHS, "amount": YEN}) | st.none()}
    )
    | keys(kind("annual", amount=YEN), INITIAL | {"month": st.integers(1, 12)})
    | keys(kind("fill_quota"), {"years": st.integers(1, 50), "every": EVERY, "day": DAY, "amount": YEN})
    | keys(kind("schedule", entries=st.lists(keys({"date": DATES, "amount": YEN}), min_size=1, max_size=5)))
)
START = {"every": EVERY, "start": DATES | st.none()}
WITHDRAWALS = (
    st.none()
    | keys(kind("fixed", amount=YEN), START)
    | keys(kind("percent", rate=SHARE), START)
    | keys(kind("inflation_linked", amount=YEN), START | {"inflation": RATE})
)
REBALANCING = (
    st.sampled_from(["none", "no_sell", "calendar", {"type": "none"}, {"type": "no_sell"}])
    | keys(
        kind("calendar"),
        {"every": st.sampled_from(["monthly", "quarterly", "yearly"]), "new_money_first": st.booleans()},
    )
    | keys(
        kind("band", width=st.floats(0.001, 1)),
        {"check": st.sampled_from(["daily", "monthly", "quarterly"]), "relative": st.booleans()},
    )
)
# Letters of many scripts; the first characters and the ends are checked elsewhere.
NAME = st.from_regex(r"\A[A-Za-z0-9ぁ-んァ-ヶ一-龠_][A-Za-z0-9ぁ-んァ-ヶ一-龠_-]{0,39}\Z").filter(
    lambda name: name.lower() not in {"con", "prn", "aux", "nul"} and name[:3].lower() not in {"com", "lpt"}
)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t"), max_size=60)
LIMIT = st.integers(0, 10**9) | st.none()
CONFIG = keys(
    {
        "name": NAME,
        "strategy": keys(
            {"allocation": ALLOCATION, "contributions": CONTRIBUTIONS},
            {
                "deploy": st.just("at_once") | keys({"spread_months": st.integers(1, 120)}),
                "withdrawals": WITHDRAWALS,
                "rebalancing": REBALANCING,
            },
        ),
    },
    {
        "description": TEXT,
        "currency": st.just("JPY"),
        "accounts": st.sampled_from([["plain"], ["taxable"], ["nisa"], ["nisa", "taxable"]]),
        "account_rules": keys(
            {},
            {
                "overflow": st.sampled_from(["split", "whole_order", "skip", "hold_cash"]),
                "sell_from": st.sampled_from(["taxable_first", "nisa_first"]),
                "tax_amounts": st.sampled_from(["mid", "tts_ttb"]),
                "offset_dividends": st.booleans(),
                "annual_limits": keys({}, {"T": LIMIT, "G": LIMIT}),
                "lifetime": keys({}, {"total": LIMIT, "G": LIMIT}),
            },
        ),
        "costs": keys(
            {},
            {
                "broker": st.sampled_from(["none", "sbi", "rakuten", "monex"]),
                "commission_rate": st.floats(0, 0.1) | st.none(),
                "fx_spread": st.floats(0, 10) | st.none(),
            },
        ),
        "execution": keys({}, {"whole_shares": st.booleans()}),
        "dividends": st.sampled_from(["cash", "total_return", {"reinvest": "with_contributions"}]),
        "idle_cash": keys({}, {"yield": st.floats(-0.1, 0.5)}),
        "risk_free": st.floats(-0.1, 0.5),
        "inflation": st.sampled_from(["cpi_jp", "csv:物価.csv", 0.02, None]),
        "data": keys(
            {},
            {
                "source": st.sampled_from(["auto", "yahoo", "sample", "csv:../価格 data"]),
                "splice": st.sampled_from(["auto", "none"]) | st.dictionaries(SYMBOL, SYMBOL, max_size=3),
            },
        ),
    },
)


def as_yaml(value: Any) -> str:
    """Any values as flow YAML, by a writer of our own."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(k)}: {as_yaml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_yaml(item) for item in value) + "]"
    if isinstance(value, str):
        return quote(value)
    return str(value) if isinstance(value, dt.date) else json.dumps(value)


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, shuffled(item, rng)) for key, item in value.items()]
        rng.shuffle(items)
        return dict(items)
    return value


@settings(max_examples=100, deadline=None, derandomize=True)
@given(CONFIG, st.randoms(use_true_random=False))
def test_written_out_and_read_again(raw: dict[str, Any], rng: random.Random) -> None:
    config = parse_config(as_yaml(raw))
    text = dump_yaml(config)
    again = parse_config(text)
    assert again == config
    assert dump_yaml(again) == text
    assert config_hash(again) == config_hash(config)
    # the order of keys means nothing
    mixed = parse_config(as_yaml(shuffled(raw, rng)))
    assert mixed == config
    assert config_hash(mixed) == config_hash(config)
    assert dump_yaml(mixed) == text
    # the resolved values are JSON, complete, and a configuration themselves
    resolved = json.loads(json.dumps(config.resolved(), allow_nan=False))
    assert parse_config(as_yaml(resolved)) == config
    assert override(config, {}) == config


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_a_quoted_text_comes_back(text: str) -> None:
    assert parse_document(quote(text)).value == text


def complaint(text: str, filename: str, overrides: list[str]) -> str | None:
    """The message of the error, None where there is none."""
    try:
        parse_config(text, filename, overrides)
    except ConfigError as error:
        return str(error)
    return None


HARD = st.sampled_from("{}[]:,-?&*!|>'\"%@`#\n\t 0a~.\\\r\u2028\ufeff=<")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(HARD, max_size=40) | st.text(max_size=40))
@example("\ufeff&0[0")  # columns after a byte order mark
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    said = complaint(text, "x.yaml", [])
    assert said is not None
    assert said.startswith("x.yaml:")
    assert "\n" not in said


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_override_makes_the_reader_fall_over(key: str, value: str) -> None:
    said = complaint("name: x\nstrategy: {}\n", "x.yaml", [f"{key}={value}", f"strategy.{key}={value}"])
    assert said is not None
    assert "\n" not in said


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15) | st.booleans())
def test_a_number_means_what_it_says(number: float) -> None:
    text = json.dumps(number)
    assert scalar(text) == number
    assert type(scalar(text)) is type(number)
