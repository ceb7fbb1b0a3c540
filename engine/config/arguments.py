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

from engine.config import load_config, override
from engine.config.document import plain_number, to_node
from engine.config.explain import M, build
from engine.config.leaves import Leaf, Refused
from engine.config.models import Config, Period
from engine.config.wording import came, refused
from engine.errors import BacktestError, ConfigError
from engine.messages import Message, Quoted, listed, message
from engine.words import did_you_mean

NO_FILE = message("overrides belong to a file: came a configuration or a model that has none")
SPAN = message("two dates such as ('2001-01-01', '2020-12-31'), None for as far as data reach")
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def closed(options: type | None = None, defaults: Mapping[str, Any] | None = None) -> Callable[[F], F]:
    """Make a function refuse a keyword that it does not have, and say which it has.

    ``options``: the TypedDict of its last parameter, where that is ``**name: Unpack[options]``; its keys are
    allowed too, and shown as keywords with their ``defaults`` (None where none is given). The function then
    raises TypeError.
    """

    def decorate(function: F) -> F:
        signature = inspect.signature(function)
        named = [item for item in signature.parameters.values() if item.kind is not item.VAR_KEYWORD]
        keys: Mapping[str, Any] = getattr(options, "__annotations__", {})
        more = [_keyword(name, kind, (defaults or {}).get(name)) for name, kind in keys.items()]
        allowed = [item.name for item in (*named, *more)]

        @functools.wraps(function)
        def checked(*args: Any, **given: Any) -> Any:
            unknown = next((name for name in given if name not in allowed), None)
            if unknown is None:
                return function(*map(_plain, args), **{name: _plain(item) for name, item in given.items()})
            told = message(
                "{function}() has no argument {name}; allowed: {allowed}",
                function=function.__name__,
                name=Quoted(unknown),
                allowed=listed(allowed),
            )
            raise TypeError(str(BacktestError(told, hint=did_you_mean(unknown, allowed))))

        # What help() and a notebook show: every keyword by its name.
        checked.__signature__ = signature.replace(parameters=[*named, *more])  # type: ignore[attr-defined]
        return cast(F, checked)

    return decorate


def _plain(value: Any) -> Any:
    """A number of numpy's, alone or in a list, as Python's own: ``paths=np.int64(500)``."""
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else plain_number(value)


def _keyword(name: str, kind: Any, default: Any) -> inspect.Parameter:
    """A keyword of a TypedDict whose keys may all be left out."""
    kind = getattr(kind, "__forward_arg__", kind)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def checked(name: str, value: Any, leaf: Leaf) -> Any:
    """A number, a name: what a key of a file with that ``leaf`` would keep. Raises ConfigError."""
    try:
        return leaf.check(value)
    except Refused as found:
        raise refused(came(value, leaf.allowed), key=name, hint=found.hint) from None


def one_word(name: str, value: Any, words: Sequence[str]) -> str:
    """One of some ``words``. Raises ConfigError."""
    if isinstance(value, str) and value in words:
        return value
    raise refused(came(value, listed(words, "or")), key=name, hint=did_you_mean(value, words))


def texts(name: str, value: Any, example: str = "['key.path=value']") -> tuple[str, ...]:
    """A list of texts; a text alone is not taken for a list of letters. Raises ConfigError."""
    if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(x, str) for x in value):
        return tuple(value)
    raise refused(came(value, message("a list of texts such as {example}", example=example)), key=name)


def numbers(name: str, value: Any, leaf: Leaf, example: str, *, least: int = 0) -> tuple[Any, ...]:
    """A list of at least so many numbers, each as a key with that ``leaf`` keeps it. Raises ConfigError."""
    items = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(items, Sequence) or isinstance(items, str | bytes) or len(items) < least:
        raise refused(came(value, message("a list of numbers such as {example}", example=example)), key=name)
    return tuple(checked(name, item, leaf) for item in items)


def one_kind(name: str, value: T, kinds: tuple[type, ...], allowed: Message) -> T:
    """A value of one of some classes. Raises ConfigError."""
    if not isinstance(value, kinds):
        raise refused(came(value, allowed), key=name)
    return value


def a_flag(name: str, value: Any) -> bool:
    """True or False. Raises ConfigError."""
    return bool(one_kind(name, value, (bool,), message("True or False")))


def a_path(name: str, value: Any) -> Path:
    """A path. Raises ConfigError."""
    return Path(one_kind(name, value, (str, Path), message("a folder's path")))


def made(model: type[M], values: Mapping[str, Any]) -> M:
    """A model of plain ``values``, refused as a file's would be. Raises ConfigError."""
    return build(model, to_node(values, ""))


def configuration(
    item: Config | str | Path,
    overrides: Sequence[str] = (),
    *,
    allow_python: bool = False,
    to_come: bool = False,
) -> Config:
    """A configuration, or that of a file, to which ``overrides`` belong. Raises ConfigError.

    ``allow_python``: a file may name functions, which a run then asks. ``to_come`` as of ``load_config``.
    """
    one_kind("configuration", item, (Config, str, Path), message("a Config or a file's path"))
    if not isinstance(item, Config):
        told = texts("overrides", overrides)
        return load_config(item, told, allow_python=allow_python, to_come=to_come)
    if overrides:
        raise ConfigError(NO_FILE, hint=message("engine.config.override changes a configuration"))
    return item


def in_period(config: Config, period: Any, *, to_come: bool = False) -> Config:
    """A configuration on another period: (first, last), each a date, ISO text or None. Raises ConfigError."""
    if period is None:
        return config
    one_kind("period", period, (tuple, list), SPAN)
    if len(period) != 2:
        raise refused(came(list(map(str, period)), SPAN), key="period")
    days = [None if day is None else str(day)[:10] for day in period]
    return override(config, {"period": {"start": days[0], "end": days[1]}}, to_come=to_come)


def refuse_doubles(command: str, configs: Sequence[Config]) -> None:
    """Raise ConfigError where a command has no configuration, or two of one name."""
    if not configs:
        raise ConfigError(message("{command}: came no configuration, allowed one or more", command=command))
    names = [config.name for config in configs]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ConfigError(
            message(
                "two configurations are named {name}: each needs a name, and a folder, of its own",
                name=Quoted(double),
            )
        )


def refuse_unlike(command: str, key: str, configs: Sequence[Config], values: Sequence[object]) -> None:
    """Raise ConfigError where a command's configurations must have one value of a key and do not."""
    if len(set(values)) > 1:
        each = listed(f"{config.name} {value}" for config, value in zip(configs, values))
        raise ConfigError(
            message("{command}: {key} differs ({each})", command=command, key=key, each=each),
            hint=message("{option} makes them one", option=f"--set {key}=..."),
        )


def shared_period(configs: Sequence[Config]) -> Period:
    """The days that the periods of all configurations have. Raises ConfigError where there is none."""
    starts = [config.period.start for config in configs if config.period.start is not None]
    ends = [config.period.end for config in configs if config.period.end is not None]
    start, end = max(starts, default=None), min(ends, default=None)
    if start is not None and end is not None and start >= end:
        raise ConfigError(
            message(
                "the configurations' periods have no day in common: {start} is after {end}",
                start=start,
                end=end,
            )
        )
    return Period(start=start, end=end)
