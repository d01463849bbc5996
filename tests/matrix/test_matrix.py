"""Every address × every role × own, sibling, child, parent, stranger, anonymous: answers, canary words, tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from allauth.mfa.models import Authenticator
from tests.matrix import declared_cases as cases
from tests.matrix import declared_clusters as clusters
from tests.matrix import declared_key_services as key_services
from tests.matrix import declared_nodes as nodes
from tests.matrix import declared_others as others
from tests.matrix import declared_own_cards as own_cards
from tests.matrix import declared_plan as plan
from tests.matrix import declared_policies as policies
from tests.matrix import declared_reregistration as reregistration
from tests.matrix import declared_resellers as resellers
from tests.matrix import declared_roles as roles
from tests.matrix import declared_subscribers as subscribers
from tests.matrix import declared_trusted as trusted
from tests.matrix import declared_voice_lines as voice_lines
from tests.matrix.asking import Asker, Case, judge
from tests.matrix.country import Country
from tests.matrix.declared_others import ACCOUNTS, PUBLIC_NAMES
from tests.matrix.discovery import addresses
from tests.matrix.tree import READERS, Reader, relation

pytestmark = pytest.mark.matrix
Source = Callable[[Country, Reader], Iterator[Case]]
SOURCES: dict[Source, tuple[str, ...]] = {
    cases.order_pages: ("orders:desk", "orders:new", "orders:order", "orders:approve", "orders:correct"),
    cases.order_writes: ("orders:step", "orders:bulk", "POST orders"),
    cases.order_api: (
        "GET orders", "GET orders/<identity>", "GET orders/<identity>/preview/<verb>",
        "POST orders/<identity>/<verb>", "POST orders/<identity>/correct",
    ),
    cases.appeals: (
        "appeals:desk", "appeals:appeal", "appeals:step", "GET appeals", "GET appeals/<identity>",
        "POST appeals/<identity>/<verb>",
    ),
    cases.appeal_filing: ("POST appeals",),
    cases.registry: (
        "GET restrictions", "GET restrictions/<identity>", "GET lists/<name>", "GET tips/numbers", "GET publications",
        "GET publications/<int:version>/receipts", "GET edges", "POST numbers/status",
    ),
    cases.numbers: ("number", "number-reveal", "search"),
    roles.edges: ("edges:home", "edges:publication", "edges:edge", "edges:enrol", "edges:revoke"),
    roles.ledger: ("audit:home", "audit:entry", "audit:proof", "audit:verify"),
    roles.notices: ("messages:home",),
    plan.plan: ("plan:home", "plan:ask", "plan:export", "plan:import"),
    roles.tokens: ("tokens", "token-end"),
    trusted.pages: (
        "trusted:desk", "trusted:mine", "trusted:entry", "trusted:question", "trusted:check", "trusted:paper",
        "trusted:code",
    ),
    trusted.writes: ("trusted:start", "trusted:step", "trusted:remove_paper", "trusted:call_back"),
    trusted.public: ("trusted:directory", "trusted:head", "trusted:file", "POST directory/query"),
    trusted.programs: (
        "GET trusted", "POST trusted", "GET trusted/<identity>", "PUT trusted/<identity>",
        "POST trusted/<identity>/papers", "POST trusted/<identity>/numbers/<number>/call-back",
        "POST trusted/<identity>/numbers/<number>/code", "POST trusted/<identity>/<verb>",
    ),
    others.shell: ("home", "landing", "parts", "verdict", "stylesheet", "theme", "language"),
    others.person: ("sudo", "purpose", "acting"),
    others.accounts: tuple(ACCOUNTS),
    others.public: (
        *(f"appeals:{name}" for name in PUBLIC_NAMES), "appeals:go_up", "POST appeals/status", "POST appeals/escalate",
    ),
    others.control_link: ("edge-stream", "edge-snapshot", "edge-receipts"),
    **key_services.NAMED,
    nodes.node_pages: nodes.ADDRESSES,
    **subscribers.NAMED,
    **voice_lines.NAMED,
    **reregistration.NAMED,
    **resellers.NAMED,
    **policies.NAMED,
    **own_cards.NAMED,
    **clusters.NAMED,
    others.api_root: ("openapi", "api-v1:api-root"),
}  # fmt: skip
"""Who makes the cases of which addresses. A new page is declared here and in its source, or the first test fails."""
FACTOR = "/accounts/2fa/totp/activate/"
DECLARED = {name for names in SOURCES.values() for name in names}


def test_every_address_and_operation_is_declared_and_nothing_else() -> None:
    known = addresses()
    assert not known - DECLARED, f"declare who may: {sorted(known - DECLARED)}"
    assert not DECLARED - known, f"these addresses are gone: {sorted(DECLARED - known)}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_each_role_gets_what_the_charter_says_and_no_more(
    asker: Asker, source: Source, count: Callable[..., None]
) -> None:
    wrong: list[str] = []
    asked = Counter[str]()
    for reader in READERS:
        for case in source(asker.land, reader):
            wrong += judge(case, asker.ask(case), asker.land.words)
            asked[case.address] += 1
    count(cases=asked.total(), addresses=len(asked), readers=len(READERS))
    assert set(SOURCES[source]) <= set(asked), f"no case for {set(SOURCES[source]) - set(asked)}"
    assert not wrong, f"{len(wrong)} of {asked.total()} cases:\n" + "\n".join(wrong[:60])


def test_every_relation_is_tried_with_every_kind_of_row(asker: Asker) -> None:
    for kind in ("order", "appeal", "number", "restriction"):
        tried = {
            relation(reader, thing.owner) for reader in READERS for thing in asker.land.things if thing.kind == kind
        }
        assert tried == {"own", "sibling", "child", "parent", "stranger", "anonymous"}, kind


def test_each_canary_is_seen_by_somebody_or_meant_for_nobody(asker: Asker) -> None:
    """A canary that no page ever shows would prove nothing: most kinds are seen by their own readers."""
    shown = Counter[str]()
    words = {word.text: word for word in asker.land.words}
    for reader in READERS:
        if reader.name not in ("supervisor@ministry", "carrier_compliance@carrierA32", "auditor@ministry"):
            continue
        for source in (cases.order_pages, cases.appeals, cases.registry, cases.numbers):
            pages = {case.address: case for case in source(asker.land, reader) if case.statuses == (200,)}
            for case in pages.values():
                text = asker.ask(case).text
                shown.update(words[one].kind for one in words if one in text)
    assert {"order", "appeal", "restriction", "edge", "holder", "look"} <= set(shown), shown


def test_other_methods_than_the_declared_ones_change_nothing(asker: Asker, count: Callable[..., None]) -> None:
    """PUT, PATCH and DELETE reach no page, whoever sends them."""
    wrong: list[str] = []
    paths = ["/", "/orders/", "/orders/new/", "/appeals/", "/search/", "/sudo/", "/api/v1/orders", "/api/v1/edges"]
    paths += [f"/{thing.kind}s/{thing.id}/" for thing in asker.land.things if thing.kind in ("order", "appeal")][:4]
    readers = [reader for reader in READERS if reader.role in ("supervisor", "anonymous")]
    for reader in readers:
        for method in ("PUT", "PATCH", "DELETE"):
            for path in paths:
                case = Case(path, reader, method, path, (200, 302, 401, 403, 405))
                wrong += judge(case, asker.ask(case), asker.land.words)
    count(cases=len(readers) * 3 * len(paths), addresses=0, readers=0)
    assert not wrong, "\n".join(wrong)


def test_without_the_second_factor_a_role_that_needs_it_reaches_nothing(
    asker: Asker, count: Callable[..., None]
) -> None:
    """Every page leads to the set-up, every operation answers 403, also with a row of one's own."""
    reader = next(one for one in READERS if one.name == "supervisor@ministry")
    wrong, asked = list[str](), 0
    with _without_factor(asker, reader):
        for source in (cases.order_pages, cases.order_api, cases.appeals, cases.registry, cases.numbers):
            for case in source(asker.land, reader):
                got = asker.ask(case)
                led = FACTOR in got.location or f"HX-Redirect: {FACTOR}" in got.text
                led = led or (case.path.startswith("/api/") and got.status == 403)
                if not led or got.changed:
                    wrong.append(f"{case}: answered {got.status}, changed {got.changed}")
                asked += 1
    count(cases=asked, addresses=0, readers=0)
    assert not wrong, "\n".join(wrong[:20])


@contextmanager
def _without_factor(asker: Asker, reader: Reader) -> Iterator[None]:
    kept = list(Authenticator.objects.filter(user=asker.land.users[reader.name]))
    Authenticator.objects.filter(pk__in=[one.pk for one in kept]).delete()
    asker.settle()
    try:
        yield
    finally:
        Authenticator.objects.bulk_create(kept)
        asker.settle()
