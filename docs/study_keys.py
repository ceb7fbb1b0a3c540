"""``docs/studies.md``: every key of the files that studies and checks read, as the program describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TEXTS = {
    "en": {
        "introduction": """# Files of studies

*[日本語](studies.ja.md)*

Made from the program by `make docs`. `backtest new NAME --kind sweep` (`windows`, `claims`, `withdraw`) writes a commented one, `backtest examples` lists those that come with the program, and `backtest schema --kind sweep` prints the JSON schema for editors: a first line `# yaml-language-server: $schema=schema.json` lets them complete and check every key.

What `backtest withdraw` and `backtest bootstrap` take are configurations, whose keys are in [configuration.md](configuration.md). A key that is not listed is refused.
""",
        "sweep": "## Sweeps\n\n`backtest sweep FILE`: every combination of the axes' values, in every window.",
        "windows": "## Windows studies\n\n`backtest windows FILE`: strategies on the same windows, compared pair by pair.",
        "claims": "## Statements\n\n`backtest check FILE`: what was published, held against the data. Each kind of statement has these keys:",
        "head": "| key | meaning |\n|---|---|\n",
        "needed": "{text} (needed)",
    },
    "ja": {
        "introduction": """# 分析のファイル

*[English](studies.md)*

このページは `make docs` でプログラムから作ります。`backtest new 名前 --kind sweep`（`windows`、`claims`、`withdraw`）で説明付きのファイルができます。付属のファイルは `backtest examples` で一覧でき、`backtest schema --kind sweep` はエディター用のJSONスキーマを出します。1行目に `# yaml-language-server: $schema=schema.json` と書けば、エディターが項目を補い、確かめます。

`backtest withdraw` と `backtest bootstrap` が読むのはプランのファイルで、項目は[configuration.ja.md](configuration.ja.md)にあります。ここにない項目は使えません。
""",
        "sweep": "## スイープ\n\n`backtest sweep ファイル`：変える項目の値のすべての組み合わせを、すべての期間で試します。",
        "windows": "## 開始月ごとの比較\n\n`backtest windows ファイル`：複数のプランを同じ期間で1組ずつ比べます。",
        "claims": "## 主張の検証\n\n`backtest check ファイル`：公表された主張をデータと照らし合わせます。主張の種類ごとに、次の項目があります。",
        "head": "| 項目 | 意味 |\n|---|---|\n",
        "needed": "{text}（必須）",
    },
}  # fmt: skip


def study_keys(lang: str) -> str:
    """The whole of ``docs/studies.md`` in a language."""
    from engine.locale import Locale
    from engine.studies.schemas import schema_of

    words = TEXTS[lang]
    parts = [words["introduction"]]
    for kind in ("sweep", "windows", "claims"):
        schema = schema_of(kind, Locale(lang))
        if kind == "claims":
            parts.append(f"## {words[kind].partition('## ')[2]}\n")
            parts.append(_table(_rows(schema, {}, words), words))
            parts += (
                f"### {_kind(part)}\n\n{part.get('description', '')}\n\n{_table(_rows(part, {}, words), words)}"
                for part in schema["$defs"].values()
            )
        else:
            parts.append(words[kind] + "\n")
            parts.append(_table(_rows(schema, schema["$defs"], words), words))
    return "\n".join(parts)


def _kind(part: Mapping[str, Any]) -> str:
    return str(part["properties"]["type"]["const"])


def _table(rows: Iterator[tuple[str, str]], words: Mapping[str, str]) -> str:
    return words["head"] + "".join(f"| `{key}` | {text} |\n" for key, text in rows)


def _rows(
    schema: Mapping[str, Any], defs: Mapping[str, Any], words: Mapping[str, str], above: str = ""
) -> Iterator[tuple[str, str]]:
    """Every key and what it means; keys of a group behind it."""
    for key, part in schema["properties"].items():
        if key == "type":
            continue
        text = str(part.get("description", "")).replace("|", "\\|")
        yield (
            f"{above}{key}",
            words["needed"].format(text=text) if key in schema.get("required", ()) else text,
        )
        for name in _named(part):
            if name in defs:
                yield from _rows(defs[name], defs, words, f"{above}{key}.")


def _named(part: Any) -> Iterator[str]:
    """The definitions that a key's schema names."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].rpartition("/")[2]
        for item in part.values():
            yield from _named(item)
    elif isinstance(part, list):
        for item in part:
            yield from _named(item)
