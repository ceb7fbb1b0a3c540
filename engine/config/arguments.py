"""Arguments of the package's functions: as strict as the keys of a file, and refused in the same one line.

A program that says ``path=500`` for ``paths=500`` must not get an answer to another question. ``closed`` refuses
keywords that a function does not have, the functions below it values that an argument cannot take.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from engine.config import load_config
from engine.config.document import to_node
from engine.config.leaves import Leaf, Refused
from engine.config.messages import M, build
from engine.config.models import Config
from engine.config.wording import closest, one_of, show
from engine.errors import ConfigError

NO_FILE = "overrides belong to a file: came a configuration or a model that has none"
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def closed(options: type | None = None) -> Callable[[F], F]:
    """Make a function refuse a keyword that it does not have, and say which it has.

    ``options``: the TypedDict of its last parameter, where that is ``**name: Unpack[options]``; its keys are
    allowed too. The function then raises TypeError.
    """

    def decorate(function: F) -> F:
        parameters = inspect.signature(function).parameters.values()
        allowed = [item.name for item in parameters if item.kind is not item.VAR_KEYWORD]
        allowed += getattr(options, "__annotations__", ())

        @functools.wraps(function)
        def checked(*args: Any, **given: Any) -> Any:
            unknown = next((name for name in given if name not in allowed), None)
            if unknown is not None:
                guess = closest(unknown, allowed)
                meant = f" (did you mean {guess}?)" if guess else ""
                told = (
                    f"{function.__name__}() has no argument {unknown!r}; allowed: {', '.join(allowed)}{meant}"
                )
                raise TypeError(told)
            return function(*args, **given)

        return cast(F, checked)

    return decorate


def checked(name: str, value: Any, leaf: Leaf) -> Any:
    """A number, a name: what a key of a file with that ``leaf`` would keep. Raises ConfigError."""
    try:
        return leaf.check(value)
    except Refused as refused:
        raise ConfigError(
            f"{name}: came {show(value)}, allowed {leaf.allowed}", hint=str(refused) or None
        ) from None


def one_word(name: str, value: Any, words: Sequence[str]) -> str:
    """One of some ``words``. Raises ConfigError."""
    if isinstance(value, str) and value in words:
        return value
    guess = closest(value, words) if isinstance(value, str) else None
    raise ConfigError(
        f"{name}: came {show(value)}, allowed {one_of(words)}",
        hint=f"did you mean {guess}?" if guess else None,
    )


def texts(name: str, value: Any) -> tuple[str, ...]:
    """A list of texts; a text alone is not taken for a list of letters. Raises ConfigError."""
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not all(isinstance(x, str) for x in value)
    ):
        raise ConfigError(f"{name}: came {show(value)}, allowed a list of texts such as ['key.path=value']")
    return tuple(value)


def one_kind(name: str, value: T, kinds: tuple[type, ...], allowed: str) -> T:
    """A value of one of some classes. Raises ConfigError."""
    if not isinstance(value, kinds):
        raise ConfigError(f"{name}: came {show(value)}, allowed {allowed}")
    return value


def a_path(name: str, value: Any) -> Path:
    """A path. Raises ConfigError."""
    return Path(one_kind(name, value, (str, Path), "a folder's path"))


def made(model: type[M], values: Mapping[str, Any]) -> M:
    """A model of plain ``values``, refused as a file's would be. Raises ConfigError."""
    return build(model, to_node(values, ""))


def configuration(item: Config | str | Path, overrides: Sequence[str] = ()) -> Config:
    """A configuration, or that of a file, to which ``overrides`` belong. Raises ConfigError."""
    one_kind("configuration", item, (Config, str, Path), "a Config or a file's path")
    if not isinstance(item, Config):
        return load_config(item, texts("overrides", overrides))
    if overrides:
        raise ConfigError(NO_FILE, hint="engine.config.override changes a configuration")
    return item


def refuse_doubles(names: Sequence[str]) -> None:
    """Raise ConfigError where two plans have one name: tables, folders and frames tell them by it."""
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ConfigError(
            f"two configurations are named {double!r}: each needs a name, and a folder, of its own"
        )
