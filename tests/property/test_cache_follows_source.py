"""Whatever a source does in its last ten days, the cache holds what it says now, or the last it said right."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadData, Offline
from engine.market.cache import Cache, Response
from engine.market.revision import changes
from engine.market.series import Series
from engine.messages import Message
from tests.made_up_source import DAY, Clock, Source, history, pay, reprice, split, without

STEPS = st.sampled_from(
    ["days", "dividend", "split", "correction", "lost day", "failure", "bad tick", "nothing"]
)


def step(truth: Series, what: str, salt: int) -> Series:
    """What the source says next: more days, or an event or correction in the last week."""
    week = truth.dates[truth.dates > truth.dates[-1] - np.timedelta64(10, "D")]
    recent = str(week[salt % len(week)])
    if what == "days":
        longer = history("2030-09-27", 145)
        more = longer.dates > truth.dates[-1]
        more &= longer.dates <= truth.dates[-1] + np.timedelta64(1 + salt % 9, "D")
        # In the shares of today, however often they were split.
        level = truth.close[-1] / longer.close[longer.dates == truth.dates[-1]]
        return truth.replace(
            dates=np.concatenate([truth.dates, longer.dates[more]]),
            close=np.concatenate([truth.close, longer.close[more] * level]),
            adj_close=np.concatenate([truth.adj_close, longer.close[more] * level]),
            dividend=np.concatenate([truth.dividend, longer.dividend[more]]),
        )
    if what == "dividend":
        return pay(truth, recent, float(truth.close[-1]) * (0.002 + 0.001 * (salt % 3)))
    if what == "split" and recent not in dict(truth.extra["splits"]):
        return split(truth, recent, 2.0 + salt % 2)
    if what == "correction":
        now = float(truth.close[truth.dates == np.datetime64(recent)][0])
        return reprice(truth, recent, now * (1.0 + 0.001 * (1 + salt % 7)))
    if what == "bad tick":
        return reprice(truth, recent, (0.0, -1.0, 1e9, np.inf)[salt % 4])
    if what == "lost day" and len(week) > 2:
        return without(truth, str(week[salt % (len(week) - 1)]))
    return truth


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(STEPS, st.integers(0, 50)), min_size=1, max_size=8))
def test_the_cache_follows(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock, source = Clock(), Source(history("2030-06-28", 80))
        cache = Cache(Path(folder), clock=clock)
        last = cache.get("VOO", "made_up", source.fetch).series
        for what, salt in steps:
            clock.now += DAY
            before = source.truth
            source.truth = step(source.truth, what, salt)
            source.error = Offline(Message("down")) if what == "failure" else None
            fails = {"failure": Offline, "bad tick": BadData}.get(what)
            if fails is not None:
                with pytest.raises(fails):
                    cache.get("VOO", "made_up", source.fetch)
                source.truth = before  # by tomorrow the tick is gone
                kept = cache.read("VOO", "made_up")
                assert kept is not None
                assert kept.series.sha256 == last.sha256
            else:
                last = cache.get("VOO", "made_up", source.fetch).series
                assert str(last.dates[-1]) == str(source.truth.dates[-1])
                assert changes(last, source.truth) == []
                assert changes(source.truth, last) == []
        assert [type(found.content) for found in cache.find()] == [Response]
        assert len(list((Path(folder) / "made_up" / "VOO").iterdir())) == 3
