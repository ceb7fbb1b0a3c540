"""What the engine says, in Japanese: the patterns that :mod:`engine.report.sentences` reads, in their order."""

from __future__ import annotations

JAPANESE = {
    # notes on plans
    "Monthly parts over {months:n} months reach past windows of {years:words} years: what is not invested by then "
    "waits as cash.": (
        "{months}か月の分割は、{years}年の期間より長くなります。期間内に投資されない分は現金のままです。"
    ),
    "A glide path keeps its dates in every window: before them its first weights hold, after them its last.": (
        "比率の移行の日付は、どの期間でも同じです。その前は移行前の比率、その後は移行後の比率です。"
    ),
    "{share:n} % of the money paid in still waits at the end: its monthly parts reach past the period.": (
        "入金の{share}%は、期間の終わりにもまだ投資されていません。毎月の分割が期間の先まで続くためです。"
    ),
    "The glide path ended on {day:d}, before the first session: its last weights hold throughout.": (
        "比率の移行は最初の営業日より前の{day}に終わっています。期間を通じて移行後の比率です。"
    ),
    "The glide path begins on {day:d}, after the last session: its first weights hold throughout.": (
        "比率の移行は最後の営業日より後の{day}に始まります。期間を通じて移行前の比率です。"
    ),
    "The glide path ends on {day:d}, after the last session: its last weights are not reached.": (
        "比率の移行は最後の営業日より後の{day}に終わります。移行後の比率には届きません。"
    ),
}
