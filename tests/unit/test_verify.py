import pytest

from engine.errors import BadData, DataError, StoreError
from engine.files import write_bytes
from engine.market import verify_series
from engine.market.providers import csv_folder
from engine.market.table import read_table
from engine.market.verify import FLOWS, verify_folder
from tests.market_helpers import made, save_csv, walk

ASSETS = "symbol,kind,currency\nMYFUND,jp_fund,JPY\n"


def test_a_folder_of_all_kinds_of_files(tmp_path):
    iwm = walk("IWM")
    close = iwm.close.copy()
    close[700] *= 1.4
    save_csv(tmp_path, iwm)
    save_csv(tmp_path, made("IJR", iwm.dates, close))
    late = iwm.close.copy()
    late[700] *= 1.02
    save_csv(tmp_path, made("VTWO", iwm.dates, late))
    save_csv(tmp_path, walk("MYFUND", currency="JPY"))
    (tmp_path / "assets.csv").write_text(ASSETS)
    (tmp_path / "BND.csv").write_text("date,close\n2024-01-04,x\n")
    (tmp_path / "USDJPY.csv").write_text("date,close\n2024-01-04,144\n2024-01-05,90\n")
    (tmp_path / "USDJPY_BAD.csv").write_text("day,close\n")
    (tmp_path / "USDJPY_MONTHLY.csv").write_text(
        "date,close\n2024-01-31,144\n2024-02-29,150\n2024-03-29,151\n"
    )
    (tmp_path / "IWM_FLOWS_WEEKLY.csv").write_text("date,flow_usd\n2024-01-05,1e9\n2024-01-12,-2e9\n")
    (tmp_path / "IJR_FLOWS_MONTHLY.csv").write_text("date,flow_usd\n2024-01-31,much\n")
    (tmp_path / "notes_of_mine.csv").write_text("anything\n")
    found = {item.name: item for item in verify_folder(tmp_path)}
    rules = {name: {finding.rule for finding in item.findings} for name, item in found.items()}
    assert rules["IWM"] == set()
    assert {"jump"} <= rules["IJR"]
    assert "stale_against_peer" in rules["VTWO"]
    assert rules["MYFUND"] == set()
    assert rules["BND"] == rules["USDJPY_BAD"] == {"unreadable"}
    assert "BND.csv:2: close: 'x'" in str(found["BND"].findings[0].message)
    assert rules["USDJPY"] == {"another_rate"}
    assert found["USDJPY_MONTHLY"].skipped == verify_series.MONTHLY
    assert found["notes_of_mine"].skipped
    assert found["IWM_FLOWS_WEEKLY"].skipped == FLOWS
    assert [str(day) for day in found["IWM_FLOWS_WEEKLY"].dates] == ["2024-01-05", "2024-01-12"]
    assert rules["IJR_FLOWS_MONTHLY"] == {"unreadable"}
    assert "IJR_FLOWS_MONTHLY.csv:2: flow_usd: 'much'" in str(found["IJR_FLOWS_MONTHLY"].findings[0].message)
    assert found["IWM"].series is not None


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: No such file"):
        read_table(tmp_path / "none.csv", (), one_of=("close",))


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match="taken"):
        write_bytes(tmp_path / "taken" / "x.csv", b"text")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(StoreError, match=r"folder\.csv"):
        write_bytes(tmp_path / "folder.csv", b"text")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "taken"]


def test_a_heading_that_is_broken_csv(tmp_path):
    (tmp_path / "A.csv").write_text('date,close\n2024-01-04,"1"2\n')
    with pytest.raises(BadData, match=r"A\.csv:2: "):
        csv_folder.load(tmp_path, "A")
