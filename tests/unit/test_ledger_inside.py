"""The ledger's inner functions, one by one, as plain Python: what a whole life hardly shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.uncompiled import uncompiled


@pytest.fixture(name="ledger", scope="module")
def uncompiled_ledger() -> Iterator[Any]:
    with uncompiled() as ledger:
        yield ledger


def test_floor_yen_forgives_noise(ledger: Any) -> None:
    floor = ledger.amounts.floor_yen
    assert floor(362_999.99999999) == 363_000
    assert floor(362_999.999) == 362_999
    assert floor(2e9 - 5e-7) == 2e9
    assert floor(-0.5) == -1
