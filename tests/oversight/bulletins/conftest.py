"""A loaded synthetic country for bulletins: its folder, DuckDB over the folder's files, and the register itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest

from haodun.console.setup import configure
from haodun.lab.country import Registry, load_scenario, make_registry, write_registry

configure()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from haodun.offices.organisations.models import User  # noqa: E402
from haodun.offices.organisations.seeding import seed_country  # noqa: E402

Ask = Callable[..., tuple[Any, ...]]
SUBSCRIBERS = 6000


@pytest.fixture(scope="module")
def made() -> Registry:
    return make_registry(load_scenario(None), subscribers=SUBSCRIBERS, seed=11)


@pytest.fixture(scope="module")
def folder(made: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("country")
    write_registry(made, out=out)
    return out / "registry"


@pytest.fixture(scope="module")
def ask(folder: Path) -> Ask:
    """The first row of an SQL query over the files, which knows nothing of the register."""
    connection = duckdb.connect()
    connection.execute("set timezone = 'Asia/Shanghai'")
    for path in folder.glob("*.parquet"):
        connection.execute(f"create view {path.stem} as select * from '{path}'")
    return lambda sql, *values: connection.execute(sql, list(values)).fetchall()[0]


@pytest.fixture(scope="module")
def country(postgres: object, folder: Path) -> Iterator[None]:
    """The register, loaded; rolled back when the module's tests are over."""
    with transaction.atomic():
        seed_country()
        call_command("load_country", str(folder), stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def supervisor(country: None) -> Iterator[User]:
    """A person of the ministry; what the test writes is rolled back."""
    with transaction.atomic():
        yield User.objects.get(username="supervisor")
        transaction.set_rollback(True)
