"""What is published as the policy goes to the edges with the next snapshot, before the site's own file."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from tests.registry.conftest import Land
from tests.registry.key_services.conftest import Cast
from tests.registry.key_services.test_pages import browser, page, post
from tests.registry.policies.test_publishing import FIRST, place
from tests.registry.policy_revisions.conftest import CHANGED, PACK, WATCHED, drafted, key, policy_cast, step

from haodun.offices.jobs.services import drain
from haodun.offices.organisations.services import readers_of, system
from haodun.registry.policies import publishing, services
from haodun.registry.policies.carrying import carried_now
from haodun.registry.policies.chain import Chain
from haodun.registry.policies.models import OfferedPolicy, Publication
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.services import Carried, Start, roll_back
from haodun.screening.policy import PolicyError, load_policy


@pytest.fixture
def cast(site: Land) -> Cast:
    """The cast, committed."""
    with system():
        return policy_cast(site)


def published(cast: Cast, text: str) -> Revision:
    with system():
        row = step(cast["engineer"], drafted(cast, text=text), "submit")
        return step(cast["approver"], step(cast["approver"], row, "approve"), "publish")


def policy_of(version: int) -> str:
    """The policy in a published snapshot, by a fresh reader."""
    found = Chain().open(Publication.objects.get(version=version), publishing.snapshots_folder())
    assert found is not None
    return found.policy_yaml


def newest() -> Publication:
    return Publication.objects.latest("version")


def test_a_published_revision_goes_to_the_edges_before_the_sites_file_and_so_does_a_roll_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(cast.land, FIRST)
    drain()
    assert (newest().version, policy_of(1)) == (1, PACK)
    row = published(cast, CHANGED)
    assert carried_now() == Carried(0, None, waits=False), "the snapshot is still to be made"
    drain()
    assert (newest().version, newest().kind, newest().cause) == (2, "full", "policy")
    assert policy_of(2) == CHANGED and carried_now().version == 2
    monkeypatch.setenv("HAODUN_POLICY", "intl")
    assert services.publish("by hand") is None, "the file holds only where nothing was published"
    with system():
        roll_back(cast["approver"], row, reason="误拦", key=key())
    drain()
    assert (newest().version, policy_of(3)) == (3, PACK)


def test_a_revision_that_newly_blocks_too_much_waits_for_signatures_and_the_page_can_say_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAODUN_POLICY_NEEDS_APPROVAL", "yes")
    place(cast.land, FIRST)
    drain()
    published(cast, CHANGED)
    drain()
    assert policy_of(newest().version) == PACK
    assert carried_now() == Carried(0, None, waits=True)


def test_an_offer_of_another_node_is_the_start_of_a_draft_for_whoever_may_read_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        offer = OfferedPolicy.objects.create(
            id=uuid.uuid4(), node="north", name="cn", text=CHANGED, digest="0" * 64, came_at=timezone.now(),
            readers=readers_of(cast.land.mobile),
        )  # fmt: skip
    address = reverse("edges:draft_offer", args=[offer.id])
    assert "以此起草</button>" in page(browser(cast, "engineer"), reverse("edges:home"))
    assert "以此起草</button>" not in page(browser(cast, "shop"), reverse("edges:home"))
    assert browser(cast, "rival_engineer").post(address).status_code == 404
    text = post(browser(cast, "engineer"), address)
    assert "其他节点提供的策略" in text and "节点 north 提供的策略 cn" in text
    with system():
        row = Revision.objects.get()
        assert (row.text, row.start, row.state) == (CHANGED, Start.OFFERED, "DRAFTING")
        offer.recalled_at = timezone.now()
        offer.save()
    assert browser(cast, "engineer").post(address).status_code == 404, "what was recalled is not adopted"


def test_the_page_of_edges_says_which_policy_is_in_force(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    engineer = browser(cast, "engineer")
    assert "现行策略是站点的文件" in page(engineer, reverse("edges:home"))
    row = published(cast, CHANGED)
    text = page(engineer, reverse("edges:home"))
    assert "发布的第 1 版" in text and reverse("policies:revision", args=[row.id]) in text


def test_verdicts_of_before_a_publication_are_still_explained_by_the_policy_that_decided_them(cast: Cast) -> None:
    from haodun.console.deciding import policy_of as decided_by

    row = published(cast, CHANGED)
    digest = load_policy(str(settings.HAODUN_DATA / "policies" / f"{row.digest}.yaml")).digest
    published(cast, PACK + "# 第二版\n")
    assert str(decided_by(0, digest, str(settings.HAODUN_DATA)).rule(WATCHED).stage) == "shadow"
    with pytest.raises(PolicyError):
        load_policy("no-such-pack")
