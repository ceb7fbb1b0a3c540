"""Random questions to the server: some in ``make test``, a hundred thousand by ``make fuzz``."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.web.fuzz import fuzz

INPUTS = int(os.environ.get("BACKTEST_WEB_INPUTS", "60"))


def test_random_questions_have_an_answer_or_a_sentence(tmp_path: Path) -> None:
    found = asyncio.run(fuzz(INPUTS, 7, tmp_path))
    assert sum(found.values()) == INPUTS
    assert sum(count for name, count in found.items() if name.endswith(" 200")) > INPUTS // 20
