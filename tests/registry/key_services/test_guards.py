"""Each point of 452号 art. 7 stands in the way by itself, and only it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from tests.registry.key_services.conftest import (
    HANDLER,
    Cast,
    application,
    applied,
    code,
    existing,
    key,
    prove,
    step,
)

from haodun.offices.transitions.services import Refused
from haodun.registry.key_services.models import Landing, Service
from haodun.registry.key_services.services import (
    LISTING,
    ApplicantKind,
    Breach,
    Channel,
    PartyKind,
    PersonSeen,
    ServiceKind,
    apply,
    call_back,
    is_listed,
    propose_listing,
    read_back,
    take,
    unanswered,
)

YESTERDAY = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("changes", "code_wanted"),
    [
        ({"applicant_kind": ApplicantKind.INDIVIDUAL}, "individual"),
        ({"channel": Channel.AGENT}, "channel"),
        ({"channel": Channel.WEB}, "channel"),
        ({"uscc": code(1)[:17] + ("A" if code(1)[17] != "A" else "B")}, "uscc"),
        ({"uscc": ""}, "uscc"),
        ({"legal": PersonSeen("", "")}, "legal"),
        ({"handler": PersonSeen("李小红", "")}, "handler"),
        ({"handler": PersonSeen("李小红", "110105194912310021")}, "document"),
        ({"resold": True}, "licence"),
        ({"resold": True, "licence": "B2-20160001", "licence_until": YESTERDAY}, "licence"),
        ({"use": " "}, "use"),
        ({"number": "13912345678"}, "number"),
        ({"number": "4001234"}, "number"),
        ({"landing": ("110",)}, "landing"),
        ({"applicant": ""}, "words"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_article_7_refuses_is_refused_and_leaves_nothing(
    cast: Cast, changes: dict[str, object], code_wanted: str
) -> None:
    with pytest.raises(Refused) as refused:
        apply(cast["shop"], application(**changes), key=key())
    assert refused.value.code == code_wanted
    assert refused.value.zh and refused.value.en
    assert not Service.objects.exists()


def test_a_sound_application_is_taken_and_repeated_once(cast: Cast) -> None:
    asked, once = application(), key()
    first = apply(cast["shop"], asked, key=once)
    assert apply(cast["shop"], asked, key=once) == first
    with pytest.raises(Refused) as refused:
        apply(cast["shop"], asked, key=key())
    assert refused.value.code == "taken"


def test_a_licence_in_force_lets_a_reseller_through(cast: Cast) -> None:
    until = timezone.localdate() + timedelta(days=1)
    assert applied(cast, resold=True, licence="B2-20160001", licence_until=until).state == "APPLIED"


def test_only_a_carrier_takes_a_service_on(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        apply(cast["officer"], application(), key=key())
    assert refused.value.code == "carrier"
    with pytest.raises(Refused) as refused:
        apply(cast["supervisor"], application(), key=key())
    assert refused.value.code in ("permission", "carrier")


def test_the_cap_counts_live_services_of_one_kind_at_one_carrier(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HAODUN_KEY_SERVICES", {"quantity": {"400": 2}}, raising=False)
    first = applied(cast)
    applied(cast)
    with pytest.raises(Refused) as refused:
        applied(cast)
    assert refused.value.code == "quantity"
    applied(cast, kind=ServiceKind.SWITCHBOARD, number="02583000000")
    applied(cast, uscc=code(2))
    step(cast["checker"], first, "refuse", reason="材料不符")
    applied(cast)


@pytest.mark.parametrize("party", ["firm", "legal"])
def test_nobody_on_the_blacklist_gets_a_service(cast: Cast, party: str) -> None:
    given: dict[str, object] = {"kind": PartyKind.FIRM if party == "firm" else PartyKind.PERSON, "uscc": code(1)}
    if party == "legal":
        given = {"kind": PartyKind.PERSON, "document": "11010519491231002x"}
    listing = propose_listing(
        cast["officer"],
        name="王建国",
        breach=Breach.FRAUD_USE,
        note="判决书",
        key=key(),
        **given,  # type: ignore[arg-type]
    )
    apply(cast["shop"], application(), key=key())
    take(cast["approver"], [listing], "list", table=LISTING, key=key())
    assert is_listed(str(given.get("uscc") or given["document"])) is not None
    with pytest.raises(Refused) as refused:
        apply(cast["shop"], application(), key=key())
    assert refused.value.code == "blacklisted"


def test_verifying_needs_each_landing_number_proved_and_another_person(cast: Cast) -> None:
    service = applied(cast, landing=("025-83123456", "13912345678"))
    with pytest.raises(Refused) as refused:
        step(cast["checker"], service, "verify")
    assert refused.value.code == "landing"
    prove(cast, service)
    with pytest.raises(Refused) as refused:
        step(cast["shop"], service, "verify")
    assert refused.value.code == "second_person"
    assert step(cast["checker"], service, "verify").checked_at is not None


def test_a_call_back_keeps_its_result_and_runs_out_of_tries(cast: Cast) -> None:
    landing = applied(cast).landings.get()
    with pytest.raises(Refused) as refused:
        read_back(cast["checker"], landing.id, "000000")
    assert refused.value.code == "no_call"
    right = call_back(cast["checker"], landing.id)
    wrong = "000000" if right != "000000" else "111111"
    assert [read_back(cast["checker"], landing.id, wrong) for _ in range(3)] == [False] * 3
    landing.refresh_from_db()
    assert landing.failed_at is not None and landing.verified_at is None
    with pytest.raises(Refused):
        read_back(cast["checker"], landing.id, right)
    assert read_back(cast["checker"], landing.id, call_back(cast["checker"], landing.id))
    again = Landing.objects.get(id=landing.id)
    assert again.verified_at is not None and again.failed_at is None
    assert right.encode() not in bytes(again.code)


def test_an_unanswered_call_proves_nothing_and_another_carrier_sees_no_number(cast: Cast) -> None:
    landing = applied(cast).landings.get()
    code_spoken = call_back(cast["checker"], landing.id)
    unanswered(cast["checker"], landing.id)
    with pytest.raises(Refused):
        read_back(cast["checker"], landing.id, code_spoken)
    for name, why in (("rival", "absent"), ("officer", "permission")):
        with pytest.raises(Refused) as refused:
            call_back(cast[name], landing.id)
        assert refused.value.code == why


def test_the_existing_base_is_taken_over_with_what_it_lacks(cast: Cast) -> None:
    service = existing(cast, uscc="", legal=PersonSeen("", ""), handler=PersonSeen("", ""), use="", landing=())
    assert service.state == "ACTIVE"
    with pytest.raises(Refused) as refused:
        step(cast["checker"], service, "check")
    assert refused.value.code == "uscc"


def test_persons_lie_as_ciphertext(cast: Cast) -> None:
    row = applied(cast)
    raw = b"".join(bytes(getattr(row, name)) for name in ("legal_sealed", "legal_document_sealed", "handler_sealed"))
    assert LEAK.encode() not in raw and HANDLER.document.encode() not in raw
    assert bytes(row.legal_mark) != bytes(row.handler_mark) and len(bytes(row.legal_mark)) == 32


LEAK = "王建国"
