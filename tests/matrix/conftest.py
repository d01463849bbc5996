"""The matrix's country, built once and committed, and the line that says how much was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from haodun.console.setup import configure, prepare_keys

configure()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from tests.conftest import ASKED  # noqa: E402
from tests.matrix import (  # noqa: E402
    declared_clusters,
    declared_key_services,
    declared_nodes,
    declared_own_cards,
    declared_policies,
    declared_reregistration,
    declared_resellers,
    declared_subscribers,
    declared_voice_lines,
)
from tests.matrix.asking import Asker  # noqa: E402
from tests.matrix.country import Country, found  # noqa: E402
from tests.matrix.country_rest import rest  # noqa: E402

from haodun.offices.organisations.services import system  # noqa: E402

if TYPE_CHECKING:
    from haodun.console.database import Urls


@pytest.fixture(scope="module")
def asker(postgres: Urls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """Whoever asks; the country is committed, and gone afterwards."""
    from django.db import connections

    from haodun.registry.policies import publishing
    from haodun.registry.policies.chain import Chain

    patch = pytest.MonkeyPatch()
    data: Path = tmp_path_factory.mktemp("matrix")
    prepare_keys(data)
    patch.setattr(settings, "HAODUN_DATA", data)
    patch.setattr(settings, "HAODUN_SYNTHETIC", False)
    patch.setattr(settings, "ALLOWED_HOSTS", ["localhost"])
    patch.setattr(publishing, "_chain", Chain())
    land = found()
    with system(), transaction.atomic():
        declared_key_services.rows(land)
        declared_nodes.found_nodes(land)
        declared_subscribers.rows(land)
        declared_voice_lines.rows(land)
        declared_reregistration.rows(land)
        declared_resellers.rows(land)
        declared_policies.rows(land)
        declared_own_cards.rows(land)
        declared_clusters.rows(land)
        rest()
    asker = Asker(land)
    asker.citizen = _citizen(land)
    asker.settle()
    yield asker
    patch.undo()
    connections.close_all()
    empty(postgres)


def empty(urls: Urls) -> None:
    """Remove all rows that tests committed."""
    import psycopg

    with psycopg.connect(urls.owner) as owner:
        keep = ("django_migrations", "django_content_type", "auth_permission")
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = ", ".join(f'"{name}"' for (name,) in rows if name not in keep)
        owner.execute(f"TRUNCATE {names} CASCADE")


def _citizen(land: Country) -> str:
    """The session of somebody without an account who has typed the reference of a notice and begun an appeal."""
    client = Client(headers={"host": "localhost"})
    client.post("/appeal/", {"way": "token"})
    assert client.post("/why/token/", {"token": land.notice}).status_code == 302
    claim = f"r{next(thing.id for thing in land.things if thing.kind == 'restriction')}"
    assert client.post("/appeal/which/", {"claim": claim}).status_code == 302
    assert client.post("/appeal/statement/", {"statement": "号码被冒用"}).status_code == 302
    assert client.post("/appeal/contact/", {"contact": ""}).status_code == 302
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`count(cases=, addresses=, readers=)`: what one test asked, for the line at the end of the run."""

    def add(*, cases: int, addresses: int, readers: int) -> None:
        request.node.user_properties.append((ASKED, (cases, addresses, readers)))

    return add
