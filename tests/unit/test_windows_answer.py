"""What a windows study says first: every figure of it computed again from windows.csv by plain pandas."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from engine.config import Config, load_config, override, parse_config
from engine.locale import Locale
from engine.messages import Points
from engine.report.answer import texts
from engine.report.page_locale import PageLocale
from engine.report.terminal import Screen
from engine.report.windows_answer import windows_answer
from engine.report.windows_page import windows_page
from engine.report.windows_tables import windows_text
from engine.studies.grid.findings import paired_findings
from engine.studies.grid.paired import PairedDifference, paired_difference
from engine.studies.grid.results import Flows, WindowsResult
from engine.studies.grid.windows import windows
from engine.studies.student import student
from tests.fake_studies import fake_windows
from tests.shipped import QUESTIONS, kind_of
from tests.study_helpers import CONFIGS
from tests.unit.test_study_depletion import PLAN as DRY
from tests.unit.test_windows import real

LUMP, SPREAD = CONFIGS / "windfall_lump.yaml", CONFIGS / "windfall_spread12.yaml"
ASKED = [path for path in QUESTIONS if kind_of(path) == "windows"]
GROWTH = CONFIGS / "questions" / "q5_growth.yaml"  # the sample has no QQQ
SHIPPED = [*sorted((CONFIGS / "windows").glob("*.yaml")), *(path for path in ASKED if path != GROWTH)]
REAL = [CONFIGS / "windows" / "quota_speed.yaml", CONFIGS / "windows" / "windfall.yaml", GROWTH]
FIGURE = re.compile(r"[+−-]?\d[\d,]*(?:\.\d+)?(?:%|pt|×)?")


def dry(**changes: object) -> Config:
    return override(parse_config(DRY), {key.replace("__", "."): value for key, value in changes.items()})


def rows(result: WindowsResult) -> pd.DataFrame:
    return pd.read_csv(result.study.folder / "windows.csv", encoding="utf-8-sig")


def said(result: WindowsResult, lang: str) -> dict[str, str]:
    return texts(windows_answer(result), PageLocale(lang, result.plan.base.currency))


def figures(text: str, result: WindowsResult) -> list[str]:
    """The figures of a text as English writes them, in its order; names and '95%' are none."""
    for place in range(len(result.names)):
        for lang in ("en", "ja"):
            text = text.replace(
                PageLocale(lang)
                .arg(result.plan.points.axes[0].text(place))
                .join("''" if lang == "en" else "「」"),
                "",
            )
    text = re.sub(r"\(95%(?: for all)?|（95%、|[(（]95%[)）]|同時に95%", " ", text)
    return FIGURE.findall(text.replace("倍", "×"))


# --- the same by pandas -------------------------------------------------------------------------------------


def independent(table: pd.DataFrame) -> int:
    """The most windows that share no day."""
    last, count = "", 0
    for start, end in sorted({*zip(table["start"], table["end"])}, key=lambda pair: pair[1]):
        if start > last:
            last, count = end, count + 1
    return count


def interval(
    difference: pd.Series[float], starts: pd.Series[str], ends: pd.Series[str], comparisons: int
) -> tuple[float, bool]:
    """Half the width of the mean's interval, and whether it is no wider than the largest difference.

    Two-sided 95 % of Student's t, for so many comparisons together: Bonferroni.
    """
    values, begin, stop = difference.to_numpy(), starts.to_numpy(), ends.to_numpy()
    stride = max(sum(begin[at:] <= stop[at]) for at in range(len(begin)))
    k = -(-len(values) // stride)
    if k < 2:
        return np.inf, False
    ways = [values[way::stride] for way in range(stride) if len(values[way::stride]) > 1]
    half = t.ppf(1.0 - 0.025 / comparisons, k - 1) * np.sqrt(
        np.mean([way.var(ddof=1) / len(way) for way in ways])
    )
    return half, bool(half <= np.abs(values).max())


def whole(share: float) -> str:
    return f"{100 * share:.1f}%" if 0 < share < 0.005 or 0.995 <= share < 1 else f"{100 * share:.0f}%"


def gap(value: float, sign: str = "+") -> str:
    text = f"{100 * value:{sign}.{1 if abs(value) >= 0.01 else 2}f}%"
    return text[1:] if not float(text[:-1]) and sign else text


def points(value: float, sign: str = "+") -> str:
    text = f"{100 * value:{sign}.2f}pt"
    return text[1:] if not float(text[:-2]) and sign else text


class Again:
    """A study of strategies that leave something in every window, from its rows."""

    def __init__(self, result: WindowsResult) -> None:
        table = rows(result)
        self.left = result.by
        self.names = list(dict.fromkeys(table["strategy"]))
        self.by = {
            int(years): {name: own.reset_index(drop=True) for name, own in part.groupby("strategy")}
            for years, part in table.groupby("horizon")
        }
        self.spread = max(
            result.plan.points.config(n).strategy.deploy.spread_months for n in range(len(self.names))
        )

    def ratio(self, name: str, years: int) -> pd.Series[float]:
        own = self.by[years]
        return own[name][self.left] / own[self.names[0]][self.left] - 1.0

    def better(self, name: str, years: int) -> float:
        return float((self.ratio(name, years) > 1e-6).mean())

    def interval(self, name: str, years: int) -> tuple[float, bool]:
        own = self.by[years][name]
        return interval(self.ratio(name, years), own["start"], own["end"], len(self.names) - 1)

    def horizon(self) -> int:
        held = [years for years in self.by if 12 * years >= self.spread] or [*self.by]
        told = [y for y in held if all(self.interval(name, y)[1] for name in self.names[1:])]
        if told:
            return max(told)
        return max(held, key=lambda y: (independent(self.by[y][self.names[0]]), y))

    def answer(self, *, timed: bool) -> list[str]:
        """Every figure of the English answer, in its order."""
        years = self.horizon()
        own, others = self.by[years], self.names[1:]
        n = len(own[self.names[0]])
        each = {
            name: [whole(self.better(name, years)), gap(self.ratio(name, years).median())] for name in others
        }
        if len(others) > 1:
            found = [str(n), str(years), *(figure for name in others for figure in each[name])]
        else:
            share, middle = each[others[0]]
            found = [share, str(n), str(years), middle]
        if timed:
            rates = {name: own[name]["xirr"] - own[self.names[0]]["xirr"] for name in others}
            found.append(str(n))
            for name in others:
                found += [whole(float((rates[name] > 1e-9).mean())), points(rates[name].median())]
        found += [whole(float((own[name]["value_to_contributed"] < 1 - 1e-12).mean())) for name in self.names]
        for other in self.by:
            turned = [
                whole(self.better(name, other))
                for name in others
                if (self.better(name, other) - 0.5) * (self.better(name, years) - 0.5) < 0
            ]
            if turned:
                found += [str(other), *turned, str(len(self.by[other][others[0]]))]
        return found

    def sureness(self) -> list[str]:
        years = self.horizon()
        known = {name: self.interval(name, years) for name in self.names[1:]}
        k = str(independent(self.by[years][self.names[0]]))
        if not any(told for _, told in known.values()):
            n = str(len(self.by[years][self.names[0]]))
            return [k, str(years)] if int(k) > 1 else [n, str(years)]
        means = {name: self.ratio(name, years).mean() for name in known}
        spoken = {
            name: [gap(means[name]), *([gap(half, "")] if told else [])]
            for name, (half, told) in known.items()
        }
        real = [name for name, (half, _) in known.items() if abs(means[name]) > half]
        noise = [name for name in known if name not in real]
        if not real:
            return [*(figure for name in noise for figure in spoken[name]), k]
        return [k, *(figure for name in (*real, *noise) for figure in spoken[name])]


def check(result: WindowsResult) -> None:
    """Both languages say the figures of the rows, and page and terminal begin with them."""
    again = Again(result)
    timed = any(pair.money is Flows.TIMES for pair in result.pairs)
    assert all(pair.money is not Flows.AMOUNTS for pair in result.pairs)
    answer, sureness = again.answer(timed=timed), again.sureness()
    english, japanese = said(result, "en"), said(result, "ja")
    assert figures(english["answer"], result) == answer
    assert figures(english["sureness"], result) == sureness
    assert sorted(figures(japanese["answer"], result)) == sorted(answer)
    assert sorted(figures(japanese["sureness"], result)) == sorted(sureness)
    for lang, spoken in (("en", english), ("ja", japanese)):
        text = re.sub(r"\s", "", windows_text(result, lang, Screen()))
        at = text.index(re.sub(r"\s", "", spoken["answer"]))
        assert at < text.index(re.sub(r"\s", "", spoken["sureness"])) < text.index("─")
        assert 'class="sureness"' in windows_page(result, lang)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_figure_of_a_shipped_studys_answer(path: Path, tmp_path: Path) -> None:
    every = "quarter" if "monthly" not in path.stem and "january" not in path.stem else "year"
    check(windows(path, source="sample", out=tmp_path, every=every))


def test_a_notebook_shows_the_answer_before_its_tables(tmp_path: Path) -> None:
    import engine

    view = engine.windows([LUMP, SPREAD], horizons=[2], every="year", source="sample", out=tmp_path)
    shown = html.unescape(view._repr_html_())
    spoken = said(view.result, "en")
    assert -1 < shown.index(spoken["answer"]) < shown.index(spoken["sureness"]) < shown.index("<table")


@pytest.mark.market
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_every_figure_on_real_prices(path: Path, tmp_path: Path) -> None:
    check(windows(path, source=real(), out=tmp_path, every="quarter"))


# --- edges --------------------------------------------------------------------------------------------------


def test_the_same_in_every_window(tmp_path: Path) -> None:
    lump = load_config(LUMP)
    copy = lump.model_copy(update={"name": "copy"})
    result = windows([lump, copy], horizons=[5], every="year", source="sample", out=tmp_path)
    text = said(result, "en")
    assert "'copy' ended with the same as 'windfall_lump' in all 21 windows of 5 years" in text["answer"]
    assert text["sureness"] == "It was so in every window, 5 of which do not overlap."


def test_one_window_is_told_as_one(tmp_path: Path) -> None:
    period = {"period": {"start": "2001-01-01", "end": "2005-12-31"}}
    both = [override(load_config(path), period) for path in (LUMP, SPREAD)]
    result = windows(both, horizons=[5], every="year", source="sample", out=tmp_path)
    final = rows(result).set_index("strategy")["final_value"]
    ratio = final["windfall_spread12"] / final["windfall_lump"] - 1
    text = said(result, "en")
    assert text["answer"].startswith("In the only window of 5 years, from Jan 2001, ")
    assert text["answer"].endswith(f"differed from that of 'windfall_lump' by {gap(ratio)}.")
    assert text["sureness"] == "This is a single window of 5 years: too few to tell more."
    alone = windows(both[:1], horizons=[5], every="year", source="sample", out=tmp_path)
    worst = rows(alone)["value_to_contributed"].item()
    assert f"'windfall_lump' ended with {worst:.2f}× of the money paid in" in said(alone, "en")["answer"]


def test_one_strategy_alone(tmp_path: Path) -> None:
    result = windows([LUMP], horizons=[5, 10], every="quarter", source="sample", out=tmp_path)
    table = rows(result)
    ten = table[table["horizon"] == 10].reset_index(drop=True)
    ended = ten["value_to_contributed"]
    share, worst = float((ended < 1).mean()), ten.loc[ended.idxmin()]
    text = said(result, "en")
    assert figures(text["answer"].replace(f"{pd.Timestamp(worst['start']):%b %Y}", ""), result) == [
        whole(share), str(len(ten)), "10", f"{ended.median():.2f}×", f"{ended.min():.2f}×",
    ]  # fmt: skip
    low, high = wilson(share, independent(ten))
    assert figures(text["sureness"], result) == [str(independent(ten)), whole(low), whole(high)]
    assert "同じ" not in said(result, "ja")["answer"]


def wilson(p: float, n: int) -> tuple[float, float]:
    z = 1.959964
    middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def test_money_that_ran_out_comes_first(tmp_path: Path) -> None:
    mix = dry(name="mix", strategy__allocation__satellite_weight=0.3)
    result = windows([dry(), mix], horizons=[2, 12], every="year", source="sample", out=tmp_path)
    table = rows(result)
    table = table[table["horizon"] == 12]
    found = ["13", "12"]
    for name in ("dry", "mix"):
        own = table[table["strategy"] == name]
        ended = own[own["years_lasted"].notna()]
        found += [
            whole(len(ended) / 13),
            f"{ended['years_lasted'].median():.1f}",
            f"{ended['unpaid'].median():,.0f}",
        ]
    english = said(result, "en")["answer"]
    assert english.startswith("The money ran out in this share of 13 windows of 12 years: ")
    assert figures(english, result)[: len(found)] == found
    assert "資金が尽きた割合" in said(result, "ja")["answer"].split("。")[0]


def test_ruin_in_every_window_leaves_nothing_to_compare(tmp_path: Path) -> None:
    both = [
        dry(strategy__withdrawals__amount=3_000_000),
        dry(name="b", strategy__withdrawals__amount=3_000_000),
    ]
    result = windows(both, horizons=[12], every="year", source="sample", out=tmp_path)
    text = said(result, "en")
    assert "'dry' 100%" in text["answer"]
    assert "ended with" not in text["answer"]
    assert text["sureness"].startswith("Going by the 2 of these windows that do not overlap")


def test_nobody_is_crowned_for_more_money(tmp_path: Path) -> None:
    less = override(load_config(SPREAD), {"strategy.contributions.amount": 6_000_000})
    result = windows([LUMP, less], horizons=[5], every="quarter", source="sample", out=tmp_path)
    table = rows(result).pivot(index="window", columns="strategy", values="xirr")
    gaps = table["windfall_spread12"] - table["windfall_lump"]
    (pair,) = result.pairs
    assert pair.money is Flows.AMOUNTS
    assert (pair.rate_better, pair.rate_median) == pytest.approx(((gaps > 0).mean(), gaps.median()))
    text = said(result, "en")
    assert "ended with more than" not in text["answer"]
    assert "'windfall_lump' ¥12,000,000 paid in; 'windfall_spread12' ¥6,000,000 paid in" in text["answer"]
    assert (
        f"'windfall_spread12' {whole((gaps > 0).mean())} (median difference {points(gaps.median())})"
        in text["answer"]
    )
    own = rows(result)[lambda all_: all_["strategy"] == "windfall_lump"]
    half, told = interval(gaps, own["start"], own["end"], 1)
    assert told
    assert f"on average {points(gaps.mean())} ± {points(half, '')}" in text["sureness"]
    (finding,) = [item.translate(Locale("en")) for item in result.findings]
    assert "what is left is not compared" in finding
    assert f"higher in {100 * (gaps > 0).mean():.1f}% of {len(gaps)} windows" in finding
    assert f"{points(gaps.mean())} on average ± {points(half, '')}" in finding
    assert "more left is not better: the XIRR is compared there" in " ".join(
        windows_text(result, "en", Screen(100)).split()
    )
    page = re.sub(r"<[^>]*>", "", windows_page(result))
    assert "so that more is not better. Final value" in page
    assert "windfall_lump in 0% of 81 windows. Final value" not in page


def test_many_strategies_are_a_range(tmp_path: Path) -> None:
    lump = load_config(LUMP)
    many = [
        override(lump, {"strategy.deploy": {"spread_months": n}}).model_copy(update={"name": f"s{n}"})
        for n in range(1, 10)
    ]
    result = windows(many, horizons=[2], every="year", source="sample", out=tmp_path)
    shares = {f"s{pair.strategy + 1}": pair.better for pair in result.pairs}
    low, high = min(shares.values()), max(shares.values())
    assert f"the 8 others ended with more than 's1' in {whole(low)} (" in said(result, "en")["answer"]
    assert f"to {whole(high)} (" in said(result, "en")["answer"]


# --- what an interval says ----------------------------------------------------------------------------------


def test_an_interval_wider_than_all_differences_says_nothing() -> None:
    wide = paired_difference(np.array([0.1, -0.05]), np.zeros(2), 1)
    assert wide.half_width == pytest.approx(student(1) * np.std([0.1, -0.05], ddof=1) / np.sqrt(2))
    assert (wide.largest, wide.is_told, wide.is_noise) == (0.1, False, True)
    assert not paired_difference(np.array([0.1, -0.05]), np.zeros(2), 2).is_told  # one window, as good as
    narrow = paired_difference(np.array([0.1, 0.09, 0.11, 0.1]), np.zeros(4), 1)
    assert (narrow.is_told, narrow.is_noise) == (True, False)
    assert paired_difference(np.zeros(4), np.zeros(4), 1).is_told


def test_what_cannot_be_told_is_said_in_every_place(tmp_path: Path) -> None:
    result = windows([LUMP, SPREAD], horizons=[10], every="year", source="sample", out=tmp_path)
    (pair,) = result.pairs
    assert (pair.difference.independent, pair.difference.is_told) == (2, False)
    half = f"{100 * pair.difference.half_width:.2f}%"
    for lang, word in (("en", "cannot be told"), ("ja", "分からない")):
        for text in (windows_text(result, lang, Screen()), windows_page(result, lang)):
            assert word in text
            assert half not in text
    assert "whether this is noise cannot be said" in str(result.findings[0])
    kept = pd.read_csv(result.study.folder / "paired.csv", encoding="utf-8-sig")
    assert kept["half_width"].item() == pytest.approx(pair.difference.half_width)


def test_a_horizon_shorter_than_the_plan_is_not_the_answer() -> None:
    result = fake_windows()
    good = PairedDifference(-0.01, 0.02, 5, 0.3)
    pairs = tuple(replace(pair, difference=good) for pair in result.pairs)
    summary = replace(
        result.summary, columns={**result.summary.columns, "independent": np.array([[3, 2], [3, 2]])}
    )
    every = replace(result, pairs=pairs, summary=summary)
    assert every.told_horizon == 1  # both say something: the longer
    wide = (pairs[0], replace(pairs[1], difference=replace(good, half_width=0.5)))
    assert replace(every, pairs=wide).told_horizon == 0
    none = tuple(replace(pair, difference=replace(good, half_width=0.5)) for pair in pairs)
    assert replace(every, pairs=none).told_horizon == 0  # more windows that do not overlap


def test_charts_that_are_compared_share_scale_and_colours() -> None:
    from engine.report.windows_charts import paired_figure, spread_figure, timeline_figure

    result, locale = fake_windows(), PageLocale("en", "JPY", "−")
    for figure in (timeline_figure, spread_figure):
        made: list[Any] = [figure(result, "final_value", h, locale) for h in (0, 1)]
        assert made[0].layout["yaxis"]["range"] == made[1].layout["yaxis"]["range"]
        assert made[0].layout["xaxis"]["range"] == made[1].layout["xaxis"]["range"]
        assert [key.color for key in made[0].keys[:2]] == ["--s1", "--s2"]
    counts = [spread_figure(result, "final_value", h, locale).traces for h in (0, 1)]
    assert counts[0][0]["x"] == counts[0][1]["x"] == counts[1][0]["x"]
    pair = paired_figure(result, 1, "final_value", 0, locale)
    final = result.outcome["final_value"][:, 0]
    better = dict.fromkeys(("--s1", "--s2"), 0) | {
        trace["marker"]["color"]: len(trace["y"]) for trace in pair.traces
    }
    assert better == {"--s1": int((final[0] > final[1]).sum()), "--s2": int((final[1] > final[0]).sum())}


def test_points_are_said_as_the_helper_here_says_them() -> None:
    assert Points(-0.0074).translate(PageLocale()) == points(-0.0074)


def test_what_moves_into_nisa_is_compared_after_tax(tmp_path: Path) -> None:
    """By itself where a strategy has a transfer; by what the file says elsewhere."""
    plan = "strategy: {allocation: {type: fixed_mix, weights: {VOO: 1}}, contributions: none}\n"
    base = (
        f"name: owned\nperiod: {{start: 2015-01-01, end: 2019-12-31}}\n{plan}accounts: [nisa, taxable]\n"
        "holdings: {positions: [{asset: VOO, account: taxable, value: 5_000_000, cost: 1_000_000}]}\n"
    )
    (tmp_path / "owned.yaml").write_text(base)
    study = (
        "name: moved\nbase: owned.yaml\nwindows: {every: year, horizons: [2]}\n"
        "strategies: [{name: Left}, {name: Moved, set: {strategy.transfer: {order: pro_rata}}}]\n"
    )
    (tmp_path / "moved.yaml").write_text(study)
    result = windows(tmp_path / "moved.yaml", source="sample", out=tmp_path)
    assert result.by == "liquidation_value" == result.measures[0] == result.manifest["compared_by"]
    own = [result.outcome[name] for name in ("liquidation_value", "final_value")]
    ratio = (own[0][1] / own[0][0] - 1.0)[np.isfinite(own[0][0])]
    assert result.pairs[0].ratio == pytest.approx(float(np.median(ratio)))
    assert result.pairs[0].better == (ratio > 0).mean()
    assert "more after tax than 'Left'" in said(result, "en")["answer"]
    assert "税引後に「Moved」のほうが「Left」より多く" in said(result, "ja")["answer"]
    (tmp_path / "moved.yaml").write_text(study + "compare: final_value\n")
    before = windows(tmp_path / "moved.yaml", source="sample", out=tmp_path)
    # Tax that is paid on the way lowers every final value.
    assert before.by == "final_value"
    assert before.pairs[0].better == 0.0
    assert "after tax" not in said(before, "en")["answer"]


@pytest.mark.parametrize(
    ("lang", "without", "noise"),
    [
        ("en", "had nothing left, so that no percentage says how much more", "0.00%"),
        ("ja", "何も残っていないため、差が何%かは言えません", "0.00%"),
    ],
)
def test_nothing_has_no_percentage(lang: str, without: str, noise: str) -> None:
    """Where the first plan has nothing left in most windows, a median of the others is no answer."""
    pair = replace(fake_windows().pairs[0], compared=3, ratio=0.0, low=0.0, high=0.0, better=0.9, same=0.1)
    found = paired_findings([pair], ["First", "Second", "Third"], [5, 10, 20], "final_value")
    text = found[0].translate(Locale(lang))
    assert without in text
    assert noise not in text
    told = said(replace(fake_windows(), pairs=(pair,)), lang)["answer"]
    assert noise not in told


def test_a_tie_is_told_wherever_it_is_no_loss() -> None:
    """Of horizons that went the other way, 43 % that left more are most where 18 % left as much."""
    long = replace(fake_windows().pairs[1], better=0.05, same=0.75, ratio=0.0)
    short = replace(fake_windows().pairs[0], better=0.43, same=0.18, ratio=0.0)
    result = replace(fake_windows(), pairs=(short, long))
    told = {lang: said(result, lang)["answer"] for lang in ("en", "ja")}
    swapped = replace(fake_windows(), pairs=(replace(short, horizon=1), replace(long, horizon=0)))
    told = {lang: told[lang] + said(swapped, lang)["answer"] for lang in told}
    assert "43%, as high in 18% of" in told["en"]
    assert "43%、同じだったのは18%" in told["ja"]


def test_an_answer_follows_its_name_at_once() -> None:
    text = windows_text(fake_windows(), "en", Screen(100))
    assert re.search(r"windfall: ¥12,000,000 at once, or spread over 12 months\n  \S", text)
