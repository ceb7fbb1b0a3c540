"""Writing a small text file at once or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from engine.errors import StoreError


def replace_text(path: Path, text: str) -> None:
    """Write ``text`` (UTF-8) to ``path``, in one step that a reader sees whole or not at all.

    :raises StoreError: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
