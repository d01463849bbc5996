"""The policy published here is offered to other nodes; one that came changes nothing, and is told when it runs."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from tests.registry.conftest import Land
from tests.registry.policies.test_publishing import FIRST, place
from tests.registry.test_messages import HERE, THERE, from_there, said

from haodun.federation.keys import add_peer_key, make_own_key, own_key
from haodun.federation.models import Message, Peer
from haodun.federation.services import recall
from haodun.federation.transports import InProcess
from haodun.offices.organisations.services import system
from haodun.offices.peering.services import run_by
from haodun.registry.policies import publishing, services
from haodun.registry.policies.content import read_site
from haodun.registry.policies.facts import SnapshotExecuted
from haodun.registry.policies.messages import on_executed
from haodun.registry.policies.models import OfferedPolicy


@pytest.fixture
def link(site: Land, monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    from datetime import timedelta

    from django.conf import settings
    from django.utils import timezone

    monkeypatch.setattr(settings, "HAODUN_NODE", HERE)
    InProcess.queues.clear()
    before = timezone.now() - timedelta(days=1)
    with system():
        for own in (HERE, THERE):
            make_own_key(own, signs_from=before)
        for own, other in ((HERE, THERE), (THERE, HERE)):
            peer = Peer.objects.create(
                own=own, name=other, active=True, transport={"kind": "in_process"}, may_send=["policy"],
                may_get=["policy"],
            )  # fmt: skip
            add_peer_key(peer, bytes(own_key(other).public), at=before)
        run_by(site.ministry.id)
        yield site


def offer(text: str, **changes: Any) -> dict[str, Any]:
    return {"digest": sha256(text.encode()).hexdigest(), "name": "cn", "text": text} | changes


def test_a_publication_offers_its_policy_once(link: Land) -> None:
    place(link, FIRST)
    services.publish("placed")
    place(link, FIRST + 1, source="B")
    services.publish("placed")
    message = Message.objects.get(kind="policy")
    assert message.audience == [THERE] and sha256(read_site().policy_yaml.encode()).hexdigest() in message.body


def test_an_offer_changes_nothing_until_it_runs_here(link: Land, tmp_path: Path) -> None:
    text = read_site().policy_yaml
    message = from_there("policy", offer(text))
    row = OfferedPolicy.objects.get()
    assert (row.id, row.node, row.text) == (message, THERE, text) and said(message) == ("accepted", False)
    assert publishing.snapshots_folder().exists() is False
    place(link, FIRST)
    version = services.publish("placed")
    assert version is not None
    with transaction.atomic():
        on_executed(SnapshotExecuted(version=version, change=1, edges=1))
    assert said(message) == ("accepted", True)
    out = StringIO()
    call_command("offered_policy", stdout=out)
    assert row.digest[:16] in out.getvalue() and "in force" in out.getvalue()
    target = tmp_path / "offered.yaml"
    call_command("offered_policy", row.digest[:8], out=target, stdout=out)
    assert target.read_text(encoding="utf-8") == text
    with pytest.raises(CommandError):
        call_command("offered_policy", row.digest[:8], out=target, stdout=out)


def test_an_offer_that_is_recalled_no_longer_stands(link: Land, tmp_path: Path) -> None:
    message = from_there("policy", offer(read_site().policy_yaml))
    with transaction.atomic():
        (taken_back,) = recall(message, "an error", own=THERE)
    said(message)
    assert said(taken_back) == ("accepted", True)
    assert OfferedPolicy.objects.get().recalled_at is not None
    with pytest.raises(CommandError):
        call_command("offered_policy", out=tmp_path / "x.yaml", stdout=StringIO())


@pytest.mark.parametrize("body", [offer("no: policy"), offer("x", digest="0" * 64), offer("x", name=""), {"text": "x"}])
def test_what_does_not_compile_or_fit_is_refused(link: Land, body: dict[str, Any]) -> None:
    assert said(from_there("policy", body)) == ("refused", False)
    assert not OfferedPolicy.objects.exists()
