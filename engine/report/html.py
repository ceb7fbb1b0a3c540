"""Pages from the templates beside this file: every text a template shows is cleaned and escaped.

Only a template or a filter of this module makes HTML; a name of the user's or of a provider's stays text, in
elements, in attributes and in the page's data. A name that a template uses and nobody gave is an error.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from engine import code_cache
from engine.metrics import SESSIONS_A_YEAR
from engine.report.chart_specs import Figure, asset, packed
from engine.report.page_locale import PageLocale, clean
from engine.report.plotly_script import digest, fold, plotly
from engine.report.readings import REAL, Reading

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

WORDS = ("theme_dark", "theme_light", "no_charts", "money_real", "money_nominal")  # that page.js says
TEMPLATES = Path(__file__).with_name("templates")
_AMOUNT = re.compile(
    r"(\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    r"|[+−-]?[¥$€£]?\d[\d,.兆億万]*(?:円|%|倍|日|年|か月|pt|×)?(?: ± [\d.,]+(?:%|pt)?)?(?:です|でした)?)"
)


def page(
    file: str,
    locale: PageLocale,
    *,
    figures: Sequence[Figure] = (),
    columns: Mapping[str, NDArray[Any]] | None = None,
    scripts: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    in_real: Reading | None = None,
    real_first: bool = False,
    **shown: Any,
) -> str:
    """A whole page: one file that needs no network.

    ``figures``  plotly figures, drawn when they come into view; ``columns`` what they refer to
    ``scripts``  files of this package that run beside ``page.js``; ``data`` is handed to them
    ``in_real``  the same page in today's money, which a switch turns to; ``real_first``: it is shown first
    ``shown``    what else the template names
    """
    made = template(file)
    main = ""
    if in_real is not None:
        drawn_there = {figure.id.removeprefix(REAL): figure for figure in in_real.figures}
        names = {**shown, **in_real.shown}
        main = made.render(t=locale, layout="bare.html", view=REAL, contents=[], figures=drawn_there, **names)
        figures, columns = [*figures, *in_real.figures], {**(columns or {}), **in_real.columns}
    from markupsafe import Markup

    drawn = bool(figures or scripts)
    sources = [asset(name) for name in ("page.js", *scripts)]
    payload = {
        "figures": {figure.id: {"data": figure.traces, "layout": figure.layout} for figure in figures},
        "words": {key: locale(key) for key in WORDS},
        "yen": {"form": locale.form("yen"), "myriads": locale.myriads},
        **(data or {}),
    }
    # What makes a page heavy is compressed: the columns that its figures draw, and plotly.js.
    compressed = {"page-columns": fold(json.dumps(packed(columns or {}))), "plotly-js": plotly().folded}
    return made.render(
        t=locale,
        layout="base.html",
        view="",
        main_in_real=Markup(main),
        real_first=real_first,
        contents=[],
        figures={figure.id: figure for figure in figures},
        payload=payload,
        compressed=compressed if drawn else {},
        scripts=sources,
        hashes=[*map(_digest, sources), *([plotly().digest] if drawn else [])],
        **shown,
    )  # fmt: skip


def reading_page(
    file: str, locale: PageLocale, first: Reading, in_real: Reading | None, *, real_first: bool
) -> str:
    """A whole page of a reading, and of the same in today's money where it can be had."""
    own = {"figures": first.figures, "columns": first.columns, **first.shown}
    return page(file, locale, in_real=in_real, real_first=real_first, **own)


def component(name: str, locale: PageLocale, *args: Any, **kwargs: Any) -> str:
    """One macro of ``components.html`` by itself, for a notebook or a terminal."""
    return macro("components.html", name, locale, None, *args, **kwargs)


def macro(file: str, name: str, locale: PageLocale, folder: Path | None, *args: Any, **kwargs: Any) -> str:
    """One macro of a template, which may lie in another ``folder`` than those of reports."""
    return str(getattr(_module(file, folder, locale), name)(*args, **kwargs))


@lru_cache(maxsize=32)
def _module(file: str, folder: Path | None, locale: PageLocale) -> Any:
    """The macros of a template in a language: what they are made of is made once."""
    return template(file, folder).make_module({"t": locale})


def template(file: str, folder: Path | None = None) -> Template:
    """A template beside this file, or of another ``folder`` whose templates may use these."""
    return _environment(folder).get_template(file)


def page_locale(lang: str, currency: str, per_year: int = SESSIONS_A_YEAR, money_of: str = "") -> PageLocale:
    """The locale of a page, which can write a true minus."""
    return PageLocale(lang, currency, "−", per_year, money_of)


@cache
def _environment(more: Path | None = None) -> Environment:
    from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
    from jinja2.bccache import Bucket
    from markupsafe import Markup

    class Kept(BytecodeCache):
        """Compiled templates on disk: compiling takes longer than all the rest of a page."""

        def load_bytecode(self, bucket: Bucket) -> None:
            if code := code_cache.stored(_made_of(bucket.key, bucket.checksum), TEMPLATES):
                bucket.bytecode_from_string(code)

        def dump_bytecode(self, bucket: Bucket) -> None:
            code_cache.store(_made_of(bucket.key, bucket.checksum), bucket.bytecode_to_string(), TEMPLATES)

    made = Environment(
        loader=FileSystemLoader([TEMPLATES, *([more] if more else [])]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=Kept(),
    )
    made.filters |= {"nobr": nobr, "script_json": script_json, "data_uri": data_uri}
    made.globals["asset"] = lambda name: Markup(asset(name))
    return made


def _made_of(template: str, source: str) -> str:
    """The name of a compiled template: its own, and a hash of its source and of what compiles it how."""
    how = hashlib.sha256(f"{source} {_compiler()}".encode()).hexdigest()
    return f"template-{template[:16]}-{how[:32]}.bin"


@cache
def _compiler() -> str:
    from importlib.metadata import version

    return f"{version('jinja2')} {sys.implementation.cache_tag} {Path(__file__).read_text('utf-8')}"


def _finalized(value: Any) -> Any:
    """What a template shows, before it is escaped: text cleaned, its outer spaces kept; None is nothing."""
    if value is None:
        return ""
    return kept(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def kept(text: str) -> str:
    """Clean text whose outer spaces stay: they separate it from its neighbours."""
    inner = clean(text)
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"


def nobr(text: str) -> Markup:
    """A sentence whose amounts no line breaks: 2億3,332万円 stays in one piece."""
    from markupsafe import Markup, escape

    parts = [
        Markup('<span class="kept">{}</span>').format(part) if i % 2 else escape(kept(part))
        for i, part in enumerate(_AMOUNT.split(text))
    ]
    return Markup("").join(parts)


def script_json(value: Any) -> Markup:
    """JSON for a ``<script>`` element: no character of it can end the element or begin a comment."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def data_uri(text: str, media_type: str) -> str:
    """A text as an address of its own."""
    return f"data:{media_type};charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


@cache
def _digest(script: str) -> str:
    return digest(script.encode())
