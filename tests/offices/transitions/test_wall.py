"""PostgreSQL refuses to change a state except inside act(), for every registered table."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from tests.offices.transitions.parcels import PARCELS, packed, person, send

from haodun.console.database import Urls
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import tables


@pytest.mark.usefixtures("db", "parcels")
class TestWall:
    def test_an_update_of_a_state_outside_act_is_refused(self) -> None:
        with system():
            made = packed(person())[0]
            with pytest.raises(DatabaseError, match="changes by act"), transaction.atomic():
                PARCELS.filter(id=made.id).update(state="SENT")
            assert PARCELS.get(id=made.id).state == "PACKED"

    def test_the_wall_is_closed_again_after_an_act(self) -> None:
        with system():
            first, second = packed(person(), count=2)
            send(person(), [first.id])
            with pytest.raises(DatabaseError, match="changes by act"), transaction.atomic():
                PARCELS.filter(id=second.id).update(state="SENT")

    def test_saving_a_row_that_was_read_before_the_act_does_not_turn_it_back(self) -> None:
        with system():
            made = packed(person())[0]
            old = PARCELS.get(id=made.id)
            send(person(), [made.id])
            with pytest.raises(DatabaseError, match="changes by act"), transaction.atomic():
                old.save()

    def test_other_columns_are_free(self) -> None:
        with system():
            made = packed(person())[0]
            PARCELS.filter(id=made.id).update(weight=7, state="PACKED")
            assert PARCELS.get(id=made.id).weight == 7


def test_every_registered_table_has_the_wall(postgres: Urls) -> None:
    with psycopg.connect(postgres.owner) as owner:
        found = owner.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'haodun_only_act'"
        ).fetchall()
    wanted = {apps.get_model(table.model)._meta.db_table for table in tables()}
    assert wanted
    assert wanted <= {name for (name,) in found}
