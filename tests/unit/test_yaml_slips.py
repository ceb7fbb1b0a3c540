"""Slips of the hand in a YAML file: one line that names the place, what is wrong, and how it is written."""

from __future__ import annotations

import pytest

from engine.config import parse_config
from engine.errors import ConfigError

OPEN = "a text in quotes that does not end (close it on its line)"
BEHIND = "words behind a text in quotes (put the whole text in quotes)"
SLIPS = [
    # signs of a Japanese keyboard
    ("name: x\nperiod: ｛start: 2010-01-01, end: 2016-12-31｝\n",
     "2:9: a full-width bracket ｛ (write {start: 2010-01-01, end: 2016-12-31})"),
    ("name: x\naccounts:\n・nisa\n・taxable\n", "3:1: a list item that begins with ・ (write - nisa)"),
    ("name: x\naccounts:\n–nisa\n- taxable\n", "3:1: a list item that begins with – (write - nisa)"),
    ("strategy:\n  contributions:\n    -type: monthly\n      amount: 1\n",
     "3:6: no space after a - (write - type: monthly)"),
    # quotes: an apostrophe of a comment opens nothing, a doubled or escaped one closes nothing
    ('name: "a \\"b\\" c\ndescription: x\n', f"1:7: {OPEN}"),
    ('name: "say \\"yes\\"" more\n', f"1:21: {BEHIND}"),
    ("name: 'it''s'\ndescription: 'it''s open\n", f"2:14: {OPEN}"),
    ("name: x # it's\n# don't\ndescription: 'open\n", f"3:14: {OPEN}"),
    ('name: "x\nperiod: "y"\n', f"1:7: {OPEN}"),
    ('name: "x" and more\n', f"1:11: {BEHIND}"),
    # what belongs to nothing
    ("name: x\n}\n", "2:1: a closing } that nothing opens (take } away)"),
    ("period: {start: 2010-01-01}}\n", "1:28: a closing } that nothing opens (take } away)"),
    ("period: start: 2010-01-01}\n", "1:14: a closing } that nothing opens (write {start: 2010-01-01})"),
    ("strategy:\n  deploy: 1\n  - b\n", "3:3: a - where no list can be"),
    ("accounts:\n  - nisa\n  taxable\n", "3:3: a list item without its - (write - taxable)"),
    # colons and depth
    ("description: Ratio: 90 to 10\n", '1:19: a colon inside a value (write "Ratio: 90 to 10")'),
    ("period: start: 2010-01-01\n", "1:14: a colon inside a value (write {start: 2010-01-01})"),
    ("name x\nperiod: y\n", "1:1: a key without a colon after it (write name: x)"),
    ("strategy\n  deploy: 1\n", "1:1: a key without a colon after it (write strategy:)"),
    ("period:\n  start: 1\n    end: 2\n",
     "3:5: the indentation does not fit the lines above (2 spaces before it, as on line 2)"),
    ("period:\n    start: 1\n  end: 2\n", "3:3: the indentation does not fit the lines above"),  # of two as near
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), SLIPS)
def test_a_slip_is_named(text: str, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "x.yaml")
    place, _, why = line.partition(" ")
    assert str(caught.value) == f"x.yaml:{place} not YAML: {why}"
