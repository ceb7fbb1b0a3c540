"""The pages as text: whole, self-contained, harmless, the same every time. Browsers look elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine.formats import BOM, columns_csv
from engine.messages import message
from engine.report.bootstrap_page import bootstrap_page
from engine.report.chart_specs import as_plotly, palette
from engine.report.charts import growth_figure, run_columns, value_figure
from engine.report.claims_page import claims_page
from engine.report.compare_page import compare_page
from engine.report.flows_page import flows_page
from engine.report.page_locale import PageLocale
from engine.report.run_page import run_page
from engine.report.run_text import run_table
from engine.report.sweep_page import sweep_page
from engine.report.sweep_tables import slider_axis
from engine.report.windows_page import failures, windows_page
from engine.result import Result
from tests.fake_result import fake_result, watching_flows
from tests.fake_studies import changed, fake_bootstrap, fake_claims, fake_flows, fake_sweep, fake_windows

VOID = {"meta", "input", "br", "hr", "img", "link", "col"}
ATTACK = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def unfolded(part: str) -> str:
    """A compressed part of a page, as ``page.js`` reads it."""
    return zlib.decompress(base64.b64decode(part), -zlib.MAX_WBITS).decode()


class Page(HTMLParser):
    """A strict reading of a page: every element closed in order, attributes and texts kept."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.append((self.open[-1], data))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def words(self) -> str:
        return " ".join(text for tag, text in self.texts if tag not in ("script", "style"))

    @property
    def data(self) -> dict[str, Any]:
        """What the page's scripts read, its columns unfolded."""
        scripts = zip(self.all("script"), (text for tag, text in self.texts if tag == "script"))
        texts = {attributes["id"]: text for attributes, text in scripts if "id" in attributes}
        folded = texts.get("page-columns")
        return {**json.loads(texts["page-data"]), "columns": json.loads(unfolded(folded)) if folded else {}}


def small(name: str = "satellite10", **more) -> Result:
    return fake_result(name, **({"years": (2001, 2003)} | more))


PAGES: dict[str, Callable[[str], str]] = {
    "run": lambda lang: run_page(small(), lang),
    "flows": lambda lang: run_page(watching_flows(small()), lang),
    "compare": lambda lang: compare_page(
        [small("a", weight=0.0), small("b"), small("c", weight=0.2)], lang, notes=["x"]
    ),
    "sweep": lambda lang: sweep_page(fake_sweep(), lang),
    "windows": lambda lang: windows_page(fake_windows(), lang),
    "bootstrap": lambda lang: bootstrap_page(fake_bootstrap(), lang),
    "claims": lambda lang: claims_page(fake_claims(), lang),
    "flow_study": lambda lang: flows_page(fake_flows(), lang),
}


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_whole_and_needs_nothing_else(kind, lang):
    text = PAGES[kind](lang)
    page = Page(text)
    assert page.all("html") == [{"lang": lang}]
    for tag in ("title", "h1", "main", "header", "nav", "footer"):
        assert len(page.all(tag)) == 1, tag
    assert page.all("link") == []
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:text/"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"][1:] for attributes in page.all("a") if attributes["href"].startswith("#")]
    assert set(links) <= set(ids)
    banners = {"en": {"SAMPLE", "COUNTERFACTUAL"}, "ja": {"サンプル", "仮定の計算"}}[lang]
    assert banners - set(page.words.split()) <= (
        {"COUNTERFACTUAL", "仮定の計算"} if kind == "claims" else set()
    )


@pytest.mark.parametrize("kind", PAGES)
def test_only_the_scripts_of_the_page_may_run(kind):
    text = PAGES[kind]("en")
    page = Page(text)
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "script-src 'unsafe" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == (2 if kind == "sweep" else 1)
    folded = re.findall(r'<script type="text/plain" id="plotly-js">(.*?)</script>', text)
    assert len(folded) == (kind != "claims")
    scripts += map(unfolded, folded)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests


@pytest.mark.parametrize("kind", PAGES)
def test_every_picture_has_a_figure_a_name_and_a_text(kind):
    page = Page(PAGES[kind]("en"))
    plots = [attributes for _, attributes in page.elements if "data-figure" in attributes]
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)
    assert {plot["data-figure"] for plot in plots} <= set(page.data["figures"])
    assert len(page.all("figcaption")) == len(plots)
    scrolls = [a for _, a in page.elements if "scroll" in a.get("class", "").split()]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in scrolls)


@pytest.mark.parametrize("kind", PAGES)
def test_headings_go_down_one_step_at_a_time(kind):
    levels = [int(tag[1]) for tag, _ in Page(PAGES[kind]("en")).elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


@pytest.mark.parametrize("kind", PAGES)
def test_every_column_a_figure_names_is_there(kind):
    data = Page(PAGES[kind]("ja")).data

    def named(item):
        if isinstance(item, dict):
            yield from (
                [item["$"]] if "$" in item else (name for value in item.values() for name in named(value))
            )
        elif isinstance(item, list):
            yield from (name for value in item for name in named(value))

    assert set(named(data["figures"])) <= set(data["columns"])


def colours(item):
    if isinstance(item, str):
        yield from [item] if item.startswith("--") else []
    elif isinstance(item, dict):
        yield from (name for value in item.values() for name in colours(value))
    elif isinstance(item, list):
        yield from (name for value in item for name in colours(value))


def test_every_colour_is_there_by_day_and_by_night():
    names = set().union(*(colours(Page(page("en")).data["figures"]) for page in PAGES.values()))
    assert names <= set(palette("light")) & set(palette("dark"))
    assert set(palette("light")) == set(palette("dark"))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_meets_wcag_aa(theme):
    colour = palette(theme)
    for ink in ("--ink", "--ink-2", "--link"):
        assert contrast(colour[ink], colour["--paper"]) >= 4.5, ink
    for paper in ("--p1", "--p2", "--p3", "--p4", "--n1", "--n2", "--n3", "--n4", "--paper-2"):
        assert contrast(colour["--ink"], colour[paper]) >= 4.5, paper
    for kind in ("warn", "note"):
        assert contrast(colour[f"--{kind}-ink"], colour[f"--{kind}-paper"]) >= 4.5
    for line in ("--s1", "--s2", "--s3", "--s4", "--s5", "--s6", "--ink-soft", "--gain", "--loss"):
        assert contrast(colour[line], colour["--paper"]) >= 3.0, line


def attacked(result: Result) -> Result:
    """A result in which every text a person or a provider wrote is hostile."""
    data = [
        {**item, "symbol": ATTACK, "source": ATTACK, "notes": [ATTACK]} for item in result.manifest["data"]
    ]
    flags = {"sample": True, "counterfactual": [ATTACK]}
    manifest = {
        **result.manifest,
        "data": data,
        "flags": flags,
        "assumptions": [ATTACK],
        "versions": {ATTACK: ATTACK},
    }
    equity = {name.replace("IJR", ATTACK): column for name, column in result.equity.items()}
    config = json.loads(json.dumps(result.config))
    config["description"] = ATTACK
    config["strategy"]["allocation"]["core"] = ATTACK
    transactions = {**result.transactions, "asset": np.full(len(result.transactions["asset"]), ATTACK)}
    return replace(
        result, name=ATTACK, config=config, manifest=manifest, equity=equity, transactions=transactions
    )


HOSTILE: dict[str, Callable[[], str]] = {
    "run": lambda: run_page(attacked(small())),
    "compare": lambda: compare_page([attacked(small()), attacked(small(weight=0.2))], notes=[ATTACK]),
    "sweep": lambda: sweep_page(
        changed(
            fake_sweep(satellites=(ATTACK, "IJR"), key=ATTACK),
            plan={"name": ATTACK, "description": ATTACK},
            findings=(message("{text}", text=ATTACK),),
            statements=(message("{text}", text=ATTACK),),
        )
    ),
    "windows": lambda: windows_page(
        changed(fake_windows((ATTACK, "b")), plan={"name": ATTACK}, reference=ATTACK)
    ),
    "bootstrap": lambda: bootstrap_page(
        replace(
            fake_bootstrap(),
            strategies=(ATTACK, "b"),
            manifest={**fake_bootstrap().manifest, "assumptions": [ATTACK]},
        )
    ),
    "claims": lambda: claims_page(fake_claims(ATTACK)),
    "flow_study": lambda: flows_page(fake_flows((ATTACK, "IJR"))),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_does_no_harm(kind):
    text = HOSTILE[kind]()
    page = Page(text)
    harmless = Page(PAGES[kind]("en"))
    assert len(page.all("script")) == len(harmless.all("script"))
    assert page.all("img") == []
    assert "alert(1)" in page.words
    assert "<script>alert" not in text
    assert "<img" not in text.split("<main", 1)[1].split("<script>", 1)[0]
    for figure in page.data.get("figures", {}).values():
        for trace in figure["data"]:
            assert "<" not in trace.get("name", "")


def test_a_long_daily_run_stays_small():
    assert len(run_page(fake_result(), "ja").encode()) < 6_000_000


@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_the_same_page_every_time(kind):
    assert PAGES[kind]("en") == PAGES[kind]("en")


def test_the_headline_says_what_happened():
    result = small()
    words = " ".join(Page(run_page(result)).words.split())
    m, core = result.metrics, result.benchmark.metrics
    gap = abs(round(m["final_value"]) - round(core["final_value"]))
    assert f"¥{round(m['contributed']):,} paid in became ¥{round(m['final_value']):,}" in words
    assert re.search(
        rf"VOO alone would have become ¥{round(core['final_value']):,}: ¥{gap - 1:,}|¥{gap:,}|¥{gap + 1:,}",
        words,
    )


@pytest.mark.parametrize(
    "result",
    [
        small(last="2001-01-02"),
        small(last="2001-01-19", benchmark=False),
        small(accounts=("plain",), sample=False, counterfactual=False, benchmark=False),
        small(weight=0.0),
        replace(small(), reasons={}, quota={}, manifest={}),
        replace(
            small(), config={"currency": "USD"}, transactions={"date": np.array([], dtype="datetime64[D]")}
        ),
    ],
    ids=["one day", "short", "plain", "core only", "bare", "dollars"],
)
def test_odd_lives_have_a_page(result):
    for lang in ("en", "ja"):
        text = run_page(result, lang)
        words = Page(text).words
        assert "nan" not in words.lower().replace("finance", "")
        assert "None" not in words


def test_downloads_are_the_rows_of_the_result():
    result = small()
    links = [a for a in Page(run_page(result)).all("a") if a.get("download")]
    assert [a["download"] for a in links] == [
        f"satellite10-{n}.csv" for n in ("years", "quota", "transactions")
    ]
    for link, name in zip(links, ("years", "quota", "transactions")):
        head, body = link["href"].split(",", 1)
        assert head == "data:text/csv;charset=utf-8;base64"
        assert base64.b64decode(body).decode() == columns_csv(getattr(result, name))
        assert base64.b64decode(body).decode().startswith(BOM)


def test_a_file_too_large_for_the_page_is_named_instead():
    result = small()
    many = {name: np.tile(column, 80) for name, column in result.transactions.items()}
    page = Page(run_page(replace(result, transactions=many)))
    assert len([a for a in page.all("a") if a.get("download")]) == 2
    assert f"transactions.csv has {len(many['date']):,} rows" in page.words


def test_all_grounds_are_on_the_page():
    result = small()
    page = Page(run_page(result))
    for sentence in result.manifest["assumptions"]:
        assert sentence in page.words
    titles = " ".join(attributes.get("title", "") for _, attributes in page.elements)
    for item in result.manifest["data"]:
        assert item["sha256"] in titles
        assert all(splice in page.words for splice in item["splices"])
    assert result.manifest["config_sha256"] in page.words


def test_packed_values_are_the_results():
    result = small()
    columns = Page(run_page(result)).data["columns"]

    def unpacked(name):
        kind = "<i4" if columns[name]["type"] == "i4" else "<f4"
        return np.frombuffer(base64.b64decode(columns[name]["data"]), kind)

    assert unpacked("value").tolist() == np.rint(result.equity["value"]).astype(int).tolist()
    assert unpacked("date").astype("datetime64[D]").tolist() == result.dates.tolist()
    assert unpacked("twr") == pytest.approx(result.equity["twr"], rel=1e-7)
    assert unpacked("fall").min() == pytest.approx(result.metrics["max_drawdown"], rel=1e-6)


def test_figures_go_into_a_notebook():
    result = small()
    for figure in (value_figure(result, PageLocale("en")), growth_figure(result, PageLocale("ja"))):
        made = as_plotly(figure, run_columns(result))
        assert not list(colours(made["layout"]))
        assert all(len(trace["x"]) == len(trace["y"]) == len(result.dates) for trace in made["data"])
        import plotly.graph_objects as go

        assert len(go.Figure(made).data) == 3


def test_failures_are_named_by_their_starts():
    study = fake_windows()
    runs = failures(study, 0, 0)
    ended = study.outcome["value_to_contributed"][0, 0]
    assert sum(count for _, _, count, _ in runs) == (ended < 1).sum()
    assert min(worst for *_, worst in runs) == ended.min()
    assert {str(first)[:4] for first, *_ in runs} >= {"2000", "2007"}
    words = Page(windows_page(study)).words
    assert "Jul 2000 to Sep 2001: 15 starts" in words


def test_the_slider_is_over_the_weights():
    result = fake_sweep()
    axes = result.summary.axes
    assert slider_axis(axes) == 0
    assert slider_axis(axes[::-1]) == 2
    assert slider_axis(axes[1:2]) == 0
    page = Page(sweep_page(result))
    bar = next(a for a in page.all("input") if a["type"] == "range")
    assert (bar["min"], bar["max"], bar["value"]) == ("0", "30", str(result.ranking[0].place[0]))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_sweep_may_have_any_number_of_axes(axes):
    page = Page(sweep_page(fake_sweep(axes)))
    assert ("heat" in page.data["figures"]) == (axes > 1)


def test_verdicts_are_counted():
    words = " ".join(Page(claims_page(fake_claims())).words.split())
    assert "4 published statements the data support 1, nearly support 1, contradict 1, and" in words


def test_a_core_on_other_days_keeps_its_own():
    core = small("core", weight=0.0, last="2002-06-28")
    data = Page(run_page(replace(small(), benchmark=core))).data
    assert "core_date" in data["columns"]
    assert "ratio" not in data["columns"]
    assert data["figures"]["value"]["data"][1]["x"] == {"$": "core_date"}


def test_grounds_are_said_in_the_language_of_the_page():
    result = small()
    both = {"en": "In whole shares.", "ja": "整数株で取引します。"}
    flags = {"sample": False, "counterfactual": [{"en": "Today's law.", "ja": "今の制度です。"}]}
    result = replace(result, manifest={**result.manifest, "assumptions": [both], "flags": flags})
    for text in (
        Page(run_page(result, "ja")).words,
        run_table([result], "ja"),
        Page(compare_page([result], "ja")).words,
    ):
        assert "整数株で取引します。" in text
        assert "今の制度です。" in text
        assert "In whole shares." not in text


def test_what_was_taken_out_is_said():
    result = small()
    metrics = {**result.metrics, "withdrawn": 250_000.0}
    words = Page(run_page(replace(result, metrics=metrics), "ja")).words
    assert "途中で25万円を取り崩しています" in words.replace(" ", "")
    assert "取り崩した額" in words


def test_runs_on_different_days_are_compared_on_their_own():
    text = compare_page([small("a"), small("b", last="2002-06-28")])
    data = Page(text).data
    assert "date1" in data["columns"]
    assert "ratio1" not in data["columns"]


def test_bins_of_values_that_differ_in_their_last_bits():
    from engine.report.chart_data import bin_edges

    nearly = np.array([0.05, np.nextafter(0.05, 1), np.nan, 0.05])
    edges = bin_edges(nearly, 28)
    assert len(edges) == 2
    assert edges[0] < 0.05 < edges[1]
    assert np.histogram(nearly[np.isfinite(nearly)], edges)[0].tolist() == [3]
    assert bin_edges(np.zeros((2, 3)), 28).tolist() == [-0.5, 0.5]
    assert bin_edges(np.array([np.nan]), 28).tolist() == [0.0, 1.0]
    assert len(bin_edges(np.array([1.0, 2.0]), 28)) == 29


def test_windows_that_all_came_to_the_same_have_a_page():
    from dataclasses import replace

    result = fake_windows()
    same = {name: values * 0 + 1.05 for name, values in result.outcome.items()}
    same["value_to_contributed"][0, 0, 0] = np.nextafter(1.05, 2)
    assert "<html" in windows_page(replace(result, outcome=same))


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 226_504_239, ["0円", "5,000万円", "1億円", "1.5億円", "2億円"]),
        (0, 4_000_000, ["0円", "100万円", "200万円", "300万円", "400万円"]),
        (-6_820_000, 0, ["−600万円", "−400万円", "−200万円", "0円"]),
        (0, 1.2e12, ["0円", "2,000億円", "4,000億円", "6,000億円", "8,000億円", "1兆円", "1.2兆円"]),
    ],
)
def test_the_marks_of_an_axis_of_yen(low, high, texts):
    from engine.locale import Locale
    from engine.report.chart_specs import round_amounts, yen_tick

    assert [yen_tick(spot, Locale("ja")) for spot in round_amounts(low, high)] == texts


def test_marks_on_a_logarithmic_axis():
    from engine.report.chart_specs import round_amounts

    assert round_amounts(0.4, 12, log=True) == [0.5, 1, 2, 5, 10]
    assert np.allclose(round_amounts(0.62, 1.71, log=True), [0.8, 1, 1.2, 1.4, 1.6])  # 1 alone would be bare


def test_what_hovers_over_a_japanese_axis_is_said_in_words():
    from engine.report.chart_specs import as_plotly
    from engine.report.charts import run_columns, value_figure

    result = fake_result()
    figure = as_plotly(value_figure(result, PageLocale("ja")), run_columns(result))
    assert all("万円" in trace["customdata"][-1] for trace in figure["data"])
    assert "said" not in figure["layout"]["yaxis"]


def test_a_sweep_shows_its_tables_without_a_script():
    page = sweep_page(fake_sweep())
    body = page[: page.index('id="page-data"')]
    start = body.index('<table class="heat">', body.index("<noscript>", body.index("<main")))
    heat = body[start : body.index("</noscript>", start)]
    assert heat.count("<tr>") == 32
    assert body.count("<tr", body.index('id="by-weight"')) > 31
