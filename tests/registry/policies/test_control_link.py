"""The control link, spoken by the real client: announced at once, fetched, executed, said; strangers learn nothing."""

from __future__ import annotations

import http.client
import json
import threading
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from tests.registry.conftest import Land
from tests.registry.policies.conftest import Starter, eventually
from tests.registry.policies.test_publishing import FIRST, lift, place

from haodun.audit.models import Entry
from haodun.offices.organisations.services import reading_as, system
from haodun.offices.transitions.services import subscribe, unsubscribe
from haodun.registry.policies import edge_api, services
from haodun.registry.policies.edges import EdgeRefused
from haodun.registry.policies.edges import enrolled as enrolled_edges
from haodun.registry.policies.facts import SnapshotExecuted
from haodun.registry.policies.limits import MAX_RECEIPT_BYTES, SILENT_AFTER
from haodun.registry.policies.models import Edge as EdgeRow
from haodun.registry.policies.models import Publication, Receipt
from haodun.registry.policies.receipts import Said, take_receipt
from haodun.registry.policies.streams import PLACES


def ask(
    server: str, path: str, *, token: str = "", body: bytes | None = None, said: str | None = None
) -> tuple[int, bytes, dict[str, str]]:
    """One request; status, body and headers of its answer."""
    host = urlsplit(server)
    client = http.client.HTTPConnection(str(host.hostname), host.port, timeout=10)
    try:
        headers = {} if said is None else {"Authorization": said}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        client.request("GET" if body is None else "POST", f"/edge/v1/{path}", body=body, headers=headers)
        answer = client.getresponse()
        return answer.status, answer.read(), dict(answer.headers)
    finally:
        client.close()


def receipt(version: int = 1, state: str = "executed", **changes: object) -> bytes:
    return json.dumps({"version": version, "state": state, "detail": "", "at_ms": 1, "run": "r", **changes}).encode()


def executed(name: str) -> int:
    with system():
        return EdgeRow.objects.get(name=name).version


def test_what_is_published_is_decided_by_and_said(site: Land, edge: Starter) -> None:
    one = edge()
    placed = place(site, FIRST)
    services.publish("placed")
    eventually(lambda: executed("edge-1") == 1, "version 1 executed")
    assert one.numbers("orders") == {FIRST}
    place(site, FIRST + 1, source="B")
    lift(site, *placed)
    services.publish("lifted")
    eventually(lambda: executed("edge-1") == 2, "version 2 executed")
    assert one.numbers("orders") == {FIRST + 1}
    assert one.versions == [1, 2]
    with system():
        said = list(
            Receipt.objects.order_by("publication_id", "received_at").values_list("publication_id", "state", "detail")
        )
    assert [row[:2] for row in said] == [(1, "received"), (1, "executed"), (2, "received"), (2, "executed")]
    assert said[2][2] == "delta"
    assert Entry.objects.filter(kind="edge:receipt").count() == 4


def test_an_edge_that_was_away_catches_up_by_the_deltas_or_by_the_newest_full_one(site: Land, edge: Starter) -> None:
    one = edge()
    place(site, FIRST)
    services.publish("placed")
    eventually(lambda: executed("edge-1") == 1, "version 1 executed")
    one.stop()
    for n in (1, 2):
        place(site, FIRST + n, source=str(n))
        services.publish("placed")
    again = edge("edge-1", token=one.token)
    eventually(lambda: executed("edge-1") == 3, "version 3 executed")
    assert again.versions == [2, 3]
    assert again.numbers("orders") == {FIRST, FIRST + 1, FIRST + 2}
    again.stop()
    for n in (3, 4):
        place(site, FIRST + n, source=str(n))
        services.publish("placed", full=n == 4)
    last = edge("edge-1", token=one.token)
    eventually(lambda: executed("edge-1") == 5, "version 5 executed")
    assert last.versions == [5], "a newer full one makes the deltas before it needless"


def test_an_edge_without_the_parent_gets_a_delta_whole(site: Land, server: str) -> None:
    token = services.enrol("e", organisation=site.mobile.id)
    for n in range(2):
        place(site, FIRST + n, source=str(n))
        services.publish("placed")
    for path in ("snapshots/2", "snapshots/2?kind=full"):
        status, body, headers = ask(server, path, token=token)
        assert (status, headers["Content-Type"], int(headers["Content-Length"])) == (
            200,
            "application/x-tar",
            len(body),
        )
        assert (b"policy.yaml" in body) == path.endswith("full")


def test_an_order_is_executed_when_every_live_edge_says_so(site: Land, edge: Starter) -> None:
    facts: list[SnapshotExecuted] = []
    subscribe(SnapshotExecuted, facts.append)
    try:
        edge("fast")
        slow = edge("slow")
        services.enrol("never-seen", organisation=site.mobile.id)
        slow.holding_back.set()
        placed = place(site, FIRST)[0]
        services.publish("placed")
        eventually(lambda: executed("fast") == 1, "the fast one executed")
        with system():
            everywhere = services.executed_everywhere(placed.change)
        assert (everywhere.version, everywhere.executed, everywhere.missing) == (1, ("fast",), ("never-seen", "slow"))
        assert everywhere.silent == ("never-seen",) and not everywhere.done
        assert facts == []
        slow.holding_back.clear()
        eventually(lambda: bool(facts), "both executed")
    finally:
        unsubscribe(SnapshotExecuted, facts.append)
    assert facts == [SnapshotExecuted(version=1, change=placed.change, edges=2)]
    assert not services.executed_everywhere(placed.change).done, "a silent edge is never counted as having executed"
    services.revoke("never-seen")
    assert services.executed_everywhere(placed.change).done


def test_lifted_everywhere_is_row_and_snapshot_and_receipts(site: Land) -> None:
    services.enrol("e", organisation=site.mobile.id)
    with system():
        edge_id = enrolled_edges().get().pk
    placed = place(site, FIRST)[0]
    services.publish("placed")
    take_receipt(edge_id, Said(1, "executed", "", timezone.now(), "r"))
    assert services.executed_everywhere(placed.change).done
    assert not services.lifted_everywhere(placed.id).done, "it is not lifted"
    lift(site, placed)
    assert services.lifted_everywhere(placed.id).version == 0, "not published"
    services.publish("lifted")
    with system():
        waited = services.lifted_everywhere(placed.id)
    assert (waited.version, waited.missing, waited.done) == (2, ("e",), False)
    take_receipt(edge_id, Said(2, "executed", "", timezone.now(), "r"))
    assert services.lifted_everywhere(placed.id).done


def test_an_edge_that_falls_silent_is_waited_for_no_longer_and_never_counted(site: Land) -> None:
    facts: list[SnapshotExecuted] = []
    subscribe(SnapshotExecuted, facts.append)
    now = timezone.now()
    try:
        for name in ("a", "b"):
            services.enrol(name, organisation=site.mobile.id)
        with system():
            ids = dict(EdgeRow.objects.values_list("name", "pk"))
        placed = place(site, FIRST)[0]
        services.publish("placed")
        take_receipt(ids["b"], Said(1, "received", "", now, "r"), now)
        later = now + SILENT_AFTER / 2
        take_receipt(ids["a"], Said(1, "executed", "", later, "r"), later)
        assert facts == []
        quiet = now + SILENT_AFTER * 1.1
        services.settle(quiet)
        services.settle(quiet)
    finally:
        unsubscribe(SnapshotExecuted, facts.append)
    assert facts == [SnapshotExecuted(version=1, change=placed.change, edges=1)]
    with system():
        assert services.executed_everywhere(placed.change, quiet).silent == ("b",)


def test_an_edge_of_another_is_named_by_its_organisation_only(site: Land) -> None:
    services.enrol("secret-edge", organisation=site.mobile.id)
    placed = place(site, FIRST)[0]
    for user, name in ((site.owner, "secret-edge"), (site.colleague, "secret-edge"), (site.stranger, "江苏移动")):
        with reading_as(user):
            assert services.executed_everywhere(placed.change).missing == (name,)
            assert services.lifted_everywhere(placed.id).missing == (name,)


def test_without_any_live_edge_nothing_is_executed(site: Land) -> None:
    services.enrol("a", organisation=site.mobile.id)
    placed = place(site, FIRST)[0]
    services.publish("placed")
    assert services.settle() == 0
    assert not services.executed_everywhere(placed.change).done
    assert Publication.objects.get().executed_at is None


def test_the_same_receipt_twice_is_one(site: Land, server: str) -> None:
    token = services.enrol("e", organisation=site.mobile.id)
    place(site, FIRST)
    services.publish("placed")
    told = [ask(server, "receipts", token=token, body=receipt())[0] for _ in range(3)]
    assert told == [204, 204, 204]
    with system():
        assert Receipt.objects.count() == 1
    assert Entry.objects.filter(kind="edge:receipt").count() == 1


def test_last_receipts_at_once_tell_it_once(site: Land) -> None:
    facts: list[SnapshotExecuted] = []
    subscribe(SnapshotExecuted, facts.append)
    try:
        for n in range(4):
            services.enrol(f"e{n}", organisation=site.mobile.id)
        with system():
            ids = list(EdgeRow.objects.values_list("pk", flat=True))
        place(site, FIRST)
        services.publish("placed")
        now = timezone.now()
        for pk in ids:
            take_receipt(pk, Said(1, "received", "", now, "r"), now)
        ready = threading.Barrier(len(ids))

        def run(pk: int) -> None:
            try:
                ready.wait()
                take_receipt(pk, Said(1, "executed", "", now, "r"), now)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(pk,)) for pk in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        unsubscribe(SnapshotExecuted, facts.append)
    assert [(fact.version, fact.edges) for fact in facts] == [(1, 4)]


@pytest.mark.parametrize("path", ["stream", "snapshots/1", "snapshots/1?kind=full"])
@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer x", "Basic abc", f"Bearer {'A' * 43}", "Bearer ４２"])
def test_strangers_are_told_nothing(site: Land, server: str, path: str, header: str) -> None:
    place(site, FIRST)
    services.publish("placed")
    said = header.encode().decode("latin-1") if header else None
    status, body, told = ask(server, path, said=said)
    assert (status, told["WWW-Authenticate"]) == (401, "Bearer")
    assert str(FIRST).encode() not in body
    assert ask(server, "receipts", body=receipt(), said=said)[0] == 401
    with system():
        assert Receipt.objects.count() == 0


def test_a_revoked_edge_is_a_stranger(site: Land, server: str, edge: Starter) -> None:
    one = edge()
    eventually(lambda: len(PLACES) == 1, "its stream is open")
    services.revoke("edge-1")
    eventually(lambda: len(PLACES) == 0, "its stream is closed")
    assert ask(server, "snapshots/1", token=one.token)[0] == 401
    with pytest.raises(EdgeRefused, match="no enrolled edge"):
        services.revoke("edge-1")


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b"null", b"\xff", b"[" * 8_000, receipt(version=9), receipt(version=0), receipt(version=-1),
        receipt(version=2**53), receipt(state="Executed"), receipt(at_ms="1"), receipt(at_ms=-1), receipt(at_ms=2**60),
        receipt(run=5), receipt(detail="\0"), receipt().replace(b"1,", b"true,", 1),
        receipt().replace(b"1,", b"1e0,", 1),
    ],
)  # fmt: skip
def test_a_receipt_that_is_none_is_400_and_leaves_nothing(site: Land, server: str, body: bytes) -> None:
    token = services.enrol("e", organisation=site.mobile.id)
    place(site, FIRST)
    services.publish("placed")
    assert ask(server, "receipts", token=token, body=body)[0] == 400
    with system():
        assert Receipt.objects.count() == 0


def test_limits_hold(site: Land, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = services.enrol("e", organisation=site.mobile.id)
    place(site, FIRST)
    services.publish("placed")
    assert ask(server, "receipts", token=token, body=receipt(detail="x" * MAX_RECEIPT_BYTES))[0] == 413
    monkeypatch.setattr(edge_api, "RATE", edge_api.Rate(2))
    told = [ask(server, "receipts", token=token, body=receipt())[0] for _ in range(3)]
    assert told == [204, 204, 429]
    for path, status in (("snapshots/9", 404), ("snapshots/x", 404), ("snapshots/-1", 404), ("stream?have=x", 400)):
        assert ask(server, path, token=token)[0] == status
    monkeypatch.setenv("HAODUN_STREAMS", "0")
    assert ask(server, "stream", token=token)[0] == 503


def test_a_token_is_shown_once_and_kept_as_a_hash(site: Land) -> None:
    token = services.enrol("e", organisation=site.mobile.id)
    with system():
        row = EdgeRow.objects.get()
    assert token.encode() not in bytes(row.token_hash) and len(bytes(row.token_hash)) == 32
    for name in ("e", "", "a/b", "x" * 65, "ｅ"):
        with pytest.raises(EdgeRefused):
            services.enrol(name, organisation=site.mobile.id)
    with pytest.raises(EdgeRefused, match="mode"):
        services.enrol("f", organisation=site.mobile.id, mode="sleep")


def test_a_stream_begins_with_the_newest_even_for_who_has_it(site: Land, server: str) -> None:
    token = services.enrol("e", organisation=site.mobile.id)
    place(site, FIRST)
    services.publish("placed")
    host = urlsplit(server)
    client = http.client.HTTPConnection(str(host.hostname), host.port, timeout=10)
    client.request("GET", "/edge/v1/stream?have=1", headers={"Authorization": f"Bearer {token}"})
    answer = client.getresponse()
    first, second = json.loads(answer.readline()), json.loads(answer.readline())
    answer.close()
    client.close()
    row = Publication.objects.get()
    assert first == {
        "type": "snapshot",
        "version": 1,
        "kind": "full",
        "parent": 0,
        "bytes": row.bytes,
        "sha256": row.digest,
    }
    assert second == {"type": "ping"}
