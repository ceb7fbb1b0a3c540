"""Every question that the shipped files ask, and what its page says first, as a Markdown table.

    python scripts/list_answers.py [WORD...] > answers.md

On the sample and, where BACKTEST_MARKET_DATA names a folder of prices, on those; in every language. With words:
only the commands that hold one of them. Read every row: is the sentence true, does it answer the question?
"""

from __future__ import annotations

import html
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARES = tuple(f"configs/{name}.yaml" for name in ("core100", "satellite05", "satellite10", "satellite15"))
# Commands of the documents that take several files, or none, and what they ask.
OTHERS = {
    ("compare", *SHARES): {
        "en": "0, 5, 10 or 15 % small caps: what would each have come to?",
        "ja": "小型株を0・5・10・15%にしていたら、それぞれいくらになったか",
    },
    ("bootstrap", "configs/satellite10.yaml"): {
        "en": "How may 30 years of it end?",
        "ja": "このプランを30年続けると、結果はどのくらいの幅になるか",
    },
    ("withdraw", "configs/retirement_real_30_years.yaml"): {
        "en": "How much a month may be taken from ¥30,000,000 over 30 years?",
        "ja": "3,000万円から30年間、毎月いくら取り崩せるか",
    },
    ("flows", "IWM", "IJR", "IVV"): {
        "en": "Do fund flows lead returns, or follow them?",
        "ja": "資金フローはリターンに先行するのか、後を追うのか",
    },
}
# command -> where its page and its answer are made, and by which functions
PAGES = {
    "run": ("run_page", "run_page", "run_answer", "run_answer"),
    "compare": ("compare_page", "compare_page", "compare_answer", "compare_answer"),
    "check": ("claims_page", "claims_page", "claims_answer", "claims_answer"),
    "flows": ("flows_page", "flows_page", "flows_text", "flow_answer"),
    "bootstrap": ("bootstrap_page", "bootstrap_page", "bootstrap_answer", "bootstrap_answer"),
    "sweep": ("sweep_page", "sweep_page", "sweep_answer", "sweep_answer"),
    "windows": ("windows_page", "windows_page", "windows_answer", "windows_answer"),
    "withdraw": ("withdraw_page", "withdraw_page", "withdraw_answer", "withdraw_answer"),
}

Words = tuple[str, ...]


def asked() -> Iterator[tuple[Words, Any, bool]]:
    """Every shipped file's command with its question, and the commands without a file of their own.

    Last, whether the file names the data that it is about.
    """
    from engine.config.document import read_document
    from engine.places import plans_folder as folder
    from engine.shipped import shipped

    for item in shipped():
        made = read_document(folder() / item.path).plain()
        base = made["base"] if isinstance(made.get("base"), dict) else made
        named = base.get("data", {}).get("source", "auto") != "auto"
        yield (item.command, f"configs/{item.path.as_posix()}"), item.question, named
    yield from ((words, question, False) for words, question in OTHERS.items())


def found(words: Words, source: str | None, out: Path) -> tuple[Any, str]:
    """The result of a command as its page takes it, and its currency. Raises BacktestError."""
    from engine.config import load_config

    command, *names = words
    match command:
        case "run":
            from engine.run import run

            one = run(load_config(names[0]), source=source)
            return one, one.config["currency"]
        case "compare":
            from engine.studies.compare import compare

            several = compare([load_config(name) for name in names], source=source).results
            return several, several[0].config["currency"]
        case "check":
            from engine.studies.claims.check import check_claims

            return check_claims(Path(names[0]), source), "USD"
        case "flows":
            from engine.studies.flows.study import flow_study

            return flow_study(names, source=source), "USD"
        case "bootstrap":
            from engine.studies.bootstrap.study import bootstrap

            futures = bootstrap([load_config(name) for name in names], source=source)
            return futures, futures.currency
        case "sweep":
            from engine.studies.grid.sweep import sweep

            grid = sweep(names[0], source=source, out=out)
            return grid, grid.plan.base.currency
        case "withdraw":
            from engine.studies.withdraw.study import withdraw

            payout = withdraw(load_config(names[0]), source=source)
            return payout, payout.currency
    from engine.studies.grid.windows import windows

    starts = windows(names, source=source, out=out)
    return starts, starts.plan.base.currency


def answer(command: str, result: Any, currency: str) -> Callable[[str], tuple[str, str]]:
    """By language, what a page says first and how sure it is.

    A page whose answer is no function yet is made, and its headline read.
    """
    _, _, module, name = PAGES[command]
    try:
        said = getattr(importlib.import_module(f"engine.report.{module}"), name)(result)
    except ModuleNotFoundError:
        return lambda lang: (headline(page_of(command, result, lang)), "")

    def texts(lang: str) -> tuple[str, str]:
        from engine.report import answer
        from engine.report.page_locale import PageLocale

        told = answer.texts(said, PageLocale(lang, currency))
        return told["answer"], told["sureness"]

    return texts


def page_of(command: str, result: Any, lang: str) -> str:
    """The page of a result."""
    page, make, _, _ = PAGES[command]
    made: str = getattr(importlib.import_module(f"engine.report.{page}"), make)(result, lang)
    return made


def headline(page: str) -> str:
    """The first words of a page, as plain text."""
    (first, *_) = re.findall(r'<p class="headline">(.*?)</p>', page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", first)).split())


def rows(wanted: list[str]) -> Iterator[tuple[str, ...]]:
    """Command, data, language, question, answer, how sure it is."""
    from engine.errors import BacktestError
    from engine.locale import Locale, languages

    folder = os.environ.get("BACKTEST_MARKET_DATA")
    with tempfile.TemporaryDirectory() as out:
        for words, question, named in asked():
            command = " ".join(words)
            if wanted and not any(word in command for word in wanted):
                continue
            for data in (None,) if named else ("sample", *([f"csv:{folder}"] if folder else [])):
                kind = "its own" if data is None else data.partition(":")[0]
                try:
                    told = answer(words[0], *found(words, data, Path(out) / kind))
                except BacktestError as error:
                    told = _refused(error)
                for lang in languages():
                    locale = Locale(lang)
                    yield (f"`{command}`", kind, lang, locale.own(question), *told(lang))


def _refused(error: Any) -> Callable[[str], tuple[str, str]]:
    from engine.locale import Locale

    return lambda lang: (error.line.translate(Locale(lang)), "")


def main() -> None:
    """Print the table."""
    os.chdir(ROOT)
    print(
        "| command | data | language | question | answer | how sure |\n|---|---|---|---|---|---|", flush=True
    )
    for row in rows(sys.argv[1:]):
        print(f"| {' | '.join(cell.replace('|', '¦') for cell in row)} |", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
