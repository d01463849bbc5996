"""What the snapshot carries of lines: the site's trunks file with the registry's lines merged into it.

`trunks_section` says it of each line; `merged` writes a file that every edge reads (docs/reference/trunks.md). The
file's own keys for live edges (sources, answers) stay; what the registry knows better replaces the file's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml

from haodun.offices.organisations.services import system
from haodun.registry.voice_lines.models import VoiceLine
from haodun.registry.voice_lines.values import text_of
from haodun.screening.events import Trunks, TrunksError
from haodun.screening.events.plain_yaml import PlainYaml

IN_SNAPSHOT = ("ENFORCED", "EXCEPTION", "CLOSED")


class LinesRefused(Exception):  # noqa: N818 (an answer, not a fault)
    """The merged file is none that an edge would take; the message says which trunk and what to do."""

    exit_code = 2


def trunks_section(at: datetime) -> Mapping[str, Mapping[str, Any]]:
    """Trunk id → what the registry says of it at `at`, in the keys of a trunks file; `closed: true` for a closed one.

    ENFORCED: its permitted numbers, default, and what becomes of others. EXCEPTION: it is known as a voice line, but
    its numbers are not asked after, until the exception ends. Lines in other states are left to the file.
    """
    with system():
        rows = list(VoiceLine.objects.filter(state__in=IN_SNAPSHOT).order_by("trunk", "created_at"))
        permits: dict[Any, list[str]] = {}
        through = VoiceLine.objects.filter(state__in=("ENFORCED", "EXCEPTION")).order_by("permits__low")
        for line, low, high in through.exclude(permits=None).values_list("id", "permits__low", "permits__high"):
            permits.setdefault(line, []).append(text_of(low, high))
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row.state == "CLOSED":
            found.setdefault(row.trunk, {"closed": True})
        elif row.state == "ENFORCED" or (row.exception_until is not None and row.exception_until <= at):
            found[row.trunk] = _enforced(row, permits.get(row.id, []))
        else:
            found[row.trunk] = {"class": "voice_line"}
    return found


def merged(text: str | None, at: datetime) -> str | None:
    """The site's trunks file with the registry's lines; the text itself where the registry has none.

    A closed line loses its sources, so that a live edge serves it no more. LinesRefused where the result is no file
    that an edge takes; nothing is published then.
    """
    section = trunks_section(at)
    if not section:
        return text
    if text:
        _read(text, "the site's trunks file")
    written: Any = PlainYaml.parse(text).content if text else {}
    trunks: dict[str, Any] = {name: dict(entry) for name, entry in written.get("trunks", {}).items()}
    for name, said in section.items():
        entry = {key: value for key, value in trunks.get(name, {}).items() if key not in ("permits", "default")}
        if said.get("closed"):
            entry.pop("sources", None)
            trunks[name] = {"class": "voice_line", **entry}
        else:
            trunks[name] = {**entry, **said}
    made = yaml.safe_dump({"trunks": trunks}, allow_unicode=True, sort_keys=True, width=110)
    _read(made, "the site's trunks file with the registry's lines")
    return made


def _read(text: str, name: str) -> None:
    try:
        Trunks.parse(text, name)
    except TrunksError as error:
        raise LinesRefused(str(error)) from error


def _enforced(row: VoiceLine, permits: list[str]) -> Mapping[str, Any]:
    entry: dict[str, Any] = {"class": "voice_line", "permits": permits, "unpermitted": row.unpermitted}
    if row.default is not None:
        entry["default"] = f"+{row.default}"
    return entry
