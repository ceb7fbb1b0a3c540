"""An error is one line that a terminal can show."""

import pytest

from engine.errors import BacktestError, BadData


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ("two\nlines \t and  spaces", "two lines and spaces"),
        ("基準価額 ¥1,000 é", "基準価額 ¥1,000 é"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("right\u202eto left", "right\\u202eto left"),
        ("half a pair: \udcff", "half a pair: \\udcff"),
    ],
)
def test_one_line_without_control_characters(came: str, told: str) -> None:
    assert str(BacktestError(came)) == told
    error = BadData("here", hint=came)
    assert str(error) == f"here ({told})"
