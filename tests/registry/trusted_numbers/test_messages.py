"""The directory goes to other nodes whole, then by deltas; theirs is checked, listed, and lapses in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tests.registry.test_messages import HERE, THERE, from_there, said
from tests.registry.trusted_numbers.conftest import HOTLINE, MOBILE, Centre, in_force, key

from haodun.federation.exchanging import exchange_with
from haodun.federation.keys import add_peer_key, make_own_key, own_key
from haodun.federation.models import Message, Peer
from haodun.federation.services import recall
from haodun.federation.transports import InProcess
from haodun.offices.jobs.services import drain
from haodun.offices.peering.services import run_by
from haodun.registry.restrictions.services import in_effect, last_change
from haodun.registry.trusted_numbers import messages, publishing, services
from haodun.registry.trusted_numbers.documents import Head, Item, delta_bytes, full_bytes, root, sign
from haodun.registry.trusted_numbers.models import DirectoryOffered, OtherDirectory, OtherItem
from haodun.registry.trusted_numbers.other_directories import lapse
from haodun.screening.snapshot import Directory, Signer

CALLER, BANK = 8613913990001, 862588990001
DAY = timedelta(days=1)
SIGNER = Signer.generate()


@pytest.fixture
def link(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    """This centre's node and another, each known to the other, which may exchange directories."""
    monkeypatch.setattr(settings, "HAODUN_NODE", HERE)
    InProcess.queues.clear()
    before = timezone.now() - DAY
    for own in (HERE, THERE):
        make_own_key(own, signs_from=before)
    for own, other in ((HERE, THERE), (THERE, HERE)):
        peer = Peer.objects.create(
            own=own, name=other, active=True, transport={"kind": "in_process"}, may_send=["directory"],
            may_get=["directory"],
        )  # fmt: skip
        add_peer_key(peer, bytes(own_key(other).public), at=before)
    run_by(centre.centre.id)
    yield centre


def item(number: int, *, zh: str = "外省银行", inbound_only: bool = False, until: datetime | None = None) -> Item:
    end = timezone.now() + 90 * DAY if until is None else until
    return Item(number, "外省银行股份有限公司", "91330000MA1ABCDE3G", zh, "Bank", inbound_only, int(end.timestamp()))


class Issuer:
    """The other node's centre."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.head: Head | None = None

    def publish(self, *items: Item, whole: bool | None = None, **changes: Any) -> dict[str, Any]:
        """The body that tells of the next version."""
        now, before, parent = timezone.now(), self.items, self.head
        after = sorted(items, key=lambda one: one.number)
        version = 1 if parent is None else parent.version + 1
        full = full_bytes(version, after)
        delta = delta_bytes(version, version - 1, before, after)
        head = Head(
            issuer=THERE, version=version, parent=version - 1, parent_head="" if parent is None else parent.digest,
            created_ms=int(now.timestamp() * 1000), expires_ms=int((now + 3 * DAY).timestamp() * 1000),
            items=len(after), root=root(after), full=sha256(full).hexdigest(), delta=sha256(delta).hexdigest(),
            parquet="0" * 64, key_id=SIGNER.key_id,
        )  # fmt: skip
        head = replace(head, **changes)
        self.items, self.head = after, head
        whole = parent is None if whole is None else whole
        return {
            "head": head.encode().decode(), "key": SIGNER.public.raw.hex(), "part": 1, "parts": 1,
            "signature": sign(head, SIGNER).hex(), "text": (full if whole else delta).decode(), "whole": whole,
        }  # fmt: skip


def listed() -> dict[str, list[int]]:
    return {name: column.numbers.tolist() for name, column in services.lists(timezone.now()).items()}


def names() -> dict[int, str]:
    found = Directory.parse(services.directory_part(timezone.now()), name="test")
    return {number: entry.name.zh for entry in found.entries for number in entry.numbers}


def test_a_directory_is_sent_whole_then_by_deltas_and_whole_again_to_whoever_lost_the_thread(link: Centre) -> None:
    in_force(link, MOBILE)
    assert publishing.publish_directory() is not None
    assert messages.offer() == [THERE] and messages.offer() == []
    in_force(link, HOTLINE, purpose="hotline", zh="顺达速递客服", en="Shunda Courier Service")
    publishing.publish_directory()
    messages.offer()
    sent = list(Message.objects.filter(kind="directory").order_by("at"))
    assert ['"whole":true' in one.body for one in sent] == [True, False]
    newest = publishing.newest()
    assert newest is not None and DirectoryOffered.objects.get().version == newest.version
    # What went out is what the other side takes: the same bytes, checked by the same key.
    DirectoryOffered.objects.all().delete()
    messages.offer()
    for own in (HERE, THERE, HERE):
        exchange_with(Peer.objects.get(own=own))
    held = OtherDirectory.objects.get(node=HERE)
    assert held.version == newest.version
    assert set(OtherItem.objects.values_list("number", flat=True)) == {MOBILE, HOTLINE}


def test_a_long_file_goes_in_pieces_and_counts_once_the_last_is_there(
    link: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = Issuer()
    body = issuer.publish(item(CALLER), item(BANK))
    cut = len(body["text"]) // 2
    first = body | {"parts": 2, "text": body["text"][:cut]}
    assert said(from_there("directory", first)) == ("accepted", True)
    assert listed()["trusted"] == []
    assert said(from_there("directory", body | {"part": 2, "parts": 2, "text": body["text"][cut:]}))[0] == "accepted"
    assert listed()["trusted"] == sorted([CALLER, BANK])
    assert said(from_there("directory", body | {"part": 2, "parts": 2, "text": body["text"][cut:]})) == (
        "refused", False,
    )  # fmt: skip


def test_another_nodes_numbers_are_listed_named_changed_and_taken_off(link: Centre) -> None:
    issuer, before = Issuer(), last_change()
    message = from_there("directory", issuer.publish(item(CALLER), item(BANK)))
    assert said(message) == ("accepted", False), "no edge has it yet"
    in_effect(last_change())
    assert said(message) == ("accepted", True)
    assert listed() == {"trusted": sorted([CALLER, BANK]), "dno": []}
    assert names() == {CALLER: "外省银行", BANK: "外省银行"}
    assert services.changed_numbers(before, last_change()) == sorted([CALLER, BANK])
    assert services.trusted_among([CALLER, MOBILE], timezone.now()) == {CALLER}
    middle = last_change()
    from_there("directory", issuer.publish(item(BANK, inbound_only=True)))
    assert listed() == {"trusted": [], "dno": [BANK]}
    assert services.changed_numbers(middle, last_change()) == sorted([CALLER, BANK])
    placed = services.placings(timezone.now(), after=middle, upto=last_change(), also=())
    assert placed == [("dno", BANK, last_change())], "it may block, so the cap counts it"
    message = from_there("directory", issuer.publish(item(BANK, inbound_only=True, until=at(issuer))))
    assert said(message) == ("accepted", True), "the daily renewal changes no item"


def at(issuer: Issuer) -> datetime:
    return datetime.fromtimestamp(issuer.items[0].until, tz=timezone.get_current_timezone())


def test_ones_own_entry_goes_before_another_nodes(link: Centre) -> None:
    from_there("directory", Issuer().publish(item(MOBILE, zh="冒名", inbound_only=True), item(BANK)))
    assert listed()["dno"] == [MOBILE]
    entry = in_force(link, MOBILE)
    assert listed() == {"trusted": sorted([MOBILE, BANK]), "dno": []}
    assert names()[MOBILE] == "顺达速递"
    services.step(link.actor("clerk"), [entry.id], "revoke", key=key(), reason="冒用", data={"remedy": "重新申请"})
    assert listed() == {"trusted": [BANK], "dno": [MOBILE]}


def test_a_silent_node_s_directory_lapses_and_a_newer_version_brings_it_back(link: Centre) -> None:
    issuer = Issuer()
    from_there("directory", issuer.publish(item(CALLER)))
    assert lapse(timezone.now()) == []
    before = last_change()
    assert lapse(timezone.now() + 4 * DAY) == [THERE]
    assert listed()["trusted"] == [] and services.changed_numbers(before, last_change()) == [CALLER]
    before = last_change()
    from_there("directory", issuer.publish(*issuer.items))
    assert listed()["trusted"] == [CALLER] and services.changed_numbers(before, last_change()) == [CALLER]


def test_a_recall_takes_the_whole_directory_off(link: Centre) -> None:
    message = from_there("directory", Issuer().publish(item(CALLER)))
    with transaction.atomic():
        (asked,) = recall(message, "published in error", own=THERE)
    said(message)
    assert said(asked) == ("accepted", True)
    assert listed()["trusted"] == []


REFUSED = [
    ({"signature": "00" * 64}, {}),
    ({"text": '{"format":1,"items":[],"version":1}\n'}, {}),
    ({"key": Signer.generate().public.raw.hex()}, {}),
    ({"part": 2}, {}),
    ({"parts": 5_000}, {}),
    ({"more": 1}, {}),
    ({"head": "\x00"}, {}),
    ({}, {"issuer": "somebody"}),
    ({}, {"expires_ms": 1}),
    ({}, {"items": 5}),
]


@pytest.mark.parametrize(("body", "head"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_signed_whole_and_in_time_is_refused(
    link: Centre, body: dict[str, Any], head: dict[str, Any]
) -> None:
    message = from_there("directory", Issuer().publish(item(CALLER), **head) | body)
    assert said(message)[0] == "refused"
    assert not OtherItem.objects.exists() and listed()["trusted"] == []


@pytest.mark.parametrize(
    "wrong", [item(123), item(CALLER, zh=""), item(CALLER, zh="<b>"), item(CALLER, zh="行" * 61), item(CALLER * 10**6)]
)
def test_an_item_that_no_telephone_could_show_is_refused(link: Centre, wrong: Item) -> None:
    assert said(from_there("directory", Issuer().publish(item(BANK), wrong)))[0] == "refused"
    assert not OtherItem.objects.exists()


def test_an_older_version_is_refused_and_a_delta_of_what_is_not_held_asks_for_the_whole(link: Centre) -> None:
    issuer = Issuer()
    first = issuer.publish(item(CALLER))
    missed = issuer.publish(item(CALLER), item(BANK))
    assert said(from_there("directory", first))[0] == "accepted"
    assert said(from_there("directory", first))[0] == "refused"
    lost: UUID = from_there("directory", issuer.publish(item(BANK)))
    assert missed["whole"] is False and said(lost)[0] == "refused"
    DirectoryOffered.objects.create(node=THERE, version=3, message=lost)
    in_force(link, MOBILE)
    drain()
    assert said(from_there("directory", issuer.publish(item(BANK), whole=True)))[0] == "accepted"
    assert listed()["trusted"] == sorted([MOBILE, BANK])


def test_names_of_many_numbers_are_as_large_as_a_snapshot_takes(link: Centre) -> None:
    until = timezone.now() + 30 * DAY
    many: Sequence[Item] = [item(CALLER + nth, until=until) for nth in range(600)]
    from_there("directory", Issuer().publish(*many))
    found = Directory.parse(services.directory_part(timezone.now()), name="test")
    assert sorted(len(entry.numbers) for entry in found.entries) == [100, 500]
