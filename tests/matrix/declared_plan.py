"""Cases about the number plan: a directory that every reader of it sees whole."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix.asking import Case
from tests.matrix.country import Country
from tests.matrix.declared_cases import gate, to_login
from tests.matrix.tree import Reader


def plan(land: Country, reader: Reader) -> Iterator[Case]:
    """The ranges, a question, the file of ranges, the import."""
    login, read = to_login(reader), gate(reader, "plan.read")
    yield Case("plan:home", reader, "GET", "/plan/?state=allocated", read, to=login)
    yield Case("plan:export", reader, "GET", "/plan/export/?kind=csv", read, to=login)
    number = {"number": "139 0000 0000", "at": ""}
    yield Case("plan:ask", reader, "POST", "/plan/ask/", read, number, to=login, writes=True)
    yield Case("plan:ask", reader, "POST", "/plan/ask/", gate(reader, "plan.read", (422,)), {"number": "x"}, to=login)
    yield Case("plan:import", reader, "GET", "/plan/import/", gate(reader, "plan.edit"), to=login)
    yield Case("plan:import", reader, "POST", "/plan/import/", gate(reader, "plan.edit", (422,)), {}, to=login)
