"""Ask one address as one reader inside a transaction that is rolled back; say what came back and what was written."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import signals
from django.core.cache import cache
from django.db import close_old_connections, connection, transaction
from django.test import Client
from django.utils import timezone
from tests.matrix.country import Country
from tests.matrix.oracle import Thing, Word, may_know
from tests.matrix.tree import CITIZEN, Reader

from haodun.offices.organisations.services import system
from haodun.offices.organisations.sudo import LASTS

FREE = frozenset(
    {"django_session", "appeals_touch", "audit_subject", "transitions_performed", "socialaccount_socialtoken"}
)
"""Tables whose rows say nothing about the country: sessions, counters of strangers, opaque ids, answered requests."""
TABLES = {
    "order": "orders_order",
    "appeal": "appeals_appeal",
    "key_service": "key_services_service",
    "campaign": "key_services_cleanup",
    "agent": "key_services_agent",
    "listing": "key_services_listing",
    "trusted": "trusted_numbers_entry",
    "import_run": "subscribers_importrun",
    "excess_card": "subscribers_excesscard",
    "reregistration": "reregistration_campaign",
    "rereg_sheet": "reregistration_sheet",
    "voice_line": "voice_lines_voiceline",
    "card_cluster": "card_clusters_cluster",
    "card_question": "own_cards_cardquestion",
    "reseller_case": "resellers_resellercase",
    "device": "voice_lines_devicereport",
    "policy": "policy_revisions_revision",
}
"""Kind of a thing → the table of its rows."""
_TAG, _SPACE, _HIDDEN = re.compile(r"<[^>]*>"), re.compile(r"[\s\u00a0\u2009\u202f]+"), re.compile(r"\\u([0-9a-f]{4})")
_DIGITS = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Case:
    """One request of one reader, and what the oracle expects."""

    address: str
    reader: Reader
    method: str
    path: str
    statuses: tuple[int, ...]
    body: Mapping[str, Any] | None = None
    json: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    """Where a redirect leads, by its beginning."""
    thing: Thing | None = None
    target: str = ""
    """The state in which an allowed write leaves the thing; '' for none."""
    writes: bool = False
    """Whether tables may change at all."""
    shows: frozenset[str] = frozenset()
    """Words that this very answer may show (a revealed number)."""

    def __str__(self) -> str:
        state = f" [{self.thing.owner} {self.thing.state}]" if self.thing else ""
        return f"{self.address}: {self.method} {self.path} as {self.reader.name}{state}"


@dataclass(frozen=True, slots=True)
class Got:
    """What came back."""

    status: int
    location: str
    text: str
    changed: tuple[str, ...]
    """Tables that differ from before."""
    state: str
    """Of the thing afterwards, '' without one."""


class Asker:
    """Holds a session for each reader and the digest of the tables before everything."""

    def __init__(self, land: Country) -> None:
        self.land = land
        self._sessions = {name: _session(user) for name, user in land.users.items()}
        self.citizen = ""
        self._handler = Client().handler
        """One for all: making one reads every static file."""
        self.asked = 0
        self.before: dict[str, str] = {}

    def settle(self) -> None:
        """Everything is as it shall be: remember the tables."""
        self.before = digests()

    def ask(self, case: Case) -> Got:
        """The answer to a case; nothing of it remains."""
        cache.clear()
        self.asked += 1
        client = Client(raise_request_exception=False, headers={"host": "localhost", **case.headers})
        client.handler = self._handler
        key = self.citizen if case.reader == CITIZEN else self._sessions.get(case.reader.name, "")
        if key:
            client.cookies[settings.SESSION_COOKIE_NAME] = key
        with transaction.atomic():
            try:
                answer = _send(client, case)
                text = _text(answer)
                changed = self._changed() if case.method != "GET" or case.writes else ()
                state = _state(case.thing) if case.target else ""
            finally:
                transaction.set_rollback(True)
        return Got(answer.status_code, str(answer.headers.get("Location", "")), text, changed, state)

    def _changed(self) -> tuple[str, ...]:
        """Tables that this transaction changed: those with any row touched are compared by digest."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0")
            touched = [name for (name,) in cursor.fetchall() if name not in FREE and name in self.before]
        if not touched:
            return ()
        now = digests(touched)
        return tuple(sorted(name for name in touched if now[name] != self.before[name]))


def _session(user: Any) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    later = (timezone.now() + LASTS).isoformat()
    session["haodun.sudo"] = {"user": str(user.pk), "until": later}
    session["haodun.purpose"] = {"code": "lead_query", "reference": "", "until": later}
    session.create()
    assert session.session_key is not None
    return session.session_key


def _send(client: Client, case: Case) -> Any:
    if case.json:
        body = json.dumps(case.body or {})
        return client.generic(case.method, case.path, body, content_type="application/json")
    if case.method == "GET":
        return client.get(case.path, case.body or {})
    if case.method == "POST":
        return client.post(case.path, case.body or {})
    return client.generic(case.method, case.path)


def _text(answer: Any) -> str:
    """Everything a reader gets: body, headers, cookies apart from the session's key."""
    if answer.streaming:
        signals.request_finished.disconnect(close_old_connections)  # as the test client does when it reads an answer
        answer.close()
        signals.request_finished.connect(close_old_connections)
        body = ""
    else:
        body = answer.content.decode("utf-8", "replace")
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{headers}\n\n{body}"


def _state(thing: Thing | None) -> str:
    if thing is None:
        return ""
    table = TABLES[thing.kind]
    with system(), connection.cursor() as cursor:
        cursor.execute(f'SELECT state FROM "{table}" WHERE id = %s', [thing.id])
        return str(cursor.fetchone()[0])


def digests(tables: list[str] | None = None) -> dict[str, str]:
    """A digest of each table's rows, in any order."""
    with system(), connection.cursor() as cursor:
        if tables is None:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            tables = [name for (name,) in cursor.fetchall() if name not in FREE]
        found = {}
        for name in tables:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), '')) FROM \"{name}\" AS t")
            found[name] = str(cursor.fetchone()[0])
    return found


def plain(text: str) -> str:
    """What eyes or a program make of an answer: entities and escapes read, tags and blanks away."""
    read = _HIDDEN.sub(lambda found: chr(int(found[1], 16)), html.unescape(text))
    return _SPACE.sub("", _TAG.sub("", read))


def leaks(case: Case, got: Got, words: list[Word]) -> list[str]:
    """Canaries in the answer that this reader may not know, and numbers in full."""
    everything = f"{got.location}\n{got.text}"
    seen = plain(everything) + _SPACE.sub("", html.unescape(everything))
    sent = case.path + json.dumps(case.body or {}, ensure_ascii=False)
    found = [
        f"{word.kind} of {word.owner} ({word.text})"
        for word in words
        if word.text in seen
        and word.text not in case.shows
        and word.text not in sent
        and not may_know(case.reader, word, address=case.address)
    ]
    title = "".join(_TITLE.findall(got.text))
    found += [f"a number in an address or a title ({one})" for one in _DIGITS.findall(f"{got.location} {title}")]
    return found


def judge(case: Case, got: Got, words: list[Word]) -> list[str]:
    """What is wrong with an answer, in sentences; [] for nothing."""
    wrong = [f"shows {one}" for one in leaks(case, got, words)]
    if got.status not in case.statuses:
        wrong.append(f"answered {got.status}, expected {' or '.join(map(str, case.statuses))}")
    if case.to and got.status in (302, 303) and not got.location.startswith(case.to):
        wrong.append(f"leads to {got.location}, expected {case.to}")
    if got.changed and not case.writes:
        wrong.append(f"changed {', '.join(got.changed)}")
    if case.target:
        if got.state != case.target:
            wrong.append(f"left the state {got.state}, expected {case.target}")
        if case.writes and "audit_entry" not in got.changed:
            wrong.append("left no entry in the ledger")
    return [f"{case}: {one}" for one in wrong]
