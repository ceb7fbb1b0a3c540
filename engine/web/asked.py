"""What a request asks, as strict as a configuration's file: JSON with bounds, known keys, no path of the disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar

from pydantic import Field, model_validator

from engine.config import Config, override
from engine.config.base import Model
from engine.config.document import MAX_DEPTH, to_node
from engine.config.explain import build
from engine.config.leaves import FILES, SOURCES, Leaf, Problem, Refused, whole
from engine.config.wording import refused
from engine.errors import ConfigError
from engine.locale import languages
from engine.messages import Message, listed, message
from engine.plan import flow_source
from engine.web.link import config_of

MOST_BYTES = 1_000_000  # of a request's body
PLANS = 5  # that are compared side by side
REQUEST, PLAN = "request", "plan"  # where a key stands, in a refusal
M = TypeVar("M", bound=Model)


class Asked(Model):
    """A plan: a ``config`` with the keys of a file, or a ``link``; ``set`` changes keys of it."""

    config: dict[str, Any] | None = Field(
        default=None, description="A configuration, as the YAML file has it"
    )
    link: str | None = Field(default=None, description="Instead of it: a plan as the page's address holds it")
    set: dict[str, Any] = Field(default={}, description="Keys of it to change: key.path: value")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.config is None) == (self.link is None):
            told = message(
                "came both, allowed either config or link"
                if self.link is not None
                else "came neither, allowed either config or link"
            )
            raise Problem(told, whole=True)
        return self


def _lang(value: Any) -> str:
    if not isinstance(value, str) or value not in languages():
        raise Refused
    return value


Lang = Annotated[
    str,
    Leaf(listed(languages(), "or"), _lang, {"enum": list(languages())}),
    Field(description="Language of the sentences"),
]
Years = Annotated[int, whole(1, 70)]


class RunAsked(Asked):
    """One run."""

    lang: Lang = "en"


class SaveAsked(RunAsked):
    """A run whose files are to be written; ``token`` stands in the address that the command printed."""

    token: str = ""


class StartsAsked(Asked):
    """All start months of a horizon, for every weight of the satellite from 0 to 30 %."""

    lang: Lang = "en"
    years: Annotated[int, whole(1, 50)] = Field(default=10, description="Length of each window")
    every: Literal["month", "quarter", "year"] = Field(
        default="month", description="How far the starts are apart"
    )


class FuturesAsked(Asked):
    """Futures drawn from history."""

    lang: Lang = "en"
    years: Years = Field(default=30, description="Years to come")
    paths: Annotated[int, whole(1, 10_000)] = Field(default=1_000, description="How many futures")
    seed: Annotated[int, whole(0, 2**63 - 1)] = Field(default=1, description="Where the random numbers begin")


class CompareAsked(Model):
    """Plans side by side on their common period."""

    plans: Annotated[tuple[Asked, ...], Field(strict=False, min_length=1, max_length=PLANS)] = Field(
        description="Each with config or link"
    )
    lang: Lang = "en"


class ReadAsked(Model):
    """A plan as a person has written it."""

    yaml: str = Field(description="A configuration as YAML")
    lang: Lang = "en"


class LiveAsked(Asked):
    """What the page asks while a control moves; ``form``: the controls are to be drawn anew.

    ``press``: the button that was pressed after all of ``set``, such as the one that adds a contribution.
    """

    lang: Lang = "en"
    years: Annotated[int, whole(1, 50)] = 10
    form: bool = False
    press: str = ""
    futures: bool = True


def read_json(body: bytes) -> Any:
    """A request's JSON: UTF-8, no key twice, numbers that are numbers, and not deep. Raises ConfigError."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")  # half of a character is none
    except UnicodeError:
        raise refused(message("text that is not UTF-8"), place=REQUEST) from None
    except (ValueError, RecursionError):
        raise refused(message("this is not JSON"), place=REQUEST) from None
    if _is_deeper(value, MAX_DEPTH):
        raise refused(message("nested more than {most} levels deep", most=MAX_DEPTH), place=REQUEST)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            item
            for one in level
            if isinstance(one, dict | list)
            for item in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def asked(model: type[M], value: Any) -> M:
    """What a request asks, refused as a file would be. Raises ConfigError."""
    return build(model, to_node(value, REQUEST))


def plan_of(item: Asked, own: Iterable[str] = (), opened: Callable[[str], Config] = config_of) -> Config:
    """The configuration of a request. ``own``: sources with a path that the server was started with; ``opened``
    gives the plan of a link.

    Raises ConfigError; also where the configuration names another file or folder of this machine.
    """
    config = build(Config, to_node(item.config, PLAN)) if item.link is None else opened(item.link)
    if item.set:
        config = override(config, item.set, where="set")
    refuse_paths(config, own)
    return config


def refuse_paths(config: Config, own: Iterable[str]) -> None:
    """Raise ConfigError where a configuration names a file or a folder that the server was not started with."""
    source, flows = config.data.source, flow_source(config)
    if source.startswith(FILES) and source not in own:
        told = message("a request names no folder; allowed: {words}", words=listed([*SOURCES, *own], "or"))
        raise _of_key(
            "data.source", told, message("start the page with it: {option}", option="--data SOURCE")
        )
    if flows is not None and flows[0] == "file":
        raise _of_key("strategy.allocation.signal.file", message("a request names no file"))


def _of_key(key: str, told: Message, hint: Message | None = None) -> ConfigError:
    return refused(told, place=PLAN, key=key, hint=hint)
