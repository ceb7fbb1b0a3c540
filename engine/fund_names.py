"""Names and codes by which people in Japan know a fund, and what of this program serves for it.

The funds and their names are rows of ``market/data/funds.csv``: the code of the Investment Trusts Association, the
names in both languages, nicknames (one fund's own), and what a fund serves for (``全世界株式``: any plain fund of
world equity). Text is compared in half width, without cases, signs and what every fund is called. A name that is
neither a fund's own nor such a plain one finds nothing: hedged, ex-Japan, equal weights are other funds.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.bundled import table_rows
from engine.messages import Message, message

SHORTEST = 4  # part of a name that is enough of it
FUNDS = Path(__file__).parent / "market" / "data" / "funds.csv"

# In folded names: katakana for hiragana, no signs, no spaces.
_HOUSES = re.compile(
    r"emaxisslim|emaxis|三菱ufj|sbiv|sbi|楽天プラス|楽天|ニッセイ|タワラノーロード|タワラ|ifree|ハジメテノnisa"
)
_COMMON = re.compile(
    r"購入・?換金手数料ナシ|インデックス|ファンド|投資信託|投信|index|fund|シリーズ|連動|モデル"
)
_SIGNS = re.compile(r"[\s・･.,、。()（）\[\]「」『』<>＜＞\"'’:：‐-]|ノ(?=\s*s&p)")
_HIRAGANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}

_TOKYO = re.compile(r"[0-9][0-9A-Z][0-9][0-9A-Z](\.T)?")
_ISIN = re.compile(r"[A-Z]{2}[0-9A-Z]{9}[0-9]")
_ASSOCIATION = re.compile(r"[0-9A-Z]{3}[0-9][0-9A-Z]{2}[0-9][0-9A-Z]")  # house, year, number, kind

_IMPORT = "backtest data import FILE.csv --as {symbol} --kind jp_fund"


@dataclass(frozen=True)
class KnownFund:
    """A row of the funds by what people call it; every name folded.

    ``own``     its names and nicknames; ``plain`` what it serves for
    """

    symbol: str
    code: str
    underlying: str
    own: frozenset[str]
    plain: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """All that it may be found by."""
        return self.own | self.plain


def folded(text: str) -> str:
    """A name as names are compared."""
    name = unicodedata.normalize("NFKC", text).lower().translate(_HIRAGANA).replace("ナスダック", "nasdaq")
    return _SIGNS.sub("", _COMMON.sub("", name))


@cache
def known_funds() -> tuple[KnownFund, ...]:
    """Every fund of the table, in its order."""
    return tuple(
        KnownFund(
            row["symbol"],
            row["code"],
            row["underlying"],
            _all_folded(row["name_en"], row["name_ja"], *row["nicknames"].split("|")),
            _all_folded(*row["serves_for"].split("|")),
        )
        for row in table_rows(FUNDS)
    )


def _all_folded(*names: str) -> frozenset[str]:
    return frozenset(filter(None, map(folded, names)))


def funds_meant(text: str) -> tuple[KnownFund, ...]:
    """The funds that a text names: by code, by name or nickname, else all with it in one of their names."""
    code, name = unicodedata.normalize("NFKC", text).strip().upper(), folded(text)
    code = code.zfill(8) if code.isdigit() else code  # a number has lost its first 0
    exact = [fund for fund in known_funds() if code in (fund.code, fund.symbol) or name in fund.own]
    if exact or not name:
        return tuple(exact)
    return tuple(fund for fund in known_funds() if any(name in known for known in fund.names))


def fund_for(text: str) -> KnownFund | None:
    """The one fund that serves for a fund's name or code, None where none does or several could."""
    name, found = folded(text), funds_meant(text)
    if len(found) == 1 and (len(name) >= SHORTEST or name in found[0].names):
        return found[0]
    plain = _HOUSES.sub("", name)
    return next((fund for fund in known_funds() if plain in fund.plain), None)


def what_serves(text: str) -> Message | None:
    """What to do about a text that is no symbol of this program, None where nothing is known of it."""
    if (fund := fund_for(text)) is not None:
        return _serves(fund)
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if _TOKYO.fullmatch(code):
        return message("a code of Tokyo's exchange: write {symbol}", symbol=f"{code[:4]}.T")
    if _ISIN.fullmatch(code) and not code.startswith("JP"):
        return message("a security's code: write its ticker, such as VOO")
    if _ISIN.fullmatch(code) or _ASSOCIATION.fullmatch(code):
        return message("a fund's code: import its prices, {command}", command=_IMPORT.format(symbol="MYFUND"))
    if not text.isascii():
        command = _IMPORT.format(symbol="MYFUND")
        return message("a fund of your own: import its prices, {command}", command=command)
    return None


def _serves(fund: KnownFund) -> Message:
    if fund.underlying:
        return message(
            "{symbol} models that fund from the prices of {etf}; prices of your own: {command}",
            symbol=fund.symbol,
            etf=fund.underlying,
            command="backtest data import",
        )
    return importing(fund.symbol)


def importing(symbol: str) -> Message:
    """What to do about a fund that nothing models."""
    return message("import its prices: {command}", command=f"backtest data import FILE.csv --as {symbol}")
