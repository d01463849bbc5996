"""The blast radius counts what an approver must know, and its digest changes when what would be hit changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.registry.conftest import DAY, NOW, Land, holding
from tests.registry.verdict_counts.test_intake import BLOCK, START, take, verdict

from haodun.registry.restrictions.services import blast_radius
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.services import HolderKind

FIRST = 8613813800001
UNICOM, FOREIGN = 8618600000001, 442079460123


def test_it_counts_holders_provinces_carriers_changes_and_abnormal_calls(land: Land) -> None:
    company = uuid4()
    subscribers.open_interval(holding(land, FIRST))
    for n in (1, 2):
        subscribers.open_interval(
            holding(land, FIRST + n, subject=company, kind=HolderKind.ORGANISATION, name="江苏某公司")
        )
    subscribers.open_interval(holding(land, FIRST + 3, since=NOW - 5 * DAY))
    take(land, [verdict(1, **BLOCK)], 1)
    found = blast_radius([FIRST, FIRST + 1, FIRST + 2, FIRST + 3, UNICOM, FOREIGN, FIRST], START + timedelta(hours=1))
    assert (found.numbers, found.holders, found.persons, found.organisations, found.unknown) == (6, 3, 2, 1, 2)
    assert found.carriers == {str(land.mobile.id): 4, str(land.unicom.id): 1, "": 1}
    assert found.provinces["32"] == 4 and sum(found.provinces.values()) == 6
    assert (found.recently_changed, found.quiet, found.trusted) == (1, 5, 0)


def test_trusted_numbers_are_those_of_the_published_policy(
    land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.resources import files

    pack = (files("haodun.screening.policy") / "packs" / "cn.yaml").read_text(encoding="utf-8")
    text = pack.replace(
        "title: {zh: 可信号码, en: trusted numbers}",
        f'title: {{zh: 可信号码, en: trusted numbers}}\n    numbers: ["+{FIRST}"]',
    )
    assert text != pack
    policy = tmp_path / "policy.yaml"
    policy.write_text(text, encoding="utf-8")
    monkeypatch.setenv("HAODUN_POLICY", str(policy))
    assert blast_radius([FIRST, FIRST + 1], NOW).trusted == 1


def test_its_digest_is_of_what_is_hit_and_not_of_calls_flagged_meanwhile(land: Land) -> None:
    before = blast_radius([FIRST], NOW)
    take(land, [verdict(1, **BLOCK)], 1)
    flagged = blast_radius([FIRST], START + timedelta(hours=1))
    assert (before.quiet, flagged.quiet) == (1, 0)
    assert before.digest() == flagged.digest() != blast_radius([FIRST + 1], NOW).digest()
    subscribers.open_interval(holding(land, FIRST))
    assert blast_radius([FIRST], NOW).digest() != before.digest()
