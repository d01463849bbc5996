"""Read the lists of a policy, from the policy itself or from plain files beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from haodun.screening.events import INDEX
from haodun.screening.policy.document import Mapping, Node, Scalar
from haodun.screening.policy.error import quoted
from haodun.screening.policy.lists import MAX_ENTRIES, MAX_RANGES, NO_END, NumberList, Range, number_list, parse_e164
from haodun.screening.policy.reading import Notes, Section, parse_date
from haodun.screening.policy.tokens import KEYWORDS

LIST_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
MAX_LISTS = 32
MAX_FILE_BYTES = 64_000_000
E164_HINT = "write it in full, with +, country code and digits only: +8613912345678"


@dataclass(slots=True)
class _Target:
    """The list being filled."""

    name: str
    until: int
    numbers: dict[int, int]
    ranges: list[Range]


def read_lists(top: Section, *, folder: Path | None) -> dict[str, NumberList]:
    """The lists by name; problems are noted. Files are looked for in `folder` only."""
    section = top.inner("lists", keys=None)
    if section is None:
        return {}
    notes = top.notes
    if len(section.fields) > MAX_LISTS:
        notes.add(section.node, f"there are more than {MAX_LISTS} lists")
        return {}
    found: dict[str, NumberList] = {}
    room = MAX_ENTRIES
    for name, node in section.fields.items():
        if LIST_NAME.fullmatch(name) is None or name in KEYWORDS or name in INDEX:
            notes.add(section.keys[name], f"{quoted(name)} cannot name a list", "use small letters, digits and _")
            continue
        found[name] = _read_list(name, node, notes, folder=folder)
        room -= len(found[name])
    if room < 0:
        notes.add(section.node, f"the lists hold more than {MAX_ENTRIES} entries", "build a snapshot for large lists")
    return found


def _read_list(name: str, node: Node, notes: Notes, *, folder: Path | None) -> NumberList:
    section = Section(node, notes, what=f"list {name}", keys=("title", "numbers", "ranges", "file", "until"))
    section.titles("title", required=False)
    until = section.date("until")
    target = _Target(name, NO_END if until is None else until, {}, [])
    for item in section.items("numbers"):
        _read_number(item, target, notes)
    for item in section.items("ranges")[:MAX_RANGES]:
        _read_range(item, target, notes)
    file = section.text("file", FILE_NAME, rule="name a file in the policy's own folder", required=False)
    if file:
        _read_file(section.fields["file"], target, notes, path=folder / file if folder else None)
    _note_overlaps(section, target)
    return number_list(name, target.numbers, target.ranges)


def _add(node: Node, target: _Target, notes: Notes, *, text: str, until: int, where: str = "") -> None:
    number = parse_e164(text)
    if number is None:
        notes.add(node, f"{where}{quoted(text)} is no number", E164_HINT)
    elif number in target.numbers:
        notes.add(node, f"{where}{text} stands twice in list {target.name}", "remove one")
    else:
        target.numbers[number] = until


def _read_number(item: Node, target: _Target, notes: Notes) -> None:
    if isinstance(item, Scalar):
        _add(item, target, notes, text=item.text, until=target.until)
        return
    if not isinstance(item, Mapping):
        notes.add(item, "an entry must be a number, or number and until")
        return
    section = Section(item, notes, what="the entry", keys=("number", "until"))
    number, until = section.scalar("number"), section.date("until")
    if number is not None:
        _add(number, target, notes, text=number.text, until=target.until if until is None else until)


def _read_range(item: Node, target: _Target, notes: Notes) -> None:
    section = Section(item, notes, what="the range", keys=("from", "to", "until"))
    ends = [section.scalar("from"), section.scalar("to")]
    until = section.date("until")
    keys: list[int] = []
    for end in ends:
        number = parse_e164(end.text) if end else None
        if end is not None and number is None:
            notes.add(end, f"{quoted(end.text)} is no number", E164_HINT)
        keys.extend([] if number is None else [number])
    if len(keys) != 2:
        return
    low, high = keys
    if low > high or len(str(low)) != len(str(high)):
        notes.add(item, "the range must go up, between numbers of one length")
    else:
        target.ranges.append(Range(low, high, target.until if until is None else until))


def _note_overlaps(section: Section, target: _Target) -> None:
    if len(section.items("ranges")) > MAX_RANGES:
        section.notes.add(section.node, f"list {target.name} has more than {MAX_RANGES} ranges")
    ordered = sorted(target.ranges, key=lambda entry: entry.low)
    for earlier, later in pairwise(ordered):
        if later.low <= earlier.high:
            section.notes.add(section.node, f"ranges of list {target.name} overlap at +{later.low}", "join them")


def _read_file(node: Node, target: _Target, notes: Notes, *, path: Path | None) -> None:
    """A file has one number a line, then perhaps a space and its end; `#` starts a comment."""
    if path is None:
        notes.add(node, "a list file needs a policy file beside it", "load the policy from its file")
        return
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            notes.add(node, f"{path.name} is larger than {MAX_FILE_BYTES} bytes", "build a snapshot for large lists")
            return
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        notes.add(node, f"{path.name} cannot be read: {quoted(str(error))}")
        return
    for count, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        until = parse_date(words[1]) if len(words) == 2 else target.until
        if words and (len(words) > 2 or until is None):
            notes.add(
                node,
                f"{path.name} line {count}: {quoted(line)} is not a number and its end",
                "write +8613912345678 2028-01-31",
            )
        elif words and until is not None:
            _add(node, target, notes, text=words[0], until=until, where=f"{path.name} line {count}: ")
