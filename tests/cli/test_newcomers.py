# ruff: noqa: E501
"""Mistakes of newcomers: each ends in one line of the person's language, on the right line, and writes nothing.

What the line suggests is then written: the file is taken. ``FIFTY`` are files, ``TYPED`` command lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engine.config import load_config
from engine.context import load_panel
from engine.market.providers import csv_folder, sample
from tests.person import type_in

GOOD = """\
name: plan
description: small caps
currency: JPY
period: {start: 2001-01-01, end: 2025-12-31}
strategy:
  allocation: {type: core_satellite, core: VOO, satellite: IJR, satellite_weight: 0.10}
  contributions:
    type: monthly
    amount: 100_000
    day: 1
  rebalancing: {type: no_sell}
accounts: [nisa, taxable]
costs: {broker: none}
execution: {whole_shares: true}
dividends: cash
data: {source: auto}
"""


@dataclass(frozen=True)
class Mistake:
    """``right`` in ``GOOD`` is written ``wrong``: exit code, line, what is said behind it, what it makes one write.

    ``mended`` None: what is suggested is an import of one's own prices, or a fund that the sample lacks.
    """

    right: str
    wrong: str
    code: int
    line: int
    english: str
    japanese: str
    mended: str | None
    encoding: str = "utf-8"


FIFTY = [
    Mistake('    amount: 100_000', '\tamount: 100_000', 2, 9,
        ':1: not YAML: a tab before a key or a value (indent with spaces, not tabs)',
        ':1：YAMLとして読めません。項目や値の前にタブがあります。字下げはタブではなく空白にしてください',
        '    amount: 100_000'),
    Mistake('    amount: 100_000', '\u3000\u3000\u3000\u3000amount: 100_000', 2, 9,
        ':1: not YAML: a full-width space before a key or a value (indent with spaces of half width)',
        ':1：YAMLとして読めません。項目や値の前に全角の空白があります。字下げは半角の空白にしてください',
        '    amount: 100_000'),
    Mistake('    amount: 100_000', '      amount: 100_000', 2, 9,
        ':7: not YAML: the indentation does not fit the lines above (4 spaces before it, as on line 8)',
        ':7：YAMLとして読めません。字下げが上の行と合っていません。8行目と同じく、先頭の空白を4個にしてください',
        '    amount: 100_000'),
    Mistake('amount: 100_000', 'amount：100_000', 2, 9,
        ':11: not YAML: a full-width colon (write amount: 100_000)',
        ':11：YAMLとして読めません。全角の「：」があります。amount: 100_000 と書いてください',
        'amount: 100_000'),
    Mistake('amount: 100_000', 'amount:\u3000100_000', 2, 9,
        ':11: not YAML: a full-width space after a colon (write amount: 100_000)',
        ':11：YAMLとして読めません。: のあとの空白が全角です。amount: 100_000 と書いてください',
        'amount: 100_000'),
    Mistake('amount: 100_000', 'amount:100_000', 2, 9,
        ':12: not YAML: no space after a colon (write amount: 100_000)',
        ':12：YAMLとして読めません。: のあとに空白がありません。amount: 100_000 と書いてください',
        'amount: 100_000'),
    Mistake('strategy:\n', 'strategy\n', 2, 5,
        ':1: not YAML: a key without a colon after it (write strategy:)',
        ':1：YAMLとして読めません。項目名のあとに : がありません。strategy: と書いてください',
        'strategy:\n'),
    Mistake('name: plan', 'name = plan', 2, 1,
        ':1: not YAML: a key without a colon after it (write name: plan)',
        ':1：YAMLとして読めません。項目名のあとに : がありません。name: plan と書いてください',
        'name: plan'),
    Mistake('{type: no_sell}', '{type: no_sell', 2, 11,
        ':16: not YAML: keys whose brace is not closed (put } at its end)',
        ':16：YAMLとして読めません。項目の波かっこが閉じていません。終わりに } を書いてください',
        '{type: no_sell}'),
    Mistake('{type: no_sell}', 'type: no_sell}', 2, 11,
        ':20: not YAML: a closing } that nothing opens (write {type: no_sell})',
        ':20：YAMLとして読めません。閉じる } に対応する開きかっこがありません。{type: no_sell} と書いてください',
        '{type: no_sell}'),
    Mistake('{type: no_sell}', '{type:no_sell}', 2, 11,
        ': "type:no_sell": no colon and space after a key (write type: no_sell)',
        '："type:no_sell"：項目名のあとに : と空白がありません。type: no_sell と書いてください',
        '{type: no_sell}'),
    Mistake('{type: no_sell}', '{type： no_sell}', 2, 11,
        ': "type： no_sell": no colon and space after a key (write type: no_sell)',
        '："type： no_sell"：項目名のあとに : と空白がありません。type: no_sell と書いてください',
        '{type: no_sell}'),
    Mistake('{type: no_sell}', '｛type: no_sell｝', 2, 11,
        ':16: not YAML: a full-width bracket ｛ (write {type: no_sell})',
        ':16：YAMLとして読めません。全角のかっこ「｛」があります。{type: no_sell} と書いてください',
        '{type: no_sell}'),
    Mistake('IJR, satellite_weight', 'IJR、satellite_weight', 2, 6,
        ':80: not YAML: no comma between two values (a comma of half width instead of 、)',
        ':80：YAMLとして読めません。値と値の間に半角のカンマがありません。「、」を半角のカンマにしてください',
        'IJR, satellite_weight'),
    Mistake('[nisa, taxable]', '[nisa, taxable', 2, 12,
        ':11: not YAML: a list whose bracket is not closed (put ] at its end)',
        ':11：YAMLとして読めません。リストの角かっこ [ が閉じていません。終わりに ] を書いてください',
        '[nisa, taxable]'),
    Mistake('small caps', '"small caps', 2, 2,
        ':14: not YAML: a text in quotes that does not end (close it on its line)',
        ':14：YAMLとして読めません。引用符が閉じていません。同じ行で閉じてください',
        '"small caps"'),
    Mistake('small caps', "'it''s small", 2, 2,
        ':14: not YAML: a text in quotes that does not end (close it on its line)',
        ':14：YAMLとして読めません。引用符が閉じていません。同じ行で閉じてください',
        "'it''s small'"),
    Mistake('small caps', 'small: caps', 2, 2,
        ':19: not YAML: a colon inside a value (write "small: caps")',
        ':19：YAMLとして読めません。値の中に : があります。"small: caps" と書いてください',
        '"small: caps"'),
    Mistake('small caps', '@small caps', 2, 2,
        ':14: not YAML: a text that begins with a sign which YAML keeps for itself (put the text in quotes)',
        ':14：YAMLとして読めません。YAMLで特別な意味を持つ記号から始まっています。引用符で囲んでください',
        '"@small caps"'),
    Mistake('[nisa, taxable]', '\n  - nisa\n  taxable', 2, 14,
        ':3: not YAML: a list item without its - (write - taxable)',
        ':3：YAMLとして読めません。リストの行の先頭に - がありません。- taxable と書いてください',
        '\n  - nisa\n  - taxable'),
    Mistake('[nisa, taxable]', '\n  -nisa\n  -taxable', 2, 12,
        ': accounts: came "-nisa -taxable", allowed a list, such as [a, b] (write [nisa, taxable])',
        '：accounts："-nisa -taxable" は使えません。[a, b] のようなリストを指定してください。[nisa, taxable] と書いてください',
        '[nisa, taxable]'),
    Mistake('[nisa, taxable]', '- nisa', 2, 12,
        ':11: not YAML: a - where no list can be (a list begins on the line below, or is written [a, b])',
        ':11：YAMLとして読めません。リストを書けない場所に - があります。リストは次の行から書くか、[a, b] と書いてください',
        '[nisa]'),
    Mistake('    day: 1', '    day: 1\n    amount: 50_000', 2, 11,
        ': amount: this key is already given at x.yaml:9',
        '：amount：この項目はすでに x.yaml:9 にあります',
        '    day: 1'),
    Mistake('small caps', '小型株', 2, 2,
        ': the file is in Shift_JIS, not in UTF-8 (save the file as UTF-8)',
        '：文字コードがUTF-8ではなくShift_JISです。UTF-8で保存してください',
        '小型株', 'cp932'),
    Mistake('small caps', '小型株', 2, 1,
        ': the file is in UTF-16, not in UTF-8 (save the file as UTF-8)',
        '：文字コードがUTF-8ではなくUTF-16です。UTF-8で保存してください',
        '小型株', 'utf-16'),
    Mistake('100_000', '100,000', 2, 9,
        ': strategy.contributions.amount: came "100,000", allowed an amount above 0, such as 100000 (write 100000)',
        '：strategy.contributions.amount："100,000" は使えません。0より大きい金額（例 100000）を指定してください。100000 と書いてください',
        '100000'),
    Mistake('100_000', '10万円', 2, 9,
        ': strategy.contributions.amount: came "10万円", allowed an amount above 0, such as 100000 (write 100000)',
        '：strategy.contributions.amount："10万円" は使えません。0より大きい金額（例 100000）を指定してください。100000 と書いてください',
        '100000'),
    Mistake('100_000', '1億', 2, 9,
        ': strategy.contributions.amount: came "1億", allowed an amount above 0, such as 100000 (write 100000000)',
        '：strategy.contributions.amount："1億" は使えません。0より大きい金額（例 100000）を指定してください。100000000 と書いてください',
        '100000000'),
    Mistake('100_000', '¥100000', 2, 9,
        ': strategy.contributions.amount: came "¥100000", allowed an amount above 0, such as 100000 (write 100000)',
        '：strategy.contributions.amount："¥100000" は使えません。0より大きい金額（例 100000）を指定してください。100000 と書いてください',
        '100000'),
    Mistake('100_000', '１００', 2, 9,
        ': strategy.contributions.amount: came "１００", allowed an amount above 0, such as 100000 (write 100)',
        '：strategy.contributions.amount："１００" は使えません。0より大きい金額（例 100000）を指定してください。100 と書いてください',
        '100'),
    Mistake('100_000', '“100000”', 2, 9,
        ': strategy.contributions.amount: came "“100000”", allowed an amount above 0, such as 100000 (write 100000)',
        '：strategy.contributions.amount："“100000”" は使えません。0より大きい金額（例 100000）を指定してください。100000 と書いてください',
        '100000'),
    Mistake('100_000', '"100000"', 2, 9,
        ': strategy.contributions.amount: came "100000", allowed an amount above 0, such as 100000 (without quotes: 100000)',
        '：strategy.contributions.amount："100000" は使えません。0より大きい金額（例 100000）を指定してください。引用符を付けずに 100000 と書いてください',
        '100000'),
    Mistake('100_000', '$1,000', 2, 9,
        ': strategy.contributions.amount: came "$1,000", allowed an amount above 0, such as 100000 (amounts are in JPY here, as the key currency says)',
        '：strategy.contributions.amount："$1,000" は使えません。0より大きい金額（例 100000）を指定してください。このファイルの金額は JPY です（項目 currency）',
        '1000'),
    Mistake('0.10', '10%', 2, 6,
        ': strategy.allocation.satellite_weight: came "10%", allowed 0 to 1 (10% is 0.1)',
        '：strategy.allocation.satellite_weight："10%" は使えません。0から1までの数を指定してください。10% は 0.1 と書きます',
        '0.1'),
    Mistake('0.10', '10 %', 2, 6,
        ': strategy.allocation.satellite_weight: came "10 %", allowed 0 to 1 (10 % is 0.1)',
        '：strategy.allocation.satellite_weight："10 %" は使えません。0から1までの数を指定してください。10 % は 0.1 と書きます',
        '0.1'),
    Mistake('0.10', '10', 2, 6,
        ': strategy.allocation.satellite_weight: came 10, allowed 0 to 1 (10 % is 0.1)',
        '：strategy.allocation.satellite_weight：10 は使えません。0から1までの数を指定してください。10 % は 0.1 と書きます',
        '0.1'),
    Mistake('0.10', '１０', 2, 6,
        ': strategy.allocation.satellite_weight: came "１０", allowed 0 to 1 (10 % is 0.1)',
        '：strategy.allocation.satellite_weight："１０" は使えません。0から1までの数を指定してください。10 % は 0.1 と書きます',
        '0.1'),
    Mistake('0.10', '0,1', 2, 6,
        ': a comma inside a number: 0,1 (write 0.1)',
        '：数の中にカンマがあります：0,1。0.1 と書いてください',
        '0.1'),
    Mistake('2001-01-01', '平成13年1月4日', 2, 4,
        ': period.start: came "平成13年1月4日", allowed a date such as 2001-01-31 (write 2001-01-04)',
        '：period.start："平成13年1月4日" は使えません。2001-01-31 のような日付を指定してください。2001-01-04 と書いてください',
        '2001-01-04'),
    Mistake('2001-01-01', '2001年1月1日', 2, 4,
        ': period.start: came "2001年1月1日", allowed a date such as 2001-01-31 (write 2001-01-01)',
        '：period.start："2001年1月1日" は使えません。2001-01-31 のような日付を指定してください。2001-01-01 と書いてください',
        '2001-01-01'),
    Mistake('2001-01-01', '2001/1/1', 2, 4,
        ': period.start: came "2001/1/1", allowed a date such as 2001-01-31 (write 2001-01-01)',
        '：period.start："2001/1/1" は使えません。2001-01-31 のような日付を指定してください。2001-01-01 と書いてください',
        '2001-01-01'),
    Mistake('2001-01-01', '2001', 2, 4,
        ': period.start: came 2001, allowed a date such as 2001-01-31 (2001-01-01 begins it, 2001-12-31 ends it)',
        '：period.start：2001 は使えません。2001-01-31 のような日付を指定してください。始まりは 2001-01-01、終わりは 2001-12-31 と書きます',
        '2001-01-01'),
    Mistake('whole_shares: true', 'whole_shares: はい', 2, 14,
        ': execution.whole_shares: came "はい", allowed true or false (write true)',
        '：execution.whole_shares："はい" は使えません。true か false を指定してください。true と書いてください',
        'whole_shares: true'),
    Mistake('whole_shares: true', 'whole_shares: yes', 2, 14,
        ': execution.whole_shares: came "yes", allowed true or false (write true)',
        '：execution.whole_shares："yes" は使えません。true か false を指定してください。true と書いてください',
        'whole_shares: true'),
    Mistake('whole_shares: true', 'whole_shares: "true"', 2, 14,
        ': execution.whole_shares: came "true", allowed true or false (without quotes: true)',
        '：execution.whole_shares："true" は使えません。true か false を指定してください。引用符を付けずに true と書いてください',
        'whole_shares: true'),
    Mistake('type: monthly', 'type: 毎月', 2, 8,
        ': strategy.contributions.type: came "毎月", allowed lump_sum, monthly, annual, fill_quota, schedule, python or none (did you mean monthly?)',
        '：strategy.contributions.type："毎月" は使えません。lump_sum、monthly、annual、fill_quota、schedule、python、またはnoneを指定してください。monthly のことですか？',
        'type: monthly'),
    Mistake('day: 1', 'day: 末日', 2, 10,
        ': strategy.contributions.day: came "末日", allowed a whole number from 1 to 31 (write 31)',
        '：strategy.contributions.day："末日" は使えません。1から31までの整数を指定してください。31 と書いてください',
        'day: 31'),
    Mistake('[nisa, taxable]', 'nisa, taxable', 2, 12,
        ': accounts: came "nisa, taxable", allowed a list, such as [a, b] (write [nisa, taxable])',
        '：accounts："nisa, taxable" は使えません。[a, b] のようなリストを指定してください。[nisa, taxable] と書いてください',
        '[nisa, taxable]'),
    Mistake('[nisa, taxable]', '特定口座', 2, 12,
        ': accounts: came "特定口座", allowed a list, such as [a, b] (write [taxable])',
        '：accounts："特定口座" は使えません。[a, b] のようなリストを指定してください。[taxable] と書いてください',
        '[taxable]'),
    Mistake('[nisa, taxable]', '[nisa、taxable]', 2, 12,
        ': accounts.0: came "nisa、taxable", allowed plain, taxable or nisa (write [nisa, taxable])',
        '：accounts.0："nisa、taxable" は使えません。plain、taxable、またはnisaを指定してください。[nisa, taxable] と書いてください',
        '[nisa, taxable]'),
    Mistake('currency: JPY', '通貨: JPY', 2, 3,
        ': 通貨: unknown key, allowed: name, description, currency, period, strategy, accounts, account_rules, costs, execution, dividends, idle_cash, deposit_rate, risk_free, data, inflation, liquidation, person, holdings (did you mean currency?)',
        '：通貨：この項目はありません。使える項目：name、description、currency、period、strategy、accounts、account_rules、costs、execution、dividends、idle_cash、deposit_rate、risk_free、data、inflation、liquidation、person、holdings。currency のことですか？',
        'currency: JPY'),
    Mistake('broker: none', 'broker: 楽天証券', 2, 13,
        ': costs.broker: came "楽天証券", allowed none, sbi, rakuten or monex (did you mean rakuten?)',
        '：costs.broker："楽天証券" は使えません。none、sbi、rakuten、またはmonexを指定してください。rakuten のことですか？',
        'broker: rakuten'),
    Mistake('{broker: none}', 'sbi', 2, 13,
        ': costs: came "sbi", allowed keys: broker, commission_rate, commission_min, commission_cap, fx_spread (write {broker: sbi})',
        '：costs："sbi" は使えません。項目と値の組（使える項目：broker、commission_rate、commission_min、commission_cap、fx_spread）を指定してください。{broker: sbi} と書いてください',
        '{broker: sbi}'),
    Mistake('name: plan', 'name: 私の プラン', 2, 1,
        ': name: came "私の プラン", allowed 1 to 80 letters, digits, -, _ and . that make a safe file name (without \' \')',
        '：name："私の プラン" は使えません。ファイル名にできる80文字までの名前（文字・数字・-・_・.）を指定してください。\' \' は使えません',
        'name: 私のプラン'),
    Mistake('IJR', 'ijr', 3, 6,
        ": unknown asset 'ijr': neither in the registry nor a US ticker (did you mean IJR?)",
        '：「ijr」は登録されていない銘柄です。IJR のことですか？',
        'IJR'),
    Mistake('IJR', 'ＩＪＲ', 2, 6,
        ': strategy.allocation.satellite: came "ＩＪＲ", allowed a symbol such as VOO (write IJR)',
        '：strategy.allocation.satellite："ＩＪＲ" は使えません。VOO のような銘柄コードを指定してください。IJR と書いてください',
        'IJR'),
    Mistake('IJR', '２５５８', 2, 6,
        ': strategy.allocation.satellite: came "２５５８", allowed a symbol such as VOO (a code of Tokyo\'s exchange: write 2558.T)',
        '：strategy.allocation.satellite："２５５８" は使えません。VOO のような銘柄コードを指定してください。東証の銘柄コードは 2558.T と書いてください',
        '2558.T'),
    Mistake('IJR', '255800', 2, 6,
        ': strategy.allocation.satellite: came 255800, allowed a symbol such as VOO (`backtest assets` lists the known ones; if it is imported so, in quotes: "255800")',
        '：strategy.allocation.satellite：255800 は使えません。VOO のような銘柄コードを指定してください。`backtest assets` で一覧が出ます。この名前で取り込んである場合は、引用符で囲んでください："255800"',
        None),
    Mistake('IJR', '0331418A', 3, 6,
        ": unknown asset '0331418A': neither in the registry nor a US ticker (JP_ACWI models that fund from the prices of VT; prices of your own: backtest data import)",
        '：「0331418A」は登録されていない銘柄です。その投信のモデル JP_ACWI が使えます（VTの価格から計算します）。実際の基準価額は backtest data import で取り込めます',
        None),
    Mistake('IJR', 'JP90C000H1T1', 3, 6,
        ": unknown asset 'JP90C000H1T1': neither in the registry nor a US ticker (a fund's code: import its prices, backtest data import FILE.csv --as MYFUND --kind jp_fund)",
        '：「JP90C000H1T1」は登録されていない銘柄です。投信のコードです。基準価額のファイルを取り込んでください：backtest data import FILE.csv --as MYFUND --kind jp_fund',
        None),
    Mistake('IJR', 'オルカン', 2, 6,
        ': strategy.allocation.satellite: came "オルカン", allowed a symbol such as VOO (JP_ACWI models that fund from the prices of VT; prices of your own: backtest data import)',
        '：strategy.allocation.satellite："オルカン" は使えません。VOO のような銘柄コードを指定してください。その投信のモデル JP_ACWI が使えます（VTの価格から計算します）。実際の基準価額は backtest data import で取り込めます',
        None),
    Mistake('IJR', 'eMAXIS Slim 全世界株式（除く日本）', 2, 6,
        ': strategy.allocation.satellite: came "eMAXIS Slim 全世界株式（除く日本）", allowed a symbol such as VOO (JP_SLIM_ACWI_EX_JAPAN models that fund from the prices of VT; prices of your own: backtest data import)',
        '：strategy.allocation.satellite："eMAXIS Slim 全世界株式（除く日本）" は使えません。VOO のような銘柄コードを指定してください。その投信のモデル JP_SLIM_ACWI_EX_JAPAN が使えます（VTの価格から計算します）。実際の基準価額は backtest data import で取り込めます',
        None),
    Mistake('IJR', 'SBI・V・S&P500', 2, 6,
        ': strategy.allocation.satellite: came "SBI・V・S&P500", allowed a symbol such as VOO (JP_SBIV_SP500 models that fund from the prices of VOO; prices of your own: backtest data import)',
        '：strategy.allocation.satellite："SBI・V・S&P500" は使えません。VOO のような銘柄コードを指定してください。その投信のモデル JP_SBIV_SP500 が使えます（VOOの価格から計算します）。実際の基準価額は backtest data import で取り込めます',
        'JP_SBIV_SP500'),
    Mistake('data: {source: auto}', 'data: sample', 2, 16,
        ': data: came "sample", allowed keys: source, splice, frequency, usdjpy (write {source: sample})',
        '：data："sample" は使えません。項目と値の組（使える項目：source、splice、frequency、usdjpy）を指定してください。{source: sample} と書いてください',
        'data: {source: sample}'),
    Mistake('{type: no_sell}', '毎年', 2, 11,
        ': strategy.rebalancing: came "毎年", allowed none, no_sell, calendar, or keys (did you mean calendar?)',
        '：strategy.rebalancing："毎年" は使えません。none、no_sell、calendar、または項目と値の組を指定してください。calendar のことですか？',
        'calendar'),
]  # fmt: skip
LANGUAGES = ("english", "japanese")


def typed(capsys, language: str, *words: object):
    return type_in(capsys, *words, "--lang", "en" if language == "english" else "ja")


def test_the_starting_point_is_right(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_panel(load_config(path), source="sample").symbols == ("VOO", "IJR")


def test_they_are_fifty():
    assert len(FIFTY) >= 50
    assert len({(item.right, item.wrong, item.encoding) for item in FIFTY}) == len(FIFTY)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("item", FIFTY, ids=lambda item: f"{item.wrong.strip()[:30]}-{item.encoding}")
def test_a_mistake_in_a_file(capsys, tmp_path, monkeypatch, item, language):
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_bytes(GOOD.replace(item.right, item.wrong, 1).encode(item.encoding))
    said = typed(capsys, language, "run", "x.yaml", "--data", "sample")
    assert said.code == item.code
    assert said.line == f"x.yaml:{item.line}{getattr(item, language)}"
    assert said.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize(
    "item", [item for item in FIFTY if item.mended is not None], ids=lambda item: item.wrong.strip()[:30]
)
def test_what_is_suggested_is_taken(tmp_path, item):
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace(item.right, item.mended, 1), encoding="utf-8")
    load_panel(load_config(path), source="sample")


def prices(folder: Path, **of: str) -> Path:
    """A folder of the sample's prices under symbols of one's own: ``VT="SPY"``."""
    folder.mkdir()
    for name, symbol in of.items():
        (folder / f"{name}.csv").write_text(csv_folder.text_of(sample.load(symbol)), encoding="utf-8")
    return folder


def nav_file(path: Path) -> Path:
    """A fund company's file, in Shift_JIS, of the sample's sessions."""
    days = sample.load("SPY").dates
    navs = np.round(10_000 * np.cumprod(1 + 0.0003 * (1 + np.sin(np.arange(days.size)))))
    rows = [f"{str(day).replace('-', '/')},{int(nav)},0" for day, nav in zip(days, navs)]
    path.write_text("\n".join(["基準日,基準価額(円),分配金(円)", *rows, ""]), encoding="cp932")
    return path


@pytest.mark.parametrize(
    "item", [item for item in FIFTY if "--as" in item.english], ids=lambda item: item.wrong
)
def test_the_import_that_is_suggested_serves(capsys, tmp_path, monkeypatch, item):
    """A Tokyo code, an association's code, a fund's name: the command line as printed, its file the person's."""
    monkeypatch.chdir(tmp_path)
    command = re.search(r"backtest (data import FILE\.csv [^;)]*)", item.english)[1]
    nav_file(Path("FILE.csv"))
    prices(tmp_path / "prices", VOO="VOO")
    assert type_in(capsys, *command.split(), "--yes", "--quiet").code == 0
    symbol = re.search(r"--as (\S+)", command)[1]
    Path("x.yaml").write_text(GOOD.replace(item.right, symbol, 1), encoding="utf-8")
    panel = load_panel(load_config("x.yaml"), source="csv:prices")
    assert (panel.symbols, panel.asset_currency) == (("VOO", symbol), ("USD", "JPY"))


def test_a_fund_of_ones_own_beside_an_etf(capsys, tmp_path, monkeypatch):
    """The commands of docs/data.md: a company's NAVs and an ETF's prices in one folder, both in one plan."""
    monkeypatch.chdir(tmp_path)
    nav_file(Path("nav.csv"))
    prices(tmp_path / "downloads", VOO="VOO")
    for words in ("nav.csv --as MYFUND --kind jp_fund", "downloads/VOO.csv"):
        said = type_in(capsys, "data", "import", *words.split(), "--into", "prices", "--yes", "--quiet")
        assert (said.code, said.error) == (0, "")
    Path("plan.yaml").write_text(GOOD.replace("IJR", "MYFUND"), encoding="utf-8")
    said = type_in(capsys, "run", "plan.yaml", "--data", "csv:prices", "--quiet")
    assert (said.code, said.error) == (0, "")
    bought = Path("results/plan/transactions.csv").read_text("utf-8-sig")
    assert all(f",{symbol}," in bought for symbol in ("VOO", "MYFUND"))


def test_a_number_that_was_imported_as_a_symbol_is_quoted(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace("IJR", '"2558"'), encoding="utf-8")
    folder = prices(tmp_path / "prices", VOO="VOO", **{"2558": "SPY"})
    (folder / "assets.csv").write_text("symbol,kind,currency\n2558,jp_fund,JPY\n", encoding="utf-8")
    assert load_panel(load_config(path), source=f"csv:{folder}").symbols == ("VOO", "2558")


def test_the_modelled_world_fund_needs_the_prices_it_names(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace("IJR", "JP_ACWI"), encoding="utf-8")
    folder = prices(tmp_path / "prices", VOO="VOO", VT="SPY")
    assert load_panel(load_config(path), source=f"csv:{folder}").asset_currency == ("USD", "JPY")


@pytest.mark.parametrize("wrong", ["\ufeff", "\ufeff# プラン\n"])
def test_a_byte_order_mark_is_no_mistake(tmp_path, wrong):
    path = tmp_path / "x.yaml"
    path.write_text(wrong + GOOD, encoding="utf-8")
    assert load_config(path).name == "plan"


# --- command lines ------------------------------------------------------------------------------------------

# what is typed, exit code, the English line, the Japanese one
TYPED = [
    ("rnu x.yaml", 2, "there is no command 'rnu' (did you mean run?)",
     "「rnu」というコマンドはありません。run のことですか？"),
    ("run", 2, "CONFIG...: missing", "CONFIG... を指定してください"),
    ("run x", 2, "x: no such file (did you mean x.yaml?)", "x：ファイルがありません。x.yaml のことですか？"),
    ("run prices", 2, "prices: this is a folder, allowed: a file", "prices：フォルダーです。ファイルを指定してください"),
    ("run x.yaml --dat sample", 2, "there is no option --dat (did you mean --audit, --data or --set?)",
     "--dat というオプションはありません。--audit、--data、または--set のことですか？"),
    ("run x.yaml -data sample", 2, "there is no option -data (did you mean --data?)",
     "-data というオプションはありません。--data のことですか？"),
    ("run x.yaml ―data sample", 2, "there is no option ―data (did you mean --data?)",
     "―data というオプションはありません。--data のことですか？"),
    ("run x.yaml --data prices", 2,
     "data source 'prices' is not one of auto, yahoo, stooq, sample, century, french, french:ZIP, shiller:FILE, csv:DIR (a folder of files: csv:prices)",
     "価格の出所「prices」は使えません。使えるのは auto、yahoo、stooq、sample、century、french、french:ZIPファイル、shiller:ファイル、csv:フォルダー。フォルダーは csv:prices と書きます"),
    ("run x.yaml --data ヤフー", 2,
     "data source 'ヤフー' is not one of auto, yahoo, stooq, sample, century, french, french:ZIP, shiller:FILE, csv:DIR (did you mean yahoo?)",
     "価格の出所「ヤフー」は使えません。使えるのは auto、yahoo、stooq、sample、century、french、french:ZIPファイル、shiller:ファイル、csv:フォルダー。yahoo のことですか？"),
    ("run x.yaml --data csv:prices", 3, "prices: no VOO.csv (it has no CSV file)",
     "prices：VOO.csvがありません。CSVファイルが1つもありません"),
    ("run x.yaml --set strategy.contributions.amount=10万円", 2,
     '--set strategy.contributions.amount: came "10万円", allowed an amount above 0, such as 100000 (write 100000)',
     '--set strategy.contributions.amount："10万円" は使えません。0より大きい金額（例 100000）を指定してください。100000 と書いてください'),
    ("windows x.yaml --every 毎月", 2, "--every: came '毎月', allowed month, quarter or year (did you mean month?)",
     "--every：「毎月」は使えません。month、quarter、またはyearを指定してください。month のことですか？"),
    ("bootstrap x.yaml --years 10年", 2, "--years: came '10年', allowed a whole number from 1 to 70 (write 10)",
     "--years：「10年」は使えません。1から70までの整数を指定してください。10 と書いてください"),
    ("bootstrap x.yaml --paths 1,000", 2,
     "--paths: came '1,000', allowed a whole number from 1 to 10,000,000 (write 1000)",
     "--paths：「1,000」は使えません。1から10,000,000までの整数を指定してください。1000 と書いてください"),
    ("report nowhere", 4, "nowhere: holds no result (manifest.json is missing) (make one with: backtest run)",
     "nowhere：結果のフォルダーではありません（manifest.json がありません）。backtest run で作れます"),
    ("data fetch ２５５８", 3,
     "unknown asset '２５５８': neither in the registry nor a US ticker (a code of Tokyo's exchange: write 2558.T)",
     "「２５５８」は登録されていない銘柄です。東証の銘柄コードは 2558.T と書いてください"),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("item", TYPED, ids=lambda item: item[0])
def test_a_mistake_in_a_command_line(capsys, tmp_path, monkeypatch, item, language):
    monkeypatch.chdir(tmp_path)
    words, code, *lines = item
    Path("x.yaml").write_text(GOOD, encoding="utf-8")
    Path("prices").mkdir()
    said = typed(capsys, language, *words.split())
    assert (said.code, said.line) == (code, lines[LANGUAGES.index(language)])
    assert said.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prices", "x.yaml"]
    assert not list((tmp_path / "prices").iterdir())
