"""Make engine/locale/XX.mo, which the program reads, from XX.po, which people edit.

python scripts/make_catalogues.py
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[1] / "engine" / "locale"


class Unsigned(Catalog):
    """A catalogue that does not say which Babel made it."""

    @property  # type: ignore[misc]
    def mime_headers(self) -> list[tuple[str, str]]:
        """The fields of the header."""
        return [(name, value) for name, value in super().mime_headers if name != "Generated-By"]


def compiled(path: Path) -> bytes:
    """What gettext reads of a catalogue."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    # Babel writes the hour and its own version into the file: the same texts would give other bytes.
    catalogue.creation_date = catalogue.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    catalogue.__class__ = Unsigned
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Every catalogue."""
    for path in sorted(FOLDER.glob("*.po")):
        path.with_suffix(".mo").write_bytes(compiled(path))


if __name__ == "__main__":
    main()
