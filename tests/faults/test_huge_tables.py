"""Files of two gigabytes (sparse: they take no disk) are refused in bounded memory."""

import tracemalloc

import pytest

from engine.errors import BadData
from engine.market.flows import load_flows
from engine.market.importer import import_csv
from engine.market.providers import csv_folder

HEADERS = {
    "prices": "date,close\n2024-01-04,1\n",
    "flows": "date,flow_usd\n2024-01-04,1\n",
    "fund": "基準日,基準価額\n" + "2024/01/04,1\n" * 6000,
}
READERS = {
    "prices": lambda path: csv_folder.load(path.parent, "HUGE"),
    "flows": lambda path: load_flows(path, "HUGE"),
    "fund": lambda path: import_csv(path, "HUGE"),
}


@pytest.mark.parametrize("kind", list(HEADERS))
def test_two_gigabytes(tmp_path, kind):
    path = tmp_path / "HUGE.csv"
    path.write_bytes(HEADERS[kind].encode())
    with path.open("ab") as file:
        file.truncate(2 * 2**30)
    tracemalloc.start()
    try:
        with pytest.raises(BadData, match=r"HUGE\.csv.*(more than|larger than|this is no)"):
            READERS[kind](path)
        assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    finally:
        tracemalloc.stop()
