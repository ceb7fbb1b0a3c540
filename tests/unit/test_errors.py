"""An error is one line that a terminal can show."""

import pickle

import pytest

from engine.errors import BacktestError, BadData, RateLimited
from engine.messages import Message, message


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
    assert str(BacktestError(Message(came))) == told
    error = BadData(Message("here"), hint=Message(came))
    assert str(error) == f"here ({told})"


def test_an_error_travels_between_processes_with_its_fields() -> None:
    made = RateLimited(message("{place} waits", place="x"), hint=message("later"), retry_after=3.0)
    found = pickle.loads(pickle.dumps(made))
    assert (str(found), found.message, found.hint, found.retry_after) == (
        "x waits (later)", made.message, made.hint, 3.0
    )  # fmt: skip
