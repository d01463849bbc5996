"""The pages of nodes: two officers enrol one in the browser's way, and what stands on the pages is true."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.offices.peering.conftest import OTHER, Site

from haodun.federation.models import Peer
from haodun.federation.quarantine import Piece, keep
from haodun.federation.services import fingerprint
from haodun.offices.organisations.models import User
from haodun.offices.peering.models import Held, NodeChange, Peering


@pytest.fixture
def pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    return site


def browser(user: User, *, lang: str = "zh-hans") -> Client:
    """Signed in, with a second proof."""
    client = Client(headers={"accept-language": lang, "host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    until = timezone.now() + timedelta(minutes=10)
    session["haodun.sudo"] = {"user": str(user.pk), "until": until.isoformat()}
    session.save()
    return client


def form(site: Site) -> dict[str, object]:
    return {
        "name": OTHER, "title": "甲网江苏公司", "public": fingerprint_text(site), "may_send": ["order"],
        "may_get": ["order"], "key": uuid4().hex,
    }  # fmt: skip


def fingerprint_text(site: Site) -> str:
    """The public key in groups, as people copy it."""
    digits = site.other.public.raw.hex()
    return " ".join(digits[at : at + 4] for at in range(0, 64, 4))


def enrolled(site: Site) -> Peering:
    browser(site.first).post("/nodes/new/", form(site))
    row = Peering.objects.get()
    typed = {"fingerprint": fingerprint(site.other.public.raw), "key": uuid4().hex}
    browser(site.second).post(f"/nodes/peering/{row.id}/approve/", typed)
    row.refresh_from_db()
    return row


def test_two_officers_enrol_a_node_and_the_page_never_shows_the_fingerprint_to_type(pages: Site) -> None:
    first, second = browser(pages.first), browser(pages.second)
    assert first.post("/nodes/new/", {**form(pages), "public": "12"}).status_code == 422
    answer = first.post("/nodes/new/", form(pages))
    row = Peering.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/nodes/{row.id}/"
    read_out = fingerprint(pages.other.public.raw)
    for client in (first, second):
        text = client.get(f"/nodes/{row.id}/").content.decode()
        assert read_out not in text and pages.other.public.raw.hex() not in text
    assert 'name="fingerprint"' in text
    second.post(f"/nodes/peering/{row.id}/approve/", {"fingerprint": "0000", "key": uuid4().hex})
    assert not Peer.objects.exists()
    second.post(f"/nodes/peering/{row.id}/approve/", {"fingerprint": read_out, "key": uuid4().hex})
    peer = Peer.objects.get()
    assert peer.active and peer.may_send == ["order"]
    assert read_out in second.get(f"/nodes/{row.id}/").content.decode()


def test_the_list_says_what_is_wrong_first(pages: Site) -> None:
    enrolled(pages)
    Peer.objects.update(stopped="chain", contact_at=timezone.now(), sent=3, acknowledged=1, heard_sent=5)
    text = browser(pages.reader).get("/nodes/").content.decode()
    assert "已停止收取" in text and "row-late" in text and "1–5" in text
    english = browser(pages.reader, lang="en").get("/nodes/").content.decode()
    assert "taking has stopped" in english


def test_a_change_of_kinds_waits_for_another_officer(pages: Site) -> None:
    row = enrolled(pages)
    browser(pages.first).post(f"/nodes/{row.id}/changes/grants/", {"may_send": ["order.lift"], "key": uuid4().hex})
    change = NodeChange.objects.get()
    path = f"/nodes/node_change/{change.id}/approve/"
    browser(pages.first).post(path, {"key": uuid4().hex})
    assert Peer.objects.get().may_send == ["order"]
    browser(pages.second).post(path, {"key": uuid4().hex})
    assert Peer.objects.get().may_send == ["order.lift"]


def test_a_piece_in_quarantine_shows_its_digest_and_never_its_content(pages: Site) -> None:
    keep(
        "bureau-32", Piece.of(b'{"number": "13800138000"'), "unreadable", via=None, sentence="it is no whole JSON text"
    )
    row = Held.objects.get()
    client = browser(pages.second)
    listed = client.get("/nodes/quarantine/").content.decode()
    text = client.get(f"/nodes/quarantine/{row.id}/").content.decode()
    assert "被截断" in listed and "13800138000" not in listed + text
    assert Piece.of(b'{"number": "13800138000"').digest in text
    client.post(f"/nodes/quarantined/{row.id}/discard/", {"key": uuid4().hex, "reason": "坏盘"})
    row.refresh_from_db()
    assert row.state == "DISCARDED"
    assert str(row.id) in client.get("/nodes/quarantine/?tab=decided").content.decode()


def test_pages_ask_a_bounded_number_of_questions(pages: Site) -> None:
    for number in range(30):
        keep("bureau-32", Piece.of(b"junk %d" % number), "unreadable", via=None)
    client = browser(pages.reader)
    for path, most in (("/nodes/", 40), ("/nodes/quarantine/", 30)):
        assert questions(client, path) <= most


def questions(client: Client, path: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_strangers_get_404_and_others_403(pages: Site) -> None:
    row = enrolled(pages)
    assert browser(pages.stranger).get(f"/nodes/{row.id}/").status_code == 404
    assert browser(pages.reader).get("/nodes/new/").status_code == 403
    assert browser(pages.reader).post("/nodes/own-key/", {"key": "x"}).status_code == 403
    answer = browser(pages.reader).post(f"/nodes/peering/{row.id}/revoke/", {"reason": "x", "key": uuid4().hex})
    assert answer.status_code == 302 and Peer.objects.get().active
