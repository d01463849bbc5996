"""The whole interface by its own OpenAPI document: no request breaks it, and nobody reads a stranger's word.

schemathesis makes the requests; the readers are each role once, the anonymous, and programs with tokens of three
organisations. Real ids of the country stand where an id is asked for, so strangers ask for what is there.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet
from tests.matrix.asking import Asker, Case, leaks
from tests.matrix.tree import ANONYMOUS, READERS, Reader

from haodun.console.openapi import LOOK_UPS, document

pytestmark = pytest.mark.matrix
EXAMPLES = 1
"""Requests of each operation and reader: some 830 with one, about a minute on a busy machine."""
MADE = 6
"""Different requests of each operation, which the readers take in turn."""
KINDS = {"orders": "order", "appeals": "appeal", "restrictions": "restriction", "trusted": "trusted"}
ANY = tuple(range(200, 500))


def readers() -> list[Reader]:
    """Each role once, where the tree is widest, and nobody."""
    found: dict[str, Reader] = {}
    for reader in READERS:
        if reader.signed_in and reader.at:
            found.setdefault(reader.role, reader)
    return [*found.values(), ANONYMOUS]


def asked(asker: Asker, made: Any, reader: Reader, *, turn: int, token: str = "") -> Case:
    """What schemathesis made, as a case; ids are the country's own in turn."""
    parameters = dict(made.path_parameters or {})
    section = made.path.removeprefix("/api/v1/").split("/")[0]
    things = [thing for thing in asker.land.things if thing.kind == KINDS.get(section, "")]
    if "identity" in parameters and things:
        thing = things[turn % len(things)]
        parameters["identity"] = thing.id
        if "number" in parameters and "number" in thing.more:
            parameters["number"] = thing.more["number"]
    path = made.path
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    if made.query:
        path += "?" + urlencode(made.query, doseq=True)
    headers = {"idempotency-key": uuid.uuid4().hex} | ({"authorization": f"Bearer {token}"} if token else {})
    body = None if isinstance(made.body, NotSet) else made.body
    plain = json.loads(json.dumps(body, default=str)) if made.media_type == "application/json" else {}
    name = f"{made.method} {made.path.removeprefix('/api/v1/')}"
    return Case(name, reader, made.method, path, ANY, plain, made.method != "GET", headers, writes=True)


def operations() -> Iterator[tuple[str, Any]]:
    """Every operation of the document, with its requests."""
    schema = schemathesis.openapi.from_dict(document())
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an invalid one raises
        yield operation.label, operation.as_strategy()


def requests_of(strategy: Any) -> list[Any]:
    """Some requests, the same each time."""
    made: list[Any] = []

    @settings(
        max_examples=MADE, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def gather(case: Any) -> None:
        made.append(case)

    gather()
    return made


def test_no_request_breaks_the_interface_and_nobody_reads_a_strangers_word(asker: Asker) -> None:
    asking: list[tuple[Reader, str]] = [(reader, "") for reader in readers()]
    asking += [(Reader("program", at), token) for at, token in asker.land.programs.items()]
    texts = Counter(word.text for word in asker.land.words)
    words = [word for word in asker.land.words if texts[word.text] == 1]  # one that two owners bear tells nothing
    wrong: list[str] = []
    counts: dict[str, int] = {}
    for label, strategy in operations():
        made = requests_of(strategy)
        for place, (reader, token) in enumerate(asking):
            for turn in range(EXAMPLES):
                case = asked(asker, made[(place + turn) % len(made)], reader, turn=place + turn, token=token)
                got = asker.ask(case)
                counts[label] = counts.get(label, 0) + 1
                if got.status >= 500:
                    wrong.append(f"{case} answered {got.status}: {case.body}")
                wrong += [f"{case} shows {one}" for one in leaks(case, got, words)]
    assert len(counts) == sum(len(methods) for methods in document()["paths"].values())
    assert not wrong, f"{len(wrong)} of {sum(counts.values())}:\n" + "\n".join(wrong[:40])


def test_a_writing_operation_without_its_key_changes_nothing(asker: Asker) -> None:
    """POST that changes something needs an Idempotency-Key, for whoever may use it."""
    reader = next(one for one in READERS if one.name == "enterprise@enterprise")
    wrong = []
    for path, methods in document()["paths"].items():
        if "post" not in methods or path.removeprefix("/api/v1") in LOOK_UPS:
            continue
        thing = next((one for one in asker.land.things if one.kind == KINDS.get(path.split("/")[3], "")), None)
        number = "" if thing is None else thing.more.get("number", "")
        there = path.replace("{identity}", "" if thing is None else thing.id).replace("{number}", number)
        case = Case(path, reader, "POST", there.replace("{verb}", "submit"), ANY, {"code": "0"}, True)
        got = asker.ask(case)
        if got.status < 400 or got.changed:
            wrong.append(f"{case} answered {got.status} and changed {got.changed}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "path",
    ["reports", "bulletins", "complaints", "complaints/1/accept", "numbers", "dispositions", "origin-actions",],
)  # fmt: skip
def test_a_name_of_the_standard_that_is_not_offered_is_absent(asker: Asker, path: str) -> None:
    reader = next(one for one in READERS if one.name == "supervisor@ministry")
    for method in ("GET", "POST"):
        assert asker.ask(Case(path, reader, method, f"/api/v1/{path}", (404,), {}, method == "POST")).status == 404
