"""Why a file is not taken: a fault of its own, or a question that only a person can answer."""

from __future__ import annotations

from engine.errors import BadData, ConfigError
from engine.messages import Message, listed, message


class Fault(BadData):
    """``where`` in the file: its line, and what stands there. ``import_csv`` puts the file's name before it."""

    def __init__(self, what: Message, where: object = "", *, hint: Message | None = None) -> None:
        self.where: str = str(where)
        super().__init__(what, hint=hint)


class Unclear(ConfigError):
    """The file can be read in several ways. ``option`` is what settles it, ``choices`` the answers."""

    def __init__(self, what: Message, option: str, choices: tuple[str, ...]) -> None:
        self.option = option
        self.choices = choices
        ways = listed(choices, last="or")
        super().__init__(what, hint=message("say which: --{option} {choices}", option=option, choices=ways))
