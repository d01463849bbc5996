"""Papers: only what they are by their own bytes, within limits, sealed on the disk, each look in the ledger."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.conf import settings
from tests.registry.trusted_numbers.conftest import PDF, Centre, key
from tests.registry.trusted_numbers.conftest import written as write

from haodun.audit.models import Entry as LedgerEntry
from haodun.offices.transitions.services import Refused
from haodun.registry.trusted_numbers import services
from haodun.registry.trusted_numbers.evidence import MAX_BYTES, MAX_FILES, media_type_of
from haodun.registry.trusted_numbers.models import Evidence

PNG = b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0....\xff\xd9"


@pytest.mark.parametrize(("data", "kind"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")])
def test_whole_files_of_three_kinds_are_known_by_their_bytes(data: bytes, kind: str) -> None:
    assert media_type_of(data) == kind
    assert media_type_of(data[:-3]) is None
    assert media_type_of(b"MZ" + data) is None


@pytest.mark.parametrize(
    "data", [b"", b"#!/bin/sh\n", b"\x7fELF", b"<svg onload=alert(1)>", b"%PDF-1.7", PDF.ljust(MAX_BYTES + 1, b"%")]
)
def test_what_is_no_whole_paper_is_refused(centre: Centre, data: bytes) -> None:
    actor = centre.actor("owner")
    entry = services.begin_application(actor, key=key())
    with pytest.raises(Refused) as found:
        services.add_evidence(actor, entry, kind="licence", name="licence.pdf", data=data)
    assert found.value.code == "evidence"
    assert not Evidence.objects.exists()


def test_a_paper_lies_sealed_and_cannot_be_executed_and_comes_back_whole(centre: Centre) -> None:
    actor = centre.actor("owner")
    entry = services.begin_application(actor, key=key())
    paper = services.add_evidence(actor, entry, kind="licence", name="..\\..\\执照\u202efdp.exe", data=PDF)
    place = Path(settings.HAODUN_DATA) / "evidence" / f"{paper}.sealed"
    assert PDF not in place.read_bytes()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    given = services.open_evidence(centre.actor("clerk"), Evidence.objects.get(id=paper))
    assert (given.name, given.media_type, given.data) == ("执照fdp.exe", "application/pdf", PDF)
    assert LedgerEntry.objects.filter(kind="trusted:evidence_read", actor=centre.user("clerk").id).count() == 1


def test_a_paper_that_was_exchanged_on_the_disk_is_not_shown(centre: Centre) -> None:
    entry = write(centre)
    one, other = entry.evidence.order_by("at")[:2]
    folder = Path(settings.HAODUN_DATA) / "evidence"
    services.add_evidence(centre.actor("owner"), entry.id, kind="brand", name="b.png", data=PNG)
    (folder / f"{one.id}.sealed").write_bytes((folder / f"{entry.evidence.get(kind='brand').id}.sealed").read_bytes())
    with pytest.raises(Refused):
        services.open_evidence(centre.actor("clerk"), one)
    assert services.open_evidence(centre.actor("clerk"), other).data == PDF


def test_an_application_has_so_many_papers_and_a_submitted_one_keeps_them(centre: Centre) -> None:
    entry, actor = write(centre), centre.actor("owner")
    for number in range(MAX_FILES - 3):
        for _ in range(2):  # the same bytes are kept once
            data = PNG[:8] + bytes([number]) + PNG[8:]
            services.add_evidence(actor, entry.id, kind="brand", name="b.png", data=data)
    with pytest.raises(Refused):
        services.add_evidence(actor, entry.id, kind="brand", name="b.png", data=PNG)
    services.remove_evidence(actor, entry.id, entry.evidence.filter(kind="brand")[0].id)
    assert entry.evidence.count() == MAX_FILES - 1
    services.step(actor, [entry.id], "submit", key=key())
    with pytest.raises(Refused):
        services.remove_evidence(actor, entry.id, entry.evidence.all()[0].id)
