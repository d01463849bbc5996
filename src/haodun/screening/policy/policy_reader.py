"""Read a policy: from YAML to checked rules, lists and byte code, or to a list of everything that is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from haodun.screening.events import FEATURES, FEATURES_VERSION
from haodun.screening.policy.compiler import compile_rules
from haodun.screening.policy.document import Scalar, read_document
from haodun.screening.policy.error import quoted, refusal
from haodun.screening.policy.list_reader import read_lists
from haodun.screening.policy.lists import NumberList
from haodun.screening.policy.loader import check_program
from haodun.screening.policy.policy import Policy, Slot
from haodun.screening.policy.program import MAX_INSTRUCTIONS, MAX_SLOTS
from haodun.screening.policy.reading import Notes, Section, parse_integer
from haodun.screening.policy.rule import Rule, Title
from haodun.screening.policy.rule_reader import Names, read_rules

KEYS = ("policy", "version", "home", "profile", "title", "salt", "constants", "lists", "rules")
PROFILES = ("cn", "us", "uk", "intl")
POLICY_ID = re.compile(r"[a-z][a-z0-9_-]{0,47}")
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,31}")
HOME = re.compile(r"[A-Z]{2}")
SALT = re.compile(r"[\x21-\x7e]{1,64}")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]{0,47}")
MAX_CONSTANTS = 500


class _Slots:
    """Gives out places behind the features, in the order in which the rules ask."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, str], Slot] = {}

    def __call__(self, position: int, name: str) -> int:
        slot = Slot(FEATURES[position].name, position, name, len(FEATURES) + len(self.found))
        return self.found.setdefault((position, name), slot).index


def parse_policy(text: str, *, name: str, folder: Path | None = None, at_ms: int | None = None) -> Policy:
    """The policy in a YAML text.

    `name` stands in messages; list files are looked for in `folder`; with `at_ms` (since the epoch) rules that have
    ended by then are problems. Raises PolicyError with every problem that was found, and nothing else.
    """
    document = read_document(text, name=name)
    notes = Notes(document)
    top = Section(document.root, notes, what="the policy", keys=KEYS)
    constants = _constants(top)
    lists = read_lists(top, folder=folder)
    slots = _Slots()
    names = Names(constants, frozenset(lists), slots, set())
    rules = read_rules(top, names, at_ms=at_ms)
    head = _head(top)
    if not notes.problems:
        _note_unused(top, names)
    if len(slots.found) > MAX_SLOTS:
        notes.add(top.node, f"the rules look into more than {MAX_SLOTS} pairs of number and list")
    notes.raise_if_any()
    return _build(head, rules, lists, slots=tuple(slots.found.values()), constants=constants, name=name)


def _constants(top: Section) -> dict[str, int]:
    section = top.inner("constants", keys=None)
    found: dict[str, int] = {}
    if section is None:
        return found
    if len(section.fields) > MAX_CONSTANTS:
        top.notes.add(section.node, f"there are more than {MAX_CONSTANTS} constants")
        return found
    for key, node in section.fields.items():
        value = parse_integer(node) if isinstance(node, Scalar) else None
        if CONSTANT.fullmatch(key) is None:
            top.notes.add(section.keys[key], f"{quoted(key)} cannot name a constant", "use capitals, digits and _")
        elif value is None:
            top.notes.add(node, f"constant {key} is no integer of at most 15 digits", "write digits only")
        found[key] = value or 0
    return found


def _head(top: Section) -> dict[str, str | Title]:
    policy_id = top.text("policy", POLICY_ID, rule="use small letters, digits, - and _")
    salt = top.text("salt", SALT, rule="use 1 to 64 visible ASCII characters", required=False)
    return {
        "id": policy_id,
        "version": top.text("version", VERSION, rule="use letters, digits, . + - and _"),
        "home": top.text("home", HOME, rule="write two capitals of ISO 3166-1, or ZZ for none"),
        "profile": top.choice("profile", PROFILES),
        "title": Title(**top.titles("title")),
        "salt": salt or policy_id,
    }


def _note_unused(top: Section, names: Names) -> None:
    section = top.inner("constants", keys=None)
    for key in names.constants:
        if section is not None and key not in names.used:
            top.notes.add(section.keys[key], f"no rule uses the constant {key}", "remove it")


def _build(
    head: Mapping[str, str | Title],
    rules: tuple[Rule, ...],
    lists: dict[str, NumberList],
    *,
    slots: tuple[Slot, ...],
    constants: dict[str, int],
    name: str,
) -> Policy:
    program = compile_rules([rule.condition for rule in rules], slots=len(slots))
    if len(program.code) > MAX_INSTRUCTIONS:
        raise refusal(name, f"compiles to more than {MAX_INSTRUCTIONS} instructions", suggestion="use fewer rules")
    check_program(program)
    title = head["title"]
    policy = Policy(
        id=str(head["id"]),
        version=str(head["version"]),
        home=str(head["home"]),
        profile=str(head["profile"]),
        title=title if isinstance(title, Title) else Title("", ""),
        salt=str(head["salt"]),
        constants=constants,
        rules=rules,
        program=program,
        lists=lists,
        slots=slots,
        digest="",
    )
    object.__setattr__(policy, "digest", digest_of(policy))
    return policy


def digest_of(policy: Policy) -> str:
    """SHA-256, in hexadecimal, of a policy's canonical content: not of its comments, layout or line numbers."""
    head = [policy.id, policy.version, policy.home, policy.profile, policy.title.zh, policy.title.en, policy.salt]
    rules = [_canonical(rule) for rule in policy.rules]
    slots = [slot.name for slot in policy.slots]
    plain = {
        "features": FEATURES_VERSION,
        "head": head,
        "constants": dict(policy.constants),
        "rules": rules,
        "slots": slots,
    }
    digest = sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode())
    digest.update(policy.program.encode())
    for name in sorted(policy.lists):
        digest.update(f"\0{name}\0".encode())
        for line in policy.lists[name].lines():
            digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _canonical(rule: Rule) -> list[object]:
    head = [rule.id, rule.title.zh, rule.title.en, rule.layer.name, str(rule.stage), rule.when]
    action = None if rule.action is None else rule.action.name
    return [*head, action, int(rule.flags), rule.reason, rule.rule_class.value, list(rule.basis), rule.expires]
