"""The command that lets other engines simulate a result again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.declare import argument, command
from engine.cli.options import OUT, PATH, SPEECH, Common, options
from engine.cli.output import say, say_json
from engine.locale import Locale
from engine.result import Result

if TYPE_CHECKING:
    from engine.audit import Audit


@command(
    examples=(
        "backtest audit results/satellite10",
        "backtest audit results/core100 satellite10",
    )
)
@argument("results", nargs=-1, required=True, type=PATH, metavar="RESULT...")
@options(OUT, *SPEECH)
def audit(results: tuple[Path, ...], common: Common) -> None:
    """Replay results through a second engine and compare.

    RESULT is a folder that `backtest run` wrote, or its name. Every recorded order goes through vectorbt
    again, by each of its engines that is installed, and equity is compared session by session; metrics are
    recomputed by empyrical and pyxirr where those are installed. More than 1e-9 of relative difference, or
    records that do not add up: exit code 1.
    """
    from engine import store

    folders = [path if path.exists() or len(path.parts) > 1 else common.out / path for path in results]
    audits = audits_of([store.load(folder) for folder in folders], common)
    show(audits, common)
    require(audits)


def audits_of(results: list[Result], common: Common) -> list[Audit]:
    """An audit of each result."""
    from engine.audit import audit as audit_result
    from engine.cli.progress import Progress

    with Progress("audit", common.locale, quiet=common.quiet or common.as_json):
        return [audit_result(result) for result in results]


def require(audits: list[Audit]) -> None:
    """Raise CheckFailed unless every audit holds."""
    from engine.errors import CheckFailed
    from engine.messages import listed, message

    broken = [audit.name for audit in audits if not audit.holds]
    if len(broken) > 1:
        raise CheckFailed(
            message(
                "{n} of {all} results do not hold: {names}",
                n=len(broken),
                all=len(audits),
                names=listed(broken),
            )
        )
    for one in audits:
        one.require()


def show(audits: list[Audit], common: Common) -> None:
    """Print what audits found: a line for each engine or library, and each check that does not hold."""
    if common.quiet:
        return
    if common.as_json:
        told = [plain(audit) for audit in audits]
        say_json(told if len(told) > 1 else told[0])
        return
    for audit in audits:
        for line in lines(audit, common.lang):
            say(line)
    for note in dict.fromkeys(note for audit in audits for note in audit.notes):
        say(f"  · {note.translate(common.locale)}")


def lines(audit: Audit, lang: str) -> list[str]:
    """One audit for people: the verdict, a line for each engine or library, the checks that do not hold."""
    from engine.audit.checks import LIMIT
    from engine.report.page_locale import PageLocale

    word = PageLocale(lang, per_year=audit.per_year)
    holds, fails, largest = word("audit_holds"), word("audit_fails"), word("audit_largest")

    def allowed(limit: float, digits: str) -> str:
        return word.labelled(word("audit_allowed"), f"{limit:{digits}}")

    worst = f"{largest} {audit.largest:.1e}"
    told = [
        word.labelled(
            audit.name, f"{holds if audit.holds else fails} — {word.noted(worst, allowed(LIMIT, '.0e'))}"
        )
    ]
    for by, core in dict.fromkeys((check.by, check.core) for check in audit.checks):
        mine = [check for check in audit.checks if (check.by, check.core) == (by, core)]
        exact = [check for check in mine if check.limit == LIMIT]
        most = max(exact, key=lambda check: check.difference, default=None)
        at = "—" if most is None else word.noted(f"{most.difference:.1e}", most.label.translate(word))
        whose = word.listed([*([word("audit_core")] if core else []), _engine(by, word)])
        found = word.listed([f"{len(mine)} {word('audit_compared')}", f"{largest} {at}"])
        told.append(f"  {word.labelled(whose, found)}")
    for check in (check for check in audit.checks if not check.holds):
        what = word.listed([check.label.translate(word), _engine(check.by, word)])
        found = word.noted(f"{check.difference:.3g}", allowed(check.limit, "g"))
        where = [check.where] if check.where else []
        told.append(f"  {word.listed([word.labelled(fails, what, found), *where])}")
    return told


def _engine(by: str, word: Locale) -> str:
    """What a result was compared with: a program by its name, its own records in words."""
    return word(f"audit_by_{by}") if word.has(f"audit_by_{by}") else by


def plain(audit: Audit) -> dict[str, object]:
    """An audit as values for ``say_json``."""
    return {
        "name": audit.name,
        "holds": audit.holds,
        "largest": audit.largest,
        "checks": [
            {
                "what": str(check.label),
                "by": check.by,
                "difference": check.difference,
                "allowed": check.limit,
                "where": check.where,
                "holds": check.holds,
            }
            for check in audit.checks
        ],
        "notes": [note.plain() for note in audit.notes],
    }
