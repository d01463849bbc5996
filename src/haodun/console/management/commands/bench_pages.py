"""`haodun manage bench_pages`: how long the pages take over a full register, and which plans their queries have.

It fills an empty installation by one statement a table (the importers are measured by `bench_registry`), publishes a
snapshot, and asks each page as an officer of a bureau. Its rows are invented; it is not for an installation in use.
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from statistics import quantiles
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from haodun.audit.services import subject_for
from haodun.offices.organisations.models import Organisation, User
from haodun.offices.organisations.services import (
    Kind,
    Role,
    appoint,
    bureaus_of,
    find,
    readers_of,
    seed_country,
    system,
)
from haodun.offices.organisations.sudo import LASTS
from haodun.registry.key_services.documents import DOCUMENT, NAME
from haodun.registry.key_services.models import Service
from haodun.registry.policies.publishing import publish
from haodun.registry.subscribers.ciphertext import field_cipher
from haodun.registry.subscribers.models import HolderInterval

FIRST, FIRST_SERVICE = 8613900000000, 864000000000
LARGE = 10_000
"""Rows of a table that no page may read from end to end."""

_INTERVALS = """
INSERT INTO subscribers_holderinterval (number, valid, carrier_id, subject, kind, province, masked_name, name_sealed,
                                        contact_sealed, contact_mark, readers)
SELECT %(first)s + n, tstzrange(timestamptz '2010-01-01' + (n %% 4000) * interval '1 day', NULL), %(carrier)s,
       gen_random_uuid(), 'person', '32', '王**', %(name)s, '', '', %(readers)s
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n
"""
_RECORDS = """
INSERT INTO subscribers_record (interval_id, party, document_kind, document_sealed, document_mark, personal, proxy_kind,
    proxy_sealed, proxy_mark, agent, service, opened_how, address_sealed, address_mark, device_mark, readers)
SELECT id, carrier_id, 'resident', '', sha256(int8send(number / 2)), true, '', '', '', 'A' || number %% 500, 'mobile',
       'agent', '', '', '', readers
FROM subscribers_holderinterval WHERE number BETWEEN %(first)s + %(from)s AND %(first)s + %(to)s
"""
_STATES = """
INSERT INTO subscribers_registration (interval_id, status, checked, valid, recorded, carrier, province, service, old,
                                      source, readers)
SELECT id, CASE WHEN number %% 25 = 0 THEN 'none' ELSE 'valid' END, false, valid, tstzrange(now(), NULL), carrier_id,
       province, 'mobile', false, 'import', readers
FROM subscribers_holderinterval WHERE number BETWEEN %(first)s + %(from)s AND %(first)s + %(to)s
"""
_SERVICES = """
INSERT INTO key_services_service (id, kind, number, carrier_id, province, applicant_kind, applicant, uscc, legal_sealed,
    legal_document_sealed, legal_mark, handler_sealed, handler_document_sealed, handler_mark, channel, resold, licence,
    use, defect, defect_note, state, version, created_at, moved_at, readers)
SELECT gen_random_uuid(), '400', %(first)s + n, %(carrier)s, '32', 'organisation', '单位' || n, '', %(name)s,
       %(document)s, '', %(name)s, %(document)s, '', 'own_shop', false, '', '客户服务',
       CASE WHEN n %% 40 = 0 THEN 'rule_breach' ELSE '' END, '', CASE WHEN n %% 40 = 0 THEN 'FLAGGED' ELSE 'ACTIVE' END,
       0, now() - n * interval '1 minute', now() - n * interval '1 minute', %(readers)s
FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS n
"""
_RESTRICTIONS = """
INSERT INTO restrictions_restrictionrow (id, number, holder_id, subject, carrier, measure, basis, reason_zh, reason_en,
    source_kind, source_id, starts, ends, lift_source_kind, lift_source_id, lift_reason, forged, appeal, placed_change,
    change, created_at, readers)
SELECT gen_random_uuid(), number, id, subject, carrier_id, 'outgoing', 'afl-13', '伪造主叫。', 'Forged.', 'enforcement',
       'bench', now() - interval '1 day', now() + interval '80 days', '', '', '', false, 'BENCH' || number, %(change)s,
       %(change)s, now(), readers
FROM subscribers_holderinterval WHERE number BETWEEN %(first)s + %(from)s AND %(first)s + %(to)s
"""
PAGES = (
    "/", "/subscribers/", "/subscribers/rates/", "/subscribers/excess/", "/subscribers/imports/", "/key-services/",
    "/voice-lines/", "/orders/", "/appeals/", "/messages/", "/blacklist/", "/agents/",
)  # fmt: skip


class Command(BaseCommand):
    """Measure pages and publication over a full register."""

    help = "Fill an empty installation with invented rows and measure its pages; prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many rows of each kind, how often each page is asked."""
        parser.add_argument("--subscribers", type=int, default=1_000_000)
        parser.add_argument("--services", type=int, default=100_000)
        parser.add_argument("--restrictions", type=int, default=1_000_000)
        parser.add_argument("--asked", type=int, default=20)

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, publish, ask; each figure as it is known, all of them as JSON at the end."""
        if options["restrictions"] > options["subscribers"]:
            raise CommandError("each restriction is of a subscriber's number; give at least as many subscribers")
        with system():
            if HolderInterval.objects.exists():
                raise CommandError("this register holds registrations already; measure on an empty installation")
            if not Organisation.objects.exists():
                seed_country()
            carrier = find(kind=Kind.CARRIER, province="32")[0]
            found = dict(self._fill(carrier, options))
            found["snapshot_s"] = self._time("snapshot", lambda: publish("bench", full=True))
            client, pages = _officer(), list(_pages())
        found["pages"] = {name: self._ask(client, name, path, options["asked"]) for name, path in pages}
        self.stdout.write(json.dumps(found, ensure_ascii=False))

    def _fill(self, carrier: Organisation, options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        seal = field_cipher(settings.HAODUN_DATA)
        values: dict[str, Any] = {
            "carrier": carrier.id,
            "readers": readers_of(carrier.id, *bureaus_of("32")),
            "name": seal.seal("王小明", place=NAME),
            "document": seal.seal("32010119900101001X", place=DOCUMENT),
        }
        subscribers, services, restricted = (options[one] for one in ("subscribers", "services", "restrictions"))
        for name, statement, rows, first in (
            ("intervals", _INTERVALS, subscribers, FIRST),
            ("records", _RECORDS, subscribers, FIRST),
            ("states", _STATES, subscribers, FIRST),
            ("services", _SERVICES, services, FIRST_SERVICE),
            ("restrictions", _RESTRICTIONS, restricted, FIRST),
        ):
            yield f"{name}_s", self._time(name, lambda s=statement, r=rows, f=first: _insert(s, r, f, values))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            cursor.execute("SELECT pg_database_size(current_database()) / 1048576")
            yield "database_mb", int(cursor.fetchone()[0])

    def _ask(self, client: Client, name: str, path: str, times: int) -> dict[str, Any]:
        took = []
        for _ in range(times):
            cache.clear()
            begun = time.perf_counter()
            answer = client.get(path)
            took.append(1000 * (time.perf_counter() - begun))
            if answer.status_code != 200:
                raise CommandError(f"{name} answered {answer.status_code}; it is not measured")
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        cuts = quantiles(took, n=20, method="inclusive")
        whole = sorted({one for said in captured.captured_queries for one in _whole(said["sql"])})
        found = {"p50_ms": round(cuts[9]), "p95_ms": round(cuts[18]), "queries": len(captured), "reads_whole": whole}
        self.stderr.write(f"{name}: {found}")
        return found

    def _time(self, name: str, work: Any) -> float:
        begun = time.perf_counter()
        work()
        took = round(time.perf_counter() - begun, 2)
        self.stderr.write(f"{name}: {took} s")
        return took


def _insert(statement: str, rows: int, first: int, values: dict[str, Any]) -> None:
    """In parts, so that the triggers' transition tables stay small."""
    from haodun.registry.restrictions.services import next_change

    part = 250_000
    for begin in range(0, rows, part):
        given = values | {"first": first, "from": begin, "to": min(rows, begin + part) - 1}
        with connection.cursor() as cursor:
            cursor.execute(statement, given | {"change": next_change() if "%(change)s" in statement else 0})


def _officer() -> Client:
    bureau = find(kind=Kind.BUREAU, province="32")[0]
    user = User.objects.create_user(username="bench-officer", password=None)
    appoint(user, bureau, Role.BUREAU_OFFICER)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS else "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session, until = client.session, (timezone.now() + LASTS).isoformat()
    session["haodun.purpose"] = {"code": "lead_query", "reference": "", "until": until}
    session.save()
    return client


def _pages() -> Iterator[tuple[str, str]]:
    """Name and address of what is asked."""
    yield from ((path, path) for path in PAGES)
    service = Service.objects.order_by("id").first()
    if service is not None:
        yield "one key service", f"/key-services/{service.id}/"
    yield "one number", f"/numbers/{subject_for('number', FIRST + 7)}/"
    yield "restrictions (API)", "/api/v1/restrictions"


def _whole(query: str) -> Iterator[str]:
    """Large tables that the plan of a query reads from end to end."""
    if not query.lstrip().upper().startswith("SELECT"):
        return
    with system(), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [LARGE])
        large = {name for (name,) in cursor.fetchall()}
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query.replace('%', '%%')}", [])
        plans = [cursor.fetchone()[0][0]["Plan"]]
    limited = False
    while plans:
        plan = plans.pop()
        limited = limited or plan["Node Type"] == "Limit"
        if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in large:
            yield f"{plan['Relation Name']}{' (to a limit)' if limited else ''}"
        plans += plan.get("Plans", [])
