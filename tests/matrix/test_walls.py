"""The matrix bites: with one wall taken away the other holds, with both away the canaries are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from tests.matrix import declared_cases as cases
from tests.matrix.asking import Asker, judge
from tests.matrix.tree import READERS, above

from haodun.offices.organisations import access
from haodun.offices.organisations.scope import EVERYTHING, holding
from haodun.offices.organisations.scoped import ScopedQuerySet
from haodun.offices.organisations.services import reading_as, system
from haodun.offices.organisations.tree import has_readers

pytestmark = pytest.mark.matrix
STRANGERS = tuple(
    reader for reader in READERS
    if reader.name in ("bureau_approver@bureau33", "police_officer@police33")
)  # fmt: skip


def _all(self: ScopedQuerySet, user: object) -> ScopedQuerySet:
    return self.all()


def _drop_query_wall(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ScopedQuerySet, "scoped_to", _all)


def _drop_database_wall(patch: pytest.MonkeyPatch) -> None:
    """The middleware opens the system's scope instead of the person's."""

    @contextmanager
    def everything(scope: str) -> Iterator[None]:
        with holding(EVERYTHING):
            yield

    patch.setattr(access, "holding", everything)


def _leaks(asker: Asker) -> list[str]:
    """What the matrix says of the pages and lists of three strangers."""
    wrong: list[str] = []
    for reader in STRANGERS:
        for source in (cases.order_pages, cases.appeals, cases.registry):
            for case in source(asker.land, reader):
                if case.method == "GET":
                    wrong += judge(case, asker.ask(case), asker.land.words)
    return wrong


@pytest.mark.parametrize("drop", [_drop_query_wall, _drop_database_wall], ids=["the query", "the database"])
def test_without_one_wall_the_other_holds(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, drop: Callable[[pytest.MonkeyPatch], None]
) -> None:
    drop(monkeypatch)
    found = [one for one in _leaks(asker) if "shows" in one]
    if drop is _drop_database_wall:
        # Where a measure has not arrived is told by a service without a person: the database alone names the edges.
        found = [one for one in found if not one.startswith("orders:order:") or "shows edge of" not in one]
    assert found == []


def test_without_both_walls_the_matrix_finds_the_canaries(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    _drop_query_wall(monkeypatch)
    _drop_database_wall(monkeypatch)
    found = _leaks(asker)
    for kind in ("order", "number", "appeal", "restriction", "edge"):
        assert any(f"shows {kind} of" in one for one in found), kind
    assert any("answered 200, expected 404" in one for one in found)


def _tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if has_readers(model)]


def test_the_database_shows_each_reader_the_rows_of_the_tree_and_no_other(asker: Asker) -> None:
    """Without `scoped_to`, for each table with readers: exactly the rows that name the reader's organisation."""
    names = {place.id: key for key, place in asker.land.places.items()}
    foreign = 0
    for model in _tables():
        with system():
            every = {
                pk: {names[one] for one in readers}
                for pk, readers in model._default_manager.values_list("pk", "readers")
            }
        assert every, f"the country has no row of {model._meta.label}"
        for readers in every.values():
            assert readers == {up for one in readers for up in above(one)}, f"{model._meta.label} forgets who is above"
        for reader in READERS:
            user: Any = asker.land.users.get(reader.name)
            with reading_as(user):
                seen = set(model._default_manager.values_list("pk", flat=True))
            assert seen == {pk for pk, readers in every.items() if reader.at in readers}, (model, reader.name)
            foreign += len(every) - len(seen)
    assert foreign > 1_000


def test_the_database_lets_nobody_write_into_a_foreign_row(asker: Asker) -> None:
    stranger = asker.land.user("police_officer", "police33")
    for model in _tables():
        with system():
            before = model._default_manager.count()
        with reading_as(stranger):
            touched = model._default_manager.exclude(readers__contains=[asker.land.places["police33"].id]).update(
                readers=[]
            )
        assert touched == 0 and before, model._meta.label


def test_a_planted_word_is_found_whatever_dresses_it() -> None:
    from tests.matrix.asking import plain

    for dressed in (
        "<b>ZQ</b><i>ABCDEFGH</i>", "ZQABCD&#69;FGH", "ZQ ABCD\u00a0EFGH", '{"x": "ZQ\\u0041BCDEFGH"}',
    ):  # fmt: skip
        assert "ZQABCDEFGH" in plain(dressed), dressed
    assert "13900011007" in plain("139 <b>0001</b> 1007")
