"""The column map: a YAML file that says how to read any CSV of call records, checked with line and key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from haodun.edge.cdr.error import CdrError

MAX_MAP_CHARACTERS = 65_536


@cache
def column_map_schema() -> dict[str, Any]:
    """The published JSON schema (2020-12) of the file."""
    text = files("haodun.edge.cdr").joinpath("column_map.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How the columns of one kind of CSV become a call record."""

    columns: Mapping[str, str | int]
    """Field name to the column's name in the header, or its number from 1."""
    delimiter: str = ","
    header: bool = True
    encoding: str = "auto"
    time: str = "iso"
    """iso, epoch_s, epoch_ms, epoch_us, or a pattern of %Y %m %d %H %M %S."""
    tz: tzinfo | None = None
    answered: str = "answer_time"
    """answer_time or billsec."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    name: str = ""
    """The file it came from, for messages."""

    @classmethod
    def parse(cls, yaml_text: str, name: str) -> ColumnMap:
        """CdrError `name:line: key: …` where the text is no valid map."""
        if len(yaml_text) > MAX_MAP_CHARACTERS:
            raise CdrError(f"{name}: a column map has at most {MAX_MAP_CHARACTERS} characters; is this the right file?")
        try:
            tree = yaml.compose(yaml_text, Loader=yaml.SafeLoader)
            _refuse_aliases(yaml_text, name)
            data = yaml.safe_load(yaml_text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise CdrError(f"{name}: this is no YAML ({_where(error)}); see docs/reference/cdr.md.") from error
        worst = best_match(Draft202012Validator(column_map_schema()).iter_errors(data))
        if worst is not None:
            raise CdrError(_explained(worst, tree, name))
        _check_meaning(data, tree, name)
        settings = {key: data[key] for key in ("delimiter", "header", "encoding", "time", "answered") if key in data}
        values = {kind: dict(words) for kind, words in data.get("values", {}).items()}
        columns = MappingProxyType(dict(data["columns"]))
        return cls(columns, **settings, tz=_zone(data, tree, name), values=MappingProxyType(values), name=name)


def _refuse_aliases(text: str, name: str) -> None:
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            raise CdrError(f"{name}:{token.start_mark.line + 1}: YAML aliases are not possible in a column map.")


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error)[:80]
    return f"line {mark.line + 1}: {problem}" if mark is not None else problem


def _line(tree: yaml.Node | None, path: list[Any]) -> int:
    """The line of a key, or of the nearest one above it that exists."""
    line = 1
    node = tree
    for step in path:
        if not isinstance(node, yaml.MappingNode):
            break
        pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
        if pair is None:
            break
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line


def _explained(error: ValidationError, tree: yaml.Node | None, name: str) -> str:
    path = list(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        path += [key for key in error.instance if f"{key!r}" in error.message][:1]
    key = ".".join(str(step) for step in path) or "the map"
    return f"{name}:{_line(tree, path)}: {key}: {error.message[:200]}; see docs/reference/cdr.md."


def _check_meaning(data: dict[str, Any], tree: yaml.Node | None, name: str) -> None:
    """What a schema cannot say."""
    columns = data["columns"]
    if data.get("header") is False:
        for key, column in columns.items():
            if isinstance(column, str):
                where = _line(tree, ["columns", key])
                raise CdrError(f"{name}:{where}: columns.{key}: without a header row give the column's number.")
    if data.get("answered") == "billsec" and "billsec" not in columns:
        raise CdrError(f"{name}:{_line(tree, ['answered'])}: answered: billsec needs columns.billsec.")
    time = data.get("time", "iso")
    if time not in ("iso", "epoch_s", "epoch_ms", "epoch_us"):
        rest = time
        for part in ("%Y", "%m", "%d", "%H", "%M", "%S"):
            if time.count(part) != 1:
                raise CdrError(f"{name}:{_line(tree, ['time'])}: time: the pattern needs {part} exactly once.")
            rest = rest.replace(part, "")
        if "%" in rest:
            raise CdrError(f"{name}:{_line(tree, ['time'])}: time: only %Y %m %d %H %M %S are possible.")


def _zone(data: dict[str, Any], tree: yaml.Node | None, name: str) -> tzinfo | None:
    if "tz" not in data:
        return None
    try:
        return ZoneInfo(data["tz"])
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        where = f"{name}:{_line(tree, ['tz'])}"
        raise CdrError(
            f"{where}: tz: {data['tz']!r} is no time zone; give an IANA name such as Asia/Shanghai."
        ) from error
