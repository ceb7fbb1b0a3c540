"""Names and codes by which people in Japan know a fund, and what of this program serves for it.

The program's yen funds are modelled: an index fund of the S&P 500 or of world equity with the fee of one fund.
They are suggested for plain funds of those two indices and for nothing else (hedged, without Japan, equal weights,
leveraged: other funds). Any fund of one's own is imported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from engine.messages import Message, message

# What is left of a name without its house, its series and what every fund is called.
_SP500 = ("s&p500", "米国株式s&p500", "米国s&p500", "usequitys&p500")
_WORLD = (
    "オルカン",
    "オールカントリー",
    "全世界株式",
    "全世界株式オールカントリー",
    "全世界株式acwi",
    "allcountry",
)
MODELLED: Mapping[str, str] = {**dict.fromkeys(_SP500, "JP_SP500"), **dict.fromkeys(_WORLD, "JP_ACWI")}
_HOUSES = re.compile(
    r"emaxis slim|emaxis|三菱ufj|sbi・v|sbi|楽天・プラス|楽天|ニッセイ|たわらノーロード|たわら|ifree|"
    r"はじめてのnisa|購入・換金手数料なし"
)
_COMMON = re.compile(r"インデックス|ファンド|投資信託|投信|index|fund|シリーズ|連動|の(?=s&p)")
_SIGNS = re.compile(r"[\s・･.,、。()（）\[\]「」『』<>＜＞\"'’-]")

_TOKYO = re.compile(r"[0-9][0-9A-Z][0-9][0-9A-Z](\.T)?")
_ISIN = re.compile(r"[A-Z]{2}[0-9A-Z]{9}[0-9]")
_ASSOCIATION = re.compile(r"[0-9A-Z]{3}[0-9][0-9A-Z]{2}[0-9][0-9A-Z]")  # house, year, number, kind

_MODELLED_FUND: Mapping[str, Message] = {
    "JP_SP500": message(
        "{symbol} is a modelled yen fund of the S&P 500; prices of your own: {command}",
        symbol="JP_SP500",
        command="backtest data import",
    ),
    "JP_ACWI": message(
        "{symbol} is a modelled yen fund of world equity, from VT, which the sample lacks; "
        "prices of your own: {command}",
        symbol="JP_ACWI",
        command="backtest data import",
    ),
}
_IMPORT = "backtest data import FILE.csv --as {symbol} --kind jp_fund"


def modelled_fund(text: str) -> str:
    """The modelled fund that serves for a fund's name, '' where none does."""
    name = unicodedata.normalize("NFKC", text).lower()
    name = _SIGNS.sub("", _COMMON.sub("", _HOUSES.sub("", name)))
    return MODELLED.get(name, "")


def what_serves(text: str) -> Message | None:
    """What to do about a text that is no symbol of this program, None where nothing is known of it."""
    if symbol := modelled_fund(text):
        return _MODELLED_FUND[symbol]
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
