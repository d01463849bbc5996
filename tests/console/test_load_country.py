"""Loading a synthetic country: what the files say stands in the register on its day; a second time is refused."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from haodun.console.formatting import BEIJING
from haodun.console.setup import configure
from haodun.lab.country import load_scenario, make_registry, write_registry

configure()

from django.core.management import call_command  # noqa: E402
from django.core.management.base import CommandError  # noqa: E402

from haodun.offices.organisations.seeding import seed_country  # noqa: E402
from haodun.offices.organisations.services import system  # noqa: E402
from haodun.offices.transitions.services import StepRecord  # noqa: E402
from haodun.registry.key_services.models import Service  # noqa: E402
from haodun.registry.resellers.models import ResellerCase  # noqa: E402
from haodun.registry.subscribers.models import HolderInterval  # noqa: E402
from haodun.registry.voice_lines.models import VoiceLine  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("country")
    write_registry(make_registry(load_scenario(None), subscribers=1000, seed=3), out=out)
    return out / "registry"


@pytest.mark.usefixtures("db")
def test_what_the_files_say_stands_in_the_register_on_its_day_and_a_second_load_is_refused(folder: Path) -> None:
    seed_country()
    call_command("load_country", str(folder), stdout=StringIO())
    rows = pq.read_table(folder / "key_services.parquet").to_pylist()
    with system():
        closed = dict(Service.objects.filter(state="CLOSED").values_list("applicant", "closed_at"))
        flagged = StepRecord.objects.filter(object_type="key_service", action="flag").count()
        states = set(VoiceLine.objects.values_list("state", flat=True))
        assert HolderInterval.objects.count() == pq.read_metadata(folder / "subscribers.parquet").num_rows
        cases = dict(ResellerCase.objects.values_list("reseller__name_zh", "sample"))
    assert len(closed) == sum(row["closed_on"] is not None for row in rows) > 0
    for row in rows:
        if row["closed_on"]:
            assert closed[row["applicant"]].astimezone(BEIJING).date().isoformat() == row["closed_on"]
    assert flagged == sum(row["flagged_on"] is not None for row in rows)
    assert states == {"REGISTERED", "ENFORCED", "CLOSED"}
    assert set(cases.values()) == {50}
    with pytest.raises(CommandError, match="without any: name another --data"):
        call_command("load_country", str(folder))


@pytest.mark.usefixtures("db")
def test_a_folder_that_is_none_or_an_installation_without_the_country_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"subscribers\.parquet is missing"):
        call_command("load_country", str(tmp_path))
    with pytest.raises(CommandError, match="no ministry; run `haodun manage seed_country` first"):
        call_command("load_country", str(folder))
