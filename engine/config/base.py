"""What every group of keys shares: it is frozen, knows its keys, and says in words what it allows."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from engine.config.leaves import Leaf, Problem
from engine.messages import Arg, Message, described, listed, message

M = TypeVar("M")


class Model(BaseModel):
    """A frozen group of keys.

    Schemas are built on first use: a nested group is then built once, inside the whole, which halves the
    time that an import takes.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True
    )

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        """Keys before values: an unknown key is told before the key that is missing because of it."""
        if isinstance(data, cls):
            return data
        fields = fields_of(cls)
        if not isinstance(data, dict):
            raise Problem(keys_of(cls), keys=tuple(fields))
        for key in data:
            if key not in fields:
                told = message("unknown key, allowed: {keys}", keys=listed(fields))
                raise Problem(told, whole=True, at=(key,), words=tuple(fields))
        for key, field in fields.items():
            if field.is_required() and key not in data:
                hint = described(field.description) if field.description else None
                raise Problem(missing(_allowed(field)), whole=True, at=(key,), hint=hint)
        return data


def in_order(group: M) -> M:
    """A group whose ``end`` is after its ``start``, where it has both: a validator of several groups."""
    start, end = (getattr(group, name) for name in ("start", "end"))
    if start is not None and end is not None and start >= end:
        raise Problem(message("a date after the start, {start}", start=start), at=("end",))
    return group


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by their keys in a file; those that it shares with others last."""
    own = model.__annotations__
    ordered = sorted(model.model_fields.items(), key=lambda item: item[0] not in own)
    return {field.alias or name: field for name, field in ordered}


def keys_of(model: type[BaseModel]) -> Message:
    """A group's keys, in words."""
    return message("keys: {keys}", keys=listed(fields_of(model)))


def missing(allowed: Arg) -> Message:
    """That a key is not there, and what it may be."""
    return message("missing, allowed: {allowed}", allowed=allowed)


def _allowed(field: FieldInfo) -> Message:
    """What a field takes, in words."""
    for item in field.metadata:
        if isinstance(item, Leaf):
            return item.allowed
    tags = types_of(field.annotation)
    return _tagged(tags) if tags else message("keys")


def _tagged(tags: tuple[str, ...]) -> Message:
    return message("keys, first of them type: {types}", types=listed(tags, "or"))


def types_of(union: Any) -> tuple[str, ...]:
    """The ``type`` words of a union of models, () for anything else."""
    found: list[str] = []
    for member in get_args(union):
        fields = getattr(member, "model_fields", {})
        found.extend(get_args(fields["type"].annotation) if "type" in fields else ())
        if get_origin(member) is Annotated:
            found.extend(types_of(get_args(member)[0]))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Kinds:
    """On a union of models told apart by ``type``: says which types there are when it is missing or wrong."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        tags = types_of(source)

        def check(value: Any) -> Any:
            if isinstance(value, Model):
                return value
            if not isinstance(value, dict):
                raise Problem(_tagged(tags))
            if "type" not in value:
                raise Problem(missing(listed(tags, "or")), whole=True, at=("type",))
            if value["type"] not in tags:
                raise Problem(listed(tags, "or"), at=("type",), words=tags)
            return value

        return core_schema.no_info_before_validator_function(check, handler(source))


@dataclass(frozen=True)
class Words:
    """Words that stand for a mapping: ``no_sell`` for ``{type: no_sell}``; without ``key`` for ``{}``."""

    words: tuple[str, ...]
    key: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"enum": list(self.words)}, handler(core)]}

    def _expand(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in self.words:
            raise Problem(message("{words}, or keys", words=listed(self.words)), words=self.words)
        return {} if self.key is None else {self.key: value}
