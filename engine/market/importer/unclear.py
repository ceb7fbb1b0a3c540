"""A question about a file that only a person can answer."""

from __future__ import annotations

from engine.errors import ConfigError


class Unclear(ConfigError):
    """The file can be read in several ways. ``option`` is what settles it, ``choices`` the answers."""

    def __init__(self, message: str, option: str, choices: tuple[str, ...]) -> None:
        self.option = option
        self.choices = choices
        super().__init__(message, hint=f"say which: --{option} {' or '.join(choices)}")
