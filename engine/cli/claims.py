"""The command that holds published statements against the data."""

from __future__ import annotations

from pathlib import Path

from engine.cli.declare import argument, command, option
from engine.cli.options import ACCESS, OUT, PATH, SOURCE, SPEECH, Common, options


@command(examples=("backtest check configs/claims/small_cap_article.yaml --data sample",))
@argument("claims", type=PATH, metavar="CLAIMS")
@option("--strict", is_flag=True, help="Exit code 1 if a claim does not hold.")
@option("--flows", type=PATH, metavar="DIR", help="Where fund flows are.")
@options(SOURCE, *ACCESS, OUT, *SPEECH)
def check(claims: Path, strict: bool, flows: Path | None, common: Common) -> None:
    """Published statements against the data: a verdict each, with the figure measured.

    Holds: within 0.5 points a year of what was stated; close: within 1.5. The page, and the table for
    spreadsheets, are in results/NAME. Fund flows come from --flows, or from the folder of --data csv:DIR.
    """
    from engine.cli.progress import Progress
    from engine.errors import CheckFailed
    from engine.messages import listed, message
    from engine.printable import printable
    from engine.report.claims_text import claims_text
    from engine.report.deliverables import of_claims
    from engine.studies.claims.check import check_claims

    with Progress(claims.stem, common.locale, quiet=common.quiet):
        result = check_claims(claims, common.source or "auto", flows=flows, **common.access)
    folder = common.save(of_claims(result, common.file_lang))
    page = printable(str(folder / "claims.html"))
    common.show(
        lambda: {**result.plain(), "folder": str(folder)},
        lambda: f"{claims_text(result, common.lang, common.screen)}\n{page}\n",
    )
    if strict and result.failed:
        raise CheckFailed(
            message(
                "{count} of {all} claims do not hold: {claims}",
                count=len(result.failed),
                all=len(result.verdicts),
                claims=listed((item.claim.text for item in result.failed), ";"),
            )
        )


__all__ = ["check"]
