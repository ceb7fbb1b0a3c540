"""Words of studies in English and Japanese: axes, findings, what was assumed.

Beside ``engine.report.words``, which holds what pages and tables say of any study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.report.voice import Voice, clean
from engine.studies.cells import Cells, short
from engine.studies.documents import text_of

# Axes that people know under another name than their key: label, kind of number.
AXES: dict[str, tuple[str, str, str]] = {
    "satellite_weight": ("Satellite weight", "サテライト比率", "weight"),
    "base_weight": ("Base weight", "基準比率", "weight"),
    "min_weight": ("Lowest weight", "最低比率", "weight"),
    "max_weight": ("Highest weight", "最高比率", "weight"),
    "satellite": ("Satellite", "サテライト", "text"),
    "core": ("Core", "コア", "text"),
    "allocation": ("Allocation", "配分", "text"),
    "contributions": ("Contributions", "入金", "text"),
    "amount": ("Amount", "入金額", "money"),
    "deploy": ("Investing", "投資の仕方", "text"),
    "spread_months": ("Months of the split", "分割する月数", "count"),
    "rebalancing": ("Rebalancing", "リバランス", "text"),
    "accounts": ("Accounts", "口座", "text"),
    "broker": ("Broker", "証券会社", "text"),
    "whole_shares": ("Whole shares", "整数株のみ", "text"),
    "horizon": ("Years", "運用年数", "count"),
}

WORDS: dict[str, tuple[str, str]] = {
    "choice": ("{label} {value}", "{label} {value}"),
    "beat_core": ("Beat core", "コア超え"),
    "below_principal": ("Below paid in", "元本割れ"),
    "stated_windows": (
        "{n} windows: starts a {step} apart from {first}, lived for {horizons} years, the last to {last}.",
        "{n}通りの期間：{first}から{step}ごとに始め、{horizons}年運用（最後は{last}まで）。",
    ),
    "stated_periods": ("Fixed periods: {n}, from {first} to {last}.", "固定期間{n}通り（{first}～{last}）。"),
    "money_JPY": ("JPY", "円"),
    "money_USD": ("USD", "ドル"),
    "step_1": ("month", "1か月"),
    "step_3": ("quarter", "3か月"),
    "step_12": ("year", "1年"),
    "stated_currency": ("All money is in {currency}.", "金額はすべて{currency}建て。"),
    "stated_idle": ("Idle cash earns {rate} a year.", "待機資金の利回りは年{rate}。"),
    "stated_idle_axis": ("What idle cash earns is one of the axes.", "待機資金の利回りは軸の一つ。"),
    "stated_overlap": (
        "Windows overlap: of the {n} of {years} years, no more than {k} can be picked that share no day.",
        "期間は重なり合う：{years}年の{n}通りから、互いに重ならずに選べるのは{k}通りまで。",
    ),
    "strategy_word": ("Strategy", "戦略"),
    "reference": ("Known design", "既知の設計"),
    "strategy": (
        "{name}: {money}, {split}{taken}; idle cash earns {rate} a year; accounts: {accounts}.",
        "{name}：{money}、{split}{taken}。待機資金の利回りは年{rate}、口座は{accounts}。",
    ),
    "other_money": (
        "{one} receives its money at other times than {other}: a higher final value may be more money, or "
        "money that was there longer.",
        "{one}と{other}は入金の時期や額が違う：最終額が高くても、お金が多いか早かっただけのことがある。",
    ),
    "money_lump_sum": ("{amount} in one sum", "{amount}をまとめて"),
    "money_monthly": ("{amount} a month", "毎月{amount}"),
    "money_annual": ("{amount} each January", "毎年1月に{amount}"),
    "taken_monthly": (", {amount} a month taken out", "、毎月{amount}を取り崩し"),
    "taken_yearly": (", {amount} a year taken out", "、毎年{amount}を取り崩し"),
    "taken_otherwise": (", taken out: {words}", "、取り崩し：{words}"),
    "rebalance_none": ("none", "なし"),
    "rebalance_no_sell": ("by new money", "新しいお金で"),
    "rebalance_calendar_monthly": ("each month", "毎月"),
    "rebalance_calendar_quarterly": ("each quarter", "四半期ごと"),
    "rebalance_calendar_yearly": ("each year", "毎年"),
    "rebalance_band": ("beyond ±{width}", "±{width}を超えたら"),
    "account_nisa": ("NISA", "NISA"),
    "account_taxable": ("taxable", "特定口座"),
    "account_plain": ("no tax", "税なし"),
    "and_accounts": (" + ", "＋"),
    "split": ("invested in {months} equal parts a month apart", "{months}か月に等分して投資"),
    "split_none": ("invested when it arrives", "入金と同時に投資"),
    "pair": (
        "{one} against {other}, {years} years: higher in {share} of {n} windows{same}. The final value differs by "
        "{ratio} in the median, {low} to {high} in nine of ten, {mean} on average {verdict}",
        "{one}と{other}（{years}年）：{n}期間のうち{share}で上回る{same}。最終額の差は中央値{ratio}、10回に9回は"
        "{low}～{high}、平均{mean}{verdict}",
    ),
    "pair_same": (", as high in {share}", "（{share}は同じ）"),
    "pair_noise": (
        "± {half} by {k} windows that do not overlap: noise.",
        "（重ならない{k}期間で±{half}：誤差の範囲）。",
    ),
    "pair_differs": (
        "± {half} by {k} windows that do not overlap: more than noise.",
        "（重ならない{k}期間で±{half}：誤差を超える）。",
    ),
    "pair_one": (
        "(one window that overlaps no other: whether this is noise cannot be said).",
        "（重ならない期間が一つなので、誤差かどうかは言えない）。",
    ),
    "objective": (
        "Best is the highest {statistic} of {measure}{where}.",
        "最良とは{where}{measure}の{statistic}が最も高いもの。",
    ),
    "objective_low": (
        "Best is the lowest {statistic} of {measure}{where}.",
        "最良とは{where}{measure}の{statistic}が最も低いもの。",
    ),
    "objective_small": (
        "Best is the smallest {statistic} of {measure}{where}.",
        "最良とは{where}{measure}の{statistic}が最も小さいもの。",
    ),
    "objective_horizon": (" over {years} years", "{years}年の"),
    "median": ("median", "中央値"),
    "mean": ("mean", "平均"),
    "worst": ("worst figure", "最悪値"),
    "p5": ("5th percentile from the bad side", "悪い側5%点"),
    "p25": ("25th percentile from the bad side", "悪い側25%点"),
    "plateau_all": (
        "No setting can be told from the best one: all {n} others lie within the noise of {k} windows that do "
        "not overlap.",
        "最良の設定と区別できる設定はない：重ならない{k}期間の誤差の範囲に、ほかの{n}通りすべてが入る。",
    ),
    "plateau_one": (
        "The other setting cannot be told from the best one: it lies within the noise of {k} windows that do not "
        "overlap.",
        "もう一方の設定は最良の設定と区別できない：重ならない{k}期間の誤差の範囲に入る。",
    ),
    "plateau_some": (
        "{m} of the {n} other settings cannot be told from the best one, going by {k} windows that do not "
        "overlap.",
        "重ならない{k}期間で見ると、ほかの{n}通りのうち{m}通りは最良の設定と区別できない。",
    ),
    "plateau_none": (
        "The best setting can be told from each of the other {n}, going by {k} windows that do not overlap.",
        "重ならない{k}期間で見ると、最良の設定は他の{n}通りすべてと区別できる。",
    ),
    "one_window": (
        "There is one window that overlaps no other: nothing here can be told from chance.",
        "互いに重ならない期間は一つだけ：偶然と区別できるものは何もない。",
    ),
    "neighbour_noise": (
        "{one} against {other}: {mean} ± {half}; this is noise.",
        "{one}と{other}の差：{mean} ± {half}。これは誤差の範囲。",
    ),
    "neighbour_unknown": (
        "{one} against {other}: {mean}; one window that overlaps no other cannot say whether this is noise.",
        "{one}と{other}の差：{mean}。重ならない期間が一つでは誤差かどうか言えない。",
    ),
    "neighbour_differs": (
        "{one} against {other}: {mean} ± {half}; more than noise on these windows.",
        "{one}と{other}の差：{mean} ± {half}。この期間では誤差を超える。",
    ),
    "neighbour_same": (
        "{one} and {other} came to the same in every window.",
        "{one}と{other}はどの期間でも同じ結果。",
    ),
    "fold": (
        "Chosen on the windows that ended before {split}: {cell} ({before}). On those that began from then "
        "on{until}: {after}, place {rank} of {n}.",
        "{split}より前に終わった期間で選ぶと{cell}（{before}）。それ以後に始まった期間{until}では{after}、"
        "{n}通り中{rank}位。",
    ),
    "fold_until": (" and before {until}", "（{until}より前）"),
    "forward": (
        "Walk-forward, {folds} choices judged on {windows} later windows: the choices {own}, the core alone "
        "{core}, the best in hindsight {hindsight} (means of {measure}).",
        "ウォークフォワード（{folds}回選び、その後の{windows}期間で検証）：選んだ設定{own}、コアのみ{core}、"
        "後知恵の最良{hindsight}（{measure}の平均）。",
    ),
    "forward_alone": (
        "Walk-forward, {folds} choices judged on {windows} later windows: the choices {own}, the best in "
        "hindsight {hindsight} (means of {measure}).",
        "ウォークフォワード（{folds}回選び、その後の{windows}期間で検証）：選んだ設定{own}、後知恵の最良"
        "{hindsight}（{measure}の平均）。",
    ),
    "forward_beats": (
        "The choices beat the core alone in {share} of those windows.",
        "選んだ設定がコアのみを上回ったのは、その期間の{share}。",
    ),
    "no_forward": (
        "There is no walk-forward: the history does not hold two windows one after the other.",
        "ウォークフォワードはできない：期間が二つ続けて入るだけの長さがない。",
    ),
    "stable": (
        "In {draws} resamples of the windows in blocks the same setting is best in {same}, one that cannot "
        "be told from it in {near}.",
        "期間をブロックで{draws}回引き直すと、同じ設定が最良になるのは{same}、それと区別できない設定まで"
        "含めると{near}。",
    ),
    "stable_axis": ("{label} of the best there: {values}.", "その最良の{label}：{values}。"),
    "axis_share": ("{value} in {share}", "{value}が{share}"),
    "axis_range": ("{low} to {high} in nine of ten", "10回に9回は{low}～{high}"),
    "luck": (
        "If no setting were any better than the core, the best of these {n} would beat it by as much in "
        "{share} of resamples (reality check).",
        "どの設定もコアと変わらないとしても、{n}通りの最良がこれだけ上回ることは引き直しの{share}で起きる"
        "（リアリティ・チェック）。",
    ),
}


def money_words(contributions: Mapping[str, Any], voice: Voice) -> str:
    """How money arrives, in words where a few do: by what differs from the defaults."""
    key = f"money_{contributions.get('type')}"
    if key in WORDS and set(contributions) <= {"type", "amount", "day"}:
        return say(voice, key, amount=voice.money(contributions["amount"]))
    return text_of(dict(contributions))


def withdrawal_words(withdrawals: Mapping[str, Any] | None, voice: Voice) -> str:
    """What is taken out, as the end of a sentence on the money; nothing where nothing is."""
    if withdrawals is None:
        return ""
    every = str(withdrawals.get("every", "monthly"))
    key = f"taken_{every}"
    if (
        withdrawals.get("type") == "fixed"
        and key in WORDS
        and set(withdrawals) <= {"type", "amount", "every"}
    ):
        return say(voice, key, amount=voice.money(withdrawals["amount"]))
    return say(voice, "taken_otherwise", words=text_of(dict(withdrawals)))


def rebalancing_words(rebalancing: Mapping[str, Any], voice: Voice) -> str:
    """How weights are kept, in words where a few do."""
    match dict(rebalancing):
        case {"type": "none" | "no_sell" as kind, **rest} if not rest:
            return say(voice, f"rebalance_{kind}")
        case {"type": "calendar", "every": "monthly" | "quarterly" | "yearly" as every, **rest} if not rest:
            return say(voice, f"rebalance_calendar_{every}")
        case {"type": "band", "width": float(width), "check": "monthly", **rest} if not rest:
            return say(voice, "rebalance_band", width=voice.weight(width))
    return text_of(dict(rebalancing))


def value_words(key: str, value: Any, voice: Voice) -> str:
    """A value of an axis of texts for people; what has no words of its own as the file has it."""
    match short(key), value:
        case "contributions", {"type": _}:
            return money_words(value, voice)
        case "rebalancing", {"type": _}:
            return rebalancing_words(value, voice)
        case "rebalancing", str():
            return rebalancing_words({"type": value}, voice)
        case "accounts", [*names] if all(f"account_{name}" in WORDS for name in names):
            return say(voice, "and_accounts").join(say(voice, f"account_{name}") for name in names)
    return clean(text_of(value))


def say(voice: Voice, key: str, **values: object) -> str:
    """The sentence ``key`` in the language of ``voice``."""
    text = WORDS[key][1 if voice.lang == "ja" else 0]
    return text.format(**values) if values else text


def axis_label(key: str, voice: Voice) -> str:
    """An axis' name for people."""
    known = AXES.get(short(key))
    return known[1 if voice.lang == "ja" else 0] if known else clean(short(key))


def axis_kind(key: str, values: tuple[Any, ...]) -> str:
    """How an axis' values are shown."""
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "text"
    known = AXES.get(short(key))
    if known and known[2] != "text":
        return known[2]
    if short(key).endswith("weight"):
        return "weight"
    return "count" if all(float(value).is_integer() for value in values) else "number"


def value_label(key: str, values: tuple[Any, ...], place: int, voice: Voice) -> str:
    """One value of an axis for people."""
    kind = axis_kind(key, values)
    return value_words(key, values[place], voice) if kind == "text" else voice.value(values[place], kind)


def cell_label(cells: Cells, cell: int, voice: Voice, only: tuple[int, ...] | None = None) -> str:
    """A cell for people; ``only`` some of its axes."""
    said = []
    for number, (key, values) in enumerate(cells.axes.items()):
        if len(values) > 1 and (only is None or number in only):
            place = int(cells.places[cell, number])
            said.append(
                say(
                    voice,
                    "choice",
                    label=axis_label(key, voice),
                    value=value_label(key, values, place, voice),
                )
            )
    return voice.listed(said)
