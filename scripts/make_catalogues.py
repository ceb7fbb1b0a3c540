"""Make engine/locale/XX.mo, which the program reads, from XX.po, which people edit.

python scripts/make_catalogues.py
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[1] / "engine" / "locale"


def compiled(path: Path) -> bytes:
    """What gettext reads of a catalogue."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    # Babel writes the hour into the file: the same texts would give other bytes.
    catalogue.creation_date = catalogue.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Every catalogue."""
    for path in sorted(FOLDER.glob("*.po")):
        path.with_suffix(".mo").write_bytes(compiled(path))


if __name__ == "__main__":
    main()
