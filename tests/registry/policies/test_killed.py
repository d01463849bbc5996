"""kill -9 of a publisher in another process: the old version or the new one is whole, and the next one goes on."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from tests.faults.killing import Point, run
from tests.registry.conftest import Land
from tests.registry.policies.approvers import Approvers, drafts_on_disk, states
from tests.registry.policies.test_publishing import FIRST, folders, lists_of, place

from haodun.console.database import Urls
from haodun.registry.policies import edge_api, publishing, services
from haodun.registry.policies.edges import authenticated
from haodun.registry.policies.models import Publication

SETUP = "from haodun.console.setup import configure; configure()"
PUBLISHING = "haodun.registry.policies.publishing"
RELEASING = "haodun.registry.policies.releasing"
FOLDER = "haodun.screening.snapshot.folder"
PUBLISH = """
from haodun.registry.policies import publishing
publishing.publish("placed")
"""
RELEASE = """
import sys
from pathlib import Path
from haodun.registry.policies import releasing
releasing.publish_approved([Path(name) for name in sys.argv[1:]])
"""


def killed(at: Point, urls: Urls, program: str = PUBLISH, *files: Path, **more: str) -> bool:
    """Whether a publisher in another process died there."""
    environment = {**os.environ, "HAODUN_DATA": str(settings.HAODUN_DATA), "DATABASE_URL": urls.app, **more}
    return run(program, *map(str, files), at=at, setup=SETUP, environment=environment, timeout=60).killed


@pytest.mark.fault
@pytest.mark.parametrize(
    ("at", "newest"),
    [
        pytest.param(Point(FOLDER, "fsync", nth=1), 1, id="first fsync"),
        pytest.param(Point(FOLDER, "fsync", nth=3), 1, id="third fsync"),
        pytest.param(Point(FOLDER, "rename"), 1, id="rename"),
        pytest.param(Point(PUBLISHING, "announce"), 1, id="row"),
        pytest.param(Point(PUBLISHING, "emit"), 1, id="commit"),
        pytest.param(Point(PUBLISHING, "_prune"), 2, id="pruning"),
    ],
)
def test_killed_anywhere_the_old_version_or_the_new_one_is_whole(
    site: Land, committed_db: Urls, at: Point, newest: int
) -> None:
    place(site, FIRST)
    services.publish("placed")
    place(site, FIRST + 1, source="B")
    assert killed(at, committed_db)
    assert Publication.objects.order_by("-version").values_list("version", flat=True)[0] == newest
    assert lists_of(newest)["orders"] == {FIRST + n for n in range(newest)}
    place(site, FIRST + 2, source="C")
    assert services.publish("placed") == newest + 1
    assert lists_of(newest + 1)["orders"] == {FIRST, FIRST + 1, FIRST + 2}
    assert folders() == [str(version) for version in range(1, newest + 2)]


@pytest.mark.fault
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(Point(FOLDER, "rename"), id="rename"),
        pytest.param(Point(RELEASING, "measure"), id="folder"),
        pytest.param(Point(PUBLISHING, "announce"), id="row"),
        pytest.param(Point(RELEASING, "_record"), id="commit"),
        pytest.param(Point(RELEASING, "drafts_folder"), id="removing"),
    ],
)
def test_killed_while_releasing_it_waits_on_or_is_whole(
    site: Land, committed_db: Urls, at: Point, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAODUN_APPROVAL_CAP", "1")
    approvers = Approvers.found(tmp_path)
    place(site, FIRST)
    place(site, FIRST + 1, FIRST + 2, source="big")
    services.publish("placed")
    files = approvers.both()
    assert killed(at, committed_db, RELEASE, *files, HAODUN_APPROVAL_CAP="1")
    newest = Publication.objects.order_by("-version").values_list("version", flat=True)[0]
    assert newest == (201 if at.function == "drafts_folder" else 1)
    if newest == 1:
        assert lists_of(1)["orders"] == {FIRST} and services.waiting() is not None
        assert services.publish_approved(files) == 201
    assert lists_of(201)["orders"] == {FIRST, FIRST + 1, FIRST + 2}
    services.publish("by hand", full=True)
    assert folders() == ["1", "201", "202", "drafts"]
    assert drafts_on_disk() == [] and states() == ["published"]


@pytest.mark.fault
def test_killed_while_drafting_it_is_drafted_anew(
    site: Land, committed_db: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAODUN_APPROVAL_CAP", "1")
    approvers = Approvers.found(tmp_path)
    place(site, FIRST, FIRST + 1, source="big")
    drafted = Point("haodun.registry.policies.drafts", "record")
    assert killed(drafted, committed_db, HAODUN_APPROVAL_CAP="1")
    assert services.waiting() is None and drafts_on_disk() == ["201"], "a folder without a row"
    services.publish("placed")
    assert drafts_on_disk() == ["201"] and states() == ["waiting"]
    assert services.publish_approved(approvers.both()) == 201
    assert lists_of(201)["orders"] == {FIRST, FIRST + 1}


def test_an_edge_is_enrolled_by_command_and_its_token_printed_once(site: Land) -> None:
    out = StringIO()
    call_command("enrol_edge", "edge-9", organisation="江苏移动", mode="observe", stdout=out)
    edge = authenticated(f"Bearer {out.getvalue().strip()}")
    assert edge is not None and (edge.name, edge.mode, edge.organisation_id) == ("edge-9", "observe", site.mobile.id)
    for name, organisation in (("edge-9", "江苏移动"), ("edge-8", "nobody"), ("a/b", str(site.mobile.id))):
        with pytest.raises(CommandError):
            call_command("enrol_edge", name, organisation=organisation, stdout=out)


def test_publishing_by_hand_says_what_happened(site: Land) -> None:
    place(site, FIRST)
    said = []
    for options in ({}, {}, {"full": True}):
        out = StringIO()
        call_command("publish", stdout=out, **options)
        said.append(out.getvalue().strip())
    assert said == ["version 1", "nothing has changed", "version 2"]
    assert publishing.snapshots_folder().joinpath("2", "policy.yaml").is_file()


def test_receipts_refill_evenly() -> None:
    rate = edge_api.Rate(60)
    assert [rate.allows(1, 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert rate.allows(2, 0.0)
    assert [rate.allows(1, second) for second in (0.5, 1.0, 1.1, 2.1)] == [False, True, False, True]
