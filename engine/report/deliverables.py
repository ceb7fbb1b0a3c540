"""The folder that each command leaves: its name, and its files with the page for people among them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine import store
from engine.locale import Locale

if TYPE_CHECKING:
    from engine.studies.bootstrap.results import Bootstrap
    from engine.studies.claims.results import ClaimsResult
    from engine.studies.compare import Comparison
    from engine.studies.flows.results import FlowStudy
    from engine.studies.withdraw.results import Payout

Folder = tuple[str, dict[str, bytes]]  # its name, and the contents of its files
PLANS = "plans"  # of a comparison: a folder with a result each
LONGEST_NAMES = 150  # bytes of the names in a comparison's folder: systems allow 255 in all


def of_comparison(found: Comparison, lang: str, *, real: bool = False) -> Folder:
    """What ``compare`` leaves: its page and, below ``plans/``, each result; ``real``: see ``compare_page``."""
    from engine.report.compare_page import compare_page

    name = comparison_name([result.name for result in found.results])
    page = compare_page(found.results, lang, notes=found.notes, real=real).encode()
    plans = {
        f"{PLANS}/{result.name}/{file}": content
        for result in found.results
        for file, content in store.result_files(result, Locale(lang)).items()
    }
    return name, store.with_manifest({"compare.html": page, **plans}, {"kind": "compare", "name": name})


def of_bootstrap(found: Bootstrap, lang: str) -> dict[str, bytes]:
    """The files that ``bootstrap`` leaves."""
    from engine.report.bootstrap_page import bootstrap_page

    return found.files({"bootstrap.html": bootstrap_page(found, lang).encode()})


def of_withdraw(found: Payout, lang: str) -> Folder:
    """What ``withdraw`` leaves."""
    from engine.report.withdraw_page import withdraw_page

    pages = {"withdraw.html": withdraw_page(found, lang).encode()}
    return f"{found.name}-withdraw", found.files(Locale(lang), pages)


def of_flows(found: FlowStudy, lang: str) -> Folder:
    """What ``flows`` leaves."""
    from engine.report.flows_page import flows_page

    return found.name, found.files({"flows.html": flows_page(found, lang).encode()}, Locale(lang))


def of_claims(found: ClaimsResult, lang: str) -> Folder:
    """What ``check`` leaves."""
    from engine.report.claims_page import claims_page
    from engine.report.claims_text import claims_table
    from engine.report.page_locale import PageLocale
    from engine.report.tables import table_text

    name = found.document.name
    table = claims_table(found, PageLocale(lang, "USD"))
    files = {
        "claims.html": claims_page(found, lang).encode(),
        "claims.csv": table_text(table.columns, table.rows, "csv", lang=lang).encode(),
        "claims.json": store.to_json(found.plain()),
        "study.json": store.to_json(found.kept()),
    }
    return name, store.with_manifest(files, {"kind": "check", "name": name})


def comparison_name(names: Sequence[str]) -> str:
    """The folder of a comparison: another one for other names, in another order too.

    No name holds a ``+``. What would be too long for a file system ends in a hash of all names.
    """
    joined = "+".join(names)
    if len(joined.encode()) > LONGEST_NAMES:
        short = joined.encode()[: LONGEST_NAMES - 10].decode(errors="ignore")
        joined = f"{short}+{hashlib.sha256(joined.encode()).hexdigest()[:8]}"
    return f"compare-{joined}"
