"""The cache by its promises: cache first, only the tail, revisions told, nothing good ever lost."""

from __future__ import annotations

import dataclasses
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from engine.errors import BadData, NotFound, Offline, RateLimited, Stale, StoreError
from engine.locale import Locale
from engine.market.cache import Cache, Policy, Request, Response, default_root
from engine.market.cache_entry import MANIFEST_SIZE, CacheEntry, EntryManifest, folder_name
from engine.market.series import Series
from engine.messages import Message
from tests.made_up_source import DAY, Clock, Source, history, pay, reprice, split, without

TEN_DAYS = np.timedelta64(10, "D")  # of made-up histories of eighty days


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> Cache:
    return Cache(tmp_path / "cache", clock=clock, overlap=TEN_DAYS)


def same(left: Series, right: Series) -> bool:
    """Equal in every value and every word."""
    words = [(s.symbol, s.currency, s.source, s.is_sample, s.notes, s.extra) for s in (left, right)]
    return left.sha256 == right.sha256 and words[0] == words[1]


def files(cache: Cache) -> list[str]:
    return sorted(path.name for path in cache.root.rglob("*") if path.is_file() and path.name != "lock")


def test_what_is_stored_comes_back_to_the_last_bit(cache: Cache) -> None:
    odd = pay(history(), "2030-05-15", 1.25)
    odd.close[3] = np.nan
    odd = split(odd.replace(notes=("a note, 日本語",)), "2030-04-02", 2.0)
    first = cache.get("VOO", "yahoo", Source(odd).fetch)
    again = cache.read("VOO", "yahoo")
    assert again is not None
    assert same(first.series, odd)
    assert same(again.series, odd)
    assert again.manifest.sha256 == odd.sha256
    assert (again.manifest.first, again.manifest.last, again.manifest.rows) == (
        str(odd.dates[0]),
        str(odd.dates[-1]),
        80,
    )


def test_a_recent_copy_needs_no_fetch_and_an_old_one_only_ten_days(cache: Cache, clock: Clock) -> None:
    source = Source(history("2030-06-28"))
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 3600
    assert cache.get("VOO", "yahoo", source.fetch).notes == ()
    assert source.starts == [None]
    clock.now += 5 * DAY
    source.truth = history("2030-07-05", 85)
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert source.starts == [None, "2030-06-18"]
    assert same(answer.series, source.truth)
    assert answer.notes == ()
    assert [str(event.what) for event in answer.manifest.history] == ["first fetch"]
    assert len(files(cache)) == 2


def test_old_splits_and_gaps_in_the_overlap_are_no_news(cache: Cache, clock: Clock) -> None:
    def truth(last: str, days: int) -> Series:
        series = split(history(last, days), "2030-05-15", 2.0)
        series.close[series.dates == np.datetime64("2030-06-25")] = np.nan
        return series

    source = Source(truth("2030-06-28", 80))
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 5 * DAY
    source.truth = truth("2030-07-05", 85)
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert source.starts == [None, "2030-06-18"]
    assert same(answer.series, source.truth)


def test_nothing_new_keeps_the_file_and_notes_the_time(cache: Cache, clock: Clock) -> None:
    source = Source(history())
    before = cache.get("VOO", "yahoo", source.fetch).manifest
    clock.now += DAY
    after = cache.get("VOO", "yahoo", source.fetch).manifest
    assert after.file == before.file
    assert after.fetched_at > before.fetched_at
    assert cache.find()[0].content.age == 0  # type: ignore[union-attr]


def test_last_digits_of_the_source_do_not_move_what_is_stored(cache: Cache, clock: Clock) -> None:
    source = Source(history())
    first = cache.get("VOO", "yahoo", source.fetch)
    clock.now += DAY
    longer = history("2030-07-05", 85)
    source.truth = longer.replace(close=longer.close * (1 + 1e-8), adj_close=longer.adj_close * (1 + 1e-7))
    second = cache.get("VOO", "yahoo", source.fetch)
    assert second.series.between(first.series.dates[0], first.series.dates[-1]).sha256 == first.series.sha256


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: reprice(s, "2030-06-25", 99.5), "close changed on 1 day, most on 2030-06-25"),
        (lambda s: without(s, "2030-06-25"), "1 session removed: 2030-06-25"),
        (lambda s: pay(s, "2030-06-25", 0.5), "dividend changed on 1 day, most on 2030-06-25: 0 -> 0.5"),
        (lambda s: pay(s, "2030-07-02", 0.5), "new dividend of 0.5 on 2030-07-02"),
        (lambda s: split(s, "2030-07-02", 3.0), "new split 3:1 on 2030-07-02"),
        (lambda s: split(s, "2030-06-18", 3.0), "new split 3:1 on 2030-06-18"),
    ],
)
def test_a_changed_overlap_or_a_new_event_fetches_all_and_is_told(
    cache: Cache, clock: Clock, change: object, told: str
) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 5 * DAY
    source.truth = change(history("2030-07-05", 85))  # type: ignore[operator]
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert source.starts == [None, "2030-06-18", None]
    assert same(answer.series, source.truth)
    assert told in str(answer.notes[0])
    assert told in str(answer.manifest.history[-1].what)
    clock.now += 10
    later = cache.get("VOO", "yahoo", source.fetch)
    assert later.notes == ()
    assert told in str(later.manifest.history[-1].what)


def test_a_split_that_is_withdrawn_is_told(cache: Cache, clock: Clock) -> None:
    source = Source(split(history(), "2030-06-18", 3.0))
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += DAY
    source.truth = history()
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert "split 3:1 on 2030-06-18 withdrawn" in str(answer.notes[0])
    assert same(answer.series, history())


def test_a_session_that_the_source_fills_in_later_is_found(cache: Cache, clock: Clock) -> None:
    source = Source(without(history(), "2030-06-26"))
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += DAY
    source.truth = history()
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert "1 session added: 2030-06-26" in str(answer.notes[0])
    assert same(answer.series, source.truth)


def test_a_change_long_ago_is_seen_with_the_next_whole_fetch(cache: Cache, clock: Clock) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    source.truth = pay(history(), "2030-04-10", 1.026)
    clock.now += DAY
    assert cache.get("VOO", "yahoo", source.fetch).notes == ()
    answer = cache.get("VOO", "yahoo", source.fetch, Policy(refresh=True))
    assert "dividend changed on 1 day, most on 2030-04-10: 0 -> 1.026" in str(answer.notes[0])
    assert "adjusted close changed" in str(answer.notes[0])


def test_a_source_that_always_gives_the_whole_file_is_asked_once(cache: Cache, clock: Clock) -> None:
    source = Source(history(symbol="USDJPY"), whole_file=True)
    cache.get("USDJPY", "ecb", source.fetch)
    clock.now += 5 * DAY
    source.truth = reprice(history("2030-07-05", 85, symbol="USDJPY"), "2030-04-10", 107.0)
    answer = cache.get("USDJPY", "ecb", source.fetch)
    assert len(source.starts) == 2
    assert "close changed on 1 day, most on 2030-04-10" in str(answer.notes[0])
    assert str(answer.series.dates[-1]) == "2030-07-05"


@pytest.mark.parametrize(
    ("day", "close", "told"),
    [
        ("2030-06-25", 0.0, "close is not a positive number: 2030-06-25 (0)"),
        ("2030-06-25", -3.0, "close is not a positive number: 2030-06-25 (-3)"),
        ("2030-06-25", np.inf, "close is not a positive number: 2030-06-25 (inf)"),
        ("2030-07-03", 1e9, "moves by over 25% in one session: 2030-07-03"),
        ("2030-07-03", 11_000.0, "moves by about 100 times"),
    ],
)
def test_a_bad_tick_does_not_replace_a_good_history_and_is_gone_tomorrow(
    cache: Cache, clock: Clock, day: str, close: float, told: str
) -> None:
    source = Source(history())
    good = cache.get("VOO", "yahoo", source.fetch)
    clock.now += 5 * DAY
    source.truth = reprice(history("2030-07-05", 85), day, close)
    with pytest.raises(BadData, match="yahoo now gives prices that cannot be right") as caught:
        cache.get("VOO", "yahoo", source.fetch)
    assert told in str(caught.value)
    assert "--offline uses what is stored, --refresh takes the new prices" in str(caught.value)
    kept = cache.get("VOO", "yahoo", source.fetch, Policy(offline=True))
    assert kept.series.sha256 == good.series.sha256
    served = cache.get("VOO", "yahoo", source.fetch, Policy(allow_stale=True))
    assert "used instead: the copy of 5 days ago" in str(served.notes[-1])
    clock.now += DAY
    source.truth = history("2030-07-05", 85)
    assert same(cache.get("VOO", "yahoo", source.fetch).series, source.truth)
    source.truth = reprice(source.truth, day, close)
    taken = cache.get("VOO", "yahoo", source.fetch, Policy(refresh=True)).series
    assert close in taken.close.tolist()


def test_what_was_already_wrong_in_a_history_does_not_stop_its_news(cache: Cache, clock: Clock) -> None:
    source = Source(reprice(history(), "2030-05-15", 0.0))
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 5 * DAY
    source.truth = reprice(history("2030-07-05", 85), "2030-05-15", 0.0)
    assert str(cache.get("VOO", "yahoo", source.fetch).series.dates[-1]) == "2030-07-05"


def test_an_earlier_beginning_is_taken(cache: Cache, clock: Clock) -> None:
    source = Source(history(days=60), whole_file=True)
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += DAY
    source.truth = history(days=80)
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert len(answer.series.dates) == 80
    assert "history now begins on" in str(answer.notes[0])


@pytest.mark.parametrize(
    "less",
    [
        pay(history(days=40), "2030-06-25", 0.5),
        history("2030-06-20", 74),
        without(history(), *(str(day) for day in history().dates[20:26])),
    ],
)
def test_a_source_that_has_lost_history_is_refused_unless_refreshed(
    cache: Cache, clock: Clock, less: Series
) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += DAY
    source.truth = less
    source.whole_file = True
    with pytest.raises(BadData, match="stored are 80"):
        cache.get("VOO", "yahoo", lambda s, *, start: less)
    kept = cache.read("VOO", "yahoo")
    assert kept is not None
    assert same(kept.series, history())
    assert same(cache.get("VOO", "yahoo", source.fetch, Policy(refresh=True)).series, less)


def test_lock_takes_new_sessions_and_dividends_but_no_changed_past(cache: Cache, clock: Clock) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 5 * DAY
    source.truth = pay(history("2030-07-05", 85), "2030-07-02", 0.5)
    assert same(cache.get("VOO", "yahoo", source.fetch, Policy(lock=True)).series, source.truth)
    clock.now += 5 * DAY
    good, source.truth = source.truth, reprice(source.truth, "2030-07-03", 77.0)
    with pytest.raises(Stale, match="close changed on 1 day, most on 2030-07-03"):
        cache.get("VOO", "yahoo", source.fetch, Policy(lock=True, allow_stale=True))
    kept = cache.read("VOO", "yahoo")
    assert kept is not None
    assert same(kept.series, good)


@pytest.mark.parametrize(
    "error",
    [
        NotFound(Message("gone")),
        RateLimited(Message("wait")),
        Offline(Message("no net")),
        BadData(Message("junk")),
    ],
)
def test_a_good_copy_survives_every_error_and_serves_if_allowed(
    cache: Cache, clock: Clock, error: BadData
) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 3 * DAY
    source.error = error
    with pytest.raises(type(error)):
        cache.get("VOO", "yahoo", source.fetch)
    answer = cache.get("VOO", "yahoo", source.fetch, Policy(allow_stale=True))
    assert same(answer.series, history())
    assert str(answer.notes[0]) == f"{error.message}; used instead: the copy of 3 days ago"
    with pytest.raises(type(error)):
        cache.get("VOO", "yahoo", source.fetch, Policy(allow_stale=True, max_age=DAY))


def test_offline_gives_what_is_there_with_its_age_and_never_fetches(cache: Cache, clock: Clock) -> None:
    source = Source(history())
    with pytest.raises(Offline, match=r"not in the cache.*backtest data fetch VOO"):
        cache.get("VOO", "yahoo", source.fetch, Policy(offline=True))
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 12 * DAY
    answer = cache.get("VOO", "yahoo", source.fetch, Policy(offline=True))
    assert str(answer.notes[0]) == "VOO from yahoo was fetched 12 days ago"
    with pytest.raises(Stale, match="older than the 2 days allowed"):
        cache.get("VOO", "yahoo", source.fetch, Policy(offline=True, max_age=2 * DAY))
    assert source.starts == [None]


def test_until_saves_the_question(cache: Cache, clock: Clock) -> None:
    source = Source(history("2030-06-28"))
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += 300 * DAY
    cache.get("VOO", "yahoo", source.fetch, until=np.datetime64("2030-06-01"))
    assert source.starts == [None]
    cache.get("VOO", "yahoo", source.fetch, until=np.datetime64("2030-12-31"))
    assert len(source.starts) == 2
    clock.now += 300 * DAY
    cache.get("VOO", "yahoo", source.fetch, until=np.datetime64("2030-12-31"))  # delisted since
    assert len(source.starts) == 2


def test_a_clock_that_was_set_back_does_not_make_a_copy_young(cache: Cache, clock: Clock) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now -= 400 * DAY
    cache.get("VOO", "yahoo", source.fetch)
    assert len(source.starts) == 2


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (history(symbol="SPY"), "answers with SPY"),
        (history().replace(close=np.ones(3)), "not in order"),
        (history().replace(dates=history().dates[::-1]), "not in order"),
        (history().replace(dates=np.repeat(history().dates[:40], 2)), "not in order"),
        (without(history(), *(str(day) for day in history().dates)), "nothing"),
    ],
)
def test_what_cannot_be_a_series_is_not_stored(cache: Cache, bad: Series, told: str) -> None:
    with pytest.raises(BadData, match=told):
        cache.get("VOO", "yahoo", Source(bad).fetch)
    assert files(cache) == []
    assert cache.find() == []


def test_another_currency_than_stored_is_refused(cache: Cache, clock: Clock) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += DAY
    source.truth = history().replace(currency="JPY")
    with pytest.raises(BadData, match="quotes it in JPY, was USD"):
        cache.get("VOO", "yahoo", source.fetch)


def test_providers_and_symbols_are_kept_apart(cache: Cache) -> None:
    for symbol in ("VOO", "^GSPC", "JPY=X", "BRK.B", "CON", "..", "a/b"):
        cache.get(symbol, "yahoo", Source(history(symbol=symbol)).fetch)
    cache.get("VOO", "fred", Source(history(seed=2)).fetch)
    listed = [(entry.provider, entry.symbol) for entry in cache.find()]
    assert set(listed) == {("fred", "VOO")} | {
        ("yahoo", s) for s in ("VOO", "^GSPC", "JPY=X", "BRK.B", "CON", "..", "A/B")
    }
    assert {path.parent for path in cache.root.glob("*")} == {cache.root}
    assert all(isinstance(found.content, Response) for found in cache.find())


def test_folder_names_are_plain_and_reversible() -> None:
    from urllib.parse import unquote

    for symbol in ("VOO", "^GSPC", "NUL", "COM1", "..", ".", "A B", "日経", "%41"):
        name = folder_name(symbol)
        assert unquote(name) == symbol
        assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%-_")
        assert name not in {"NUL", "COM1", "..", "."}
    for symbol in ("", "X" * 65, "x" * 3000):
        with pytest.raises(NotFound):
            folder_name(symbol)


def test_an_unwritable_folder_is_one_line_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = Cache(tmp_path / "file" / "cache", overlap=TEN_DAYS)
    with pytest.raises(StoreError, match="BACKTEST_CACHE"):
        cache.get("VOO", "yahoo", Source(history()).fetch)
    assert cache.find() == []
    assert cache.find() == []


def test_default_root_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTEST_CACHE", str(tmp_path))
    assert default_root() == tmp_path / "market"
    monkeypatch.delenv("BACKTEST_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_root() == tmp_path / "xdg" / "satellite-backtest" / "market"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_root() == tmp_path / ".cache" / "satellite-backtest" / "market"
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_root() == tmp_path / "Library" / "Caches" / "satellite-backtest" / "market"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert default_root() == tmp_path / "local" / "satellite-backtest" / "market"


def test_without_a_home_there_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("BACKTEST_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(StoreError, match=r"there is no home \(set BACKTEST_CACHE\)"):
        default_root()


def test_many_at_once_with_errors_as_values(cache: Cache) -> None:
    good = Source(history())
    bad = Source(history(symbol="XXX"))
    bad.error = NotFound(Message("XXX: no such symbol"))
    requests = [Request("VOO", "yahoo", good.fetch), Request("XXX", "yahoo", bad.fetch)]
    heard: list[str] = []
    answers = cache.get_many(requests, report=lambda request, answer: heard.append(request.symbol))
    assert isinstance(answers[requests[0]], Response)
    assert answers[requests[1]] is bad.error
    assert sorted(heard) == ["VOO", "XXX"]
    assert cache.get_many([]) == {}


def test_an_unreachable_provider_is_waited_for_once(cache: Cache) -> None:
    calls: list[str] = []

    def unreachable(symbol: str, *, start: np.datetime64 | None) -> Series:
        calls.append(symbol)
        time.sleep(0.2)
        raise Offline(Message("Yahoo cannot be reached"))

    requests = [Request(f"S{i}", "yahoo", unreachable) for i in range(40)]
    began = time.monotonic()
    answers = cache.get_many(requests)
    assert all(isinstance(answer, Offline) for answer in answers.values())
    assert len(calls) == 8
    assert time.monotonic() - began < 7  # one after the other would take 8


def test_a_defect_of_a_provider_is_not_hidden(cache: Cache) -> None:
    def defect(symbol: str, *, start: np.datetime64 | None) -> Series:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.get_many([Request("VOO", "yahoo", defect)])


@pytest.mark.parametrize("is_stored", [False, True])
def test_threads_that_want_one_symbol_fetch_it_once(cache: Cache, clock: Clock, is_stored: bool) -> None:
    source = Source(history())
    if is_stored:
        cache.get("VOO", "yahoo", source.fetch)
        source.starts.clear()
        clock.now += DAY

    def slow(symbol: str, *, start: np.datetime64 | None) -> Series:
        time.sleep(0.1)
        return source.fetch(symbol, start=start)

    threads = [threading.Thread(target=cache.get, args=("VOO", "yahoo", slow)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert source.starts == ["2030-06-18" if is_stored else None]


def test_what_happened_is_kept_as_a_message(cache: Cache, clock: Clock) -> None:
    """With its values: another language may say it later. Of an old cache a plain sentence is read."""
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    clock.now += DAY
    source.truth = pay(history(), "2030-06-25", 0.5)
    cache.get("VOO", "yahoo", source.fetch)
    event = cache.find()[0].content.manifest.history[-1]
    assert "配当が1日分変更（最大は2030-06-25" in event.what.translate(Locale("ja"))
    old = dataclasses.replace(
        cache.find()[0].content.manifest, history=(dataclasses.replace(event, what="first fetch"),)
    )
    assert EntryManifest.decode(old.encode()) == old


def test_a_hundred_long_revisions_fit_the_manifest(cache: Cache, clock: Clock) -> None:
    """Each tells of ten payouts more; those in the middle are copies of one that was told."""
    source = Source(history("2030-06-28", 30))
    cache.get("VOO", "yahoo", source.fetch)
    for fortnight in range(1, 9):
        clock.now += 14 * DAY
        longer = history(str(np.datetime64("2030-06-28") + 14 * fortnight), 30 + 10 * fortnight)
        for day in longer.dates[-10:]:
            longer = pay(longer, str(day), 0.01)
        source.truth = longer
        manifest = cache.get("VOO", "yahoo", source.fetch).manifest
        if fortnight == 4:
            first, *others = manifest.history
            kept = dataclasses.replace(manifest, history=(first, *others, *others[-1:] * 93))
            CacheEntry(cache.root, "yahoo", "VOO").manifest_path.write_bytes(kept.encode())
    found = cache.find()[0].content.manifest
    assert found == manifest
    assert len(kept.history) == 98
    assert found.history[:1] == kept.history[:1]
    assert found.history[1:96] == kept.history[3:]
    assert len(found.history) == 100
    assert str(found.history[0].what) == "first fetch"
    assert all("more changes" in str(event.what) for event in found.history[1:])
    assert len(found.encode()) < MANIFEST_SIZE / 2


def test_a_payout_that_the_source_puts_in_weeks_later_reaches_the_cache(tmp_path: Path, clock: Clock) -> None:
    cache = Cache(tmp_path, clock=clock)
    source = Source(pay(history(days=900), "2029-10-10", 0.5))
    first = cache.get("VOO", "yahoo", source.fetch)
    clock.now += 30 * DAY
    source.truth = pay(pay(history("2030-07-26", 920), "2029-10-10", 0.5), "2030-03-20", 0.7)
    answer = cache.get("VOO", "yahoo", source.fetch)
    assert source.starts == [None, "2029-05-24", None]
    assert (first.series.dividend.sum(), answer.series.dividend.sum()) == (0.5, 1.2)
    assert "dividend changed on 1 day, most on 2030-03-20: 0 -> 0.7" in str(answer.notes[0])


def test_asking_the_source_reads_the_manifest_once_before_the_lock_and_once_under_it(
    cache: Cache, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(history())
    cache.get("VOO", "yahoo", source.fetch)
    reads: list[CacheEntry] = []
    manifest = CacheEntry.manifest
    monkeypatch.setattr(CacheEntry, "manifest", lambda entry: reads.append(entry) or manifest(entry))
    cache.get("VOO", "yahoo", source.fetch, Policy(refresh=True))
    assert len(reads) == 2
