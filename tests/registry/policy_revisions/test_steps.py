"""From a draft to what is in force: who may, what is refused and with which words, what the ledger says."""

from __future__ import annotations

import json

import pytest
from tests.registry.key_services.conftest import Cast
from tests.registry.policy_revisions.conftest import CHANGED, PACK, WATCHED, drafted, key, published, step, write

from haodun.audit.models import Entry
from haodun.offices.organisations.services import reading_as
from haodun.offices.peering.models import Operator
from haodun.offices.transitions.services import Refused, steps_of
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.services import (
    Start,
    amend,
    draft,
    draft_next_step,
    in_force,
    last_change,
    policy_in_force,
    policy_source,
    rebase,
    roll_back,
)
from haodun.screening.policy import load_policy, parse_policy


def refused(code: str, *, zh: str = "", en: str = "") -> pytest.RaisesExc[Refused]:
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code and zh in error.zh and en in error.en)


def test_the_first_draft_starts_from_the_sites_file_and_its_cases(cast: Cast) -> None:
    assert in_force() is None and last_change() is None and policy_source() == "cn"
    row = drafted(cast, text=None)
    assert (row.number, row.text, row.base, row.base_text) == (1, PACK, None, PACK)
    assert "tests:" in row.cases
    assert drafted(cast).number == 2


def test_a_second_person_approves_and_the_policy_in_force_is_another(cast: Cast) -> None:
    row = drafted(cast)
    step(cast["engineer"], row, "submit")
    with refused("permission"):
        step(cast["engineer"], row, "approve")
    step(cast["approver"], row, "approve")
    assert in_force() is None
    step(cast["approver"], row, "publish")
    found = in_force()
    assert found is not None and found.id == row.id and found.published_at == last_change()
    assert policy_in_force().text == CHANGED and policy_in_force().name == "revision 1"
    assert str(load_policy(policy_source()).rule(WATCHED).stage) == "shadow"
    kinds = Entry.objects.filter(object_type="policy_revision").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["policy:drafted", "policy:submitted", "policy:approved", "policy:published"]
    entry = Entry.objects.get(kind="policy:published")
    body = json.loads(entry.body)
    assert body["digest"] == row.digest and body["replaces"] == 0


def test_whoever_wrote_it_in_any_step_is_not_the_second_person(cast: Cast) -> None:
    row = drafted(cast, by="approver")
    step(cast["approver"], row, "submit")
    with refused("second_person"):
        step(cast["approver"], row, "approve")
    step(cast["approver2"], row, "return", reason="再看看")
    write(cast["approver2"], row, CHANGED + "# 复核人改过\n")
    step(cast["approver"], row, "submit")
    with refused("second_person"):
        step(cast["approver2"], row, "approve")
    step(cast["supervisor"], row, "approve")
    assert row.state == "APPROVED"


def test_a_text_cannot_be_changed_once_it_was_submitted(cast: Cast) -> None:
    row = drafted(cast)
    step(cast["engineer"], row, "submit")
    with refused("state"):
        amend(cast["engineer"], row, text=PACK, cases="", key=key())
    with refused("state"):
        rebase(cast["engineer"], row, key=key())
    step(cast["approver"], row, "approve")
    step(cast["approver"], row, "publish")
    with refused("state"):
        amend(cast["engineer"], row, text=PACK, cases="", key=key())
    row.refresh_from_db()
    assert row.text == CHANGED


def test_each_writing_is_in_the_ledger_with_the_digest_of_what_was_written(cast: Cast) -> None:
    row = write(cast["engineer"], drafted(cast), PACK + "# 另一版\n")
    entry = Entry.objects.filter(kind="policy:drafted").latest("id")
    body = json.loads(entry.body)
    assert body["digest"] == row.digest and body["action"] == "amend"
    assert [one.action for one in steps_of("policy_revision", row.id)] == ["draft", "amend"]


def test_a_request_that_comes_twice_does_not_undo_what_was_written_after_it(cast: Cast) -> None:
    row, same = drafted(cast), key()
    amend(cast["engineer"], row, text="first", cases="", key=same)
    amend(cast["engineer"], row, text="second", cases="", key=key())
    amend(cast["engineer"], row, text="first", cases="", key=same)
    row.refresh_from_db()
    assert row.text == "second"


def test_two_who_write_at_once_do_not_overwrite_each_other_unseen(cast: Cast) -> None:
    row = drafted(cast)
    amend(cast["engineer"], row, text="mine", cases="", key=key(), version=row.version)
    with refused("stale"):
        amend(cast["engineer"], row, text="theirs", cases="", key=key(), version=row.version)


def test_line_ends_of_a_browser_are_those_of_a_file(cast: Cast) -> None:
    assert write(cast["engineer"], drafted(cast), CHANGED.replace("\n", "\r\n")).text == CHANGED


@pytest.mark.parametrize(
    ("text", "code", "zh"),
    [
        (PACK, "same", "完全相同"),
        (PACK.replace("action: BLOCK", "action: BLOK", 1), "policy", "第一处在第"),
        (CHANGED.replace("  grey:\n    title: {zh: 灰名单, en: grey list}\n", ""), "policy", ""),
        ("policy: cn", "policy", ""),
    ],
)
def test_what_the_checker_stops_is_not_submitted(cast: Cast, text: str, code: str, zh: str) -> None:
    row = drafted(cast, text=text)
    with refused(code, zh=zh):
        step(cast["engineer"], row, "submit")


def test_a_policy_without_the_lists_of_the_registry_is_not_submitted_since_it_could_not_be_published(
    cast: Cast,
) -> None:
    text = 'policy: x\nversion: "1"\nhome: CN\nprofile: cn\ntitle: {zh: 一, en: one}\nrules:\n' + RULE
    with refused("lists", en="orders, black, grey"):
        step(cast["engineer"], drafted(cast, text=text, cases=""), "submit")


RULE = """  - id: X-1
    title: {zh: 一, en: one}
    layer: structure
    stage: shadow
    when: call.ingress == international and caller.kind == invalid
    action: TIP
    reason: one
    class: unknown
    basis: [one]
"""


def test_cases_that_do_not_pass_are_not_submitted(cast: Cast) -> None:
    cases = "policy: cn\ntests:\n  - {name: 境外, facts: {call.ingress: international}, expect: {action: BLOCK}}\n"
    with refused("cases", zh="1 处不通过"):
        step(cast["engineer"], drafted(cast, cases=cases), "submit")


def test_a_draft_of_before_another_came_into_force_must_be_taken_onto_it(cast: Cast) -> None:
    early = drafted(cast, text=PACK + "# 早先的草稿\n")
    submitted = step(cast["engineer"], drafted(cast, text=CHANGED + "# 已提交\n"), "submit")
    now = published(cast)
    with refused("rebase", zh="并入现行策略的改动"):
        step(cast["engineer"], early, "submit")
    with refused("rebase"):
        step(cast["approver"], submitted, "approve")
    rebase(cast["engineer"], early, key=key())
    early.refresh_from_db()
    assert (early.base_id, early.base_text, early.base_digest) == (now.id, "", now.digest)
    step(cast["engineer"], early, "submit")


def test_returned_it_is_the_authors_again_and_needs_a_new_approval(cast: Cast) -> None:
    row = step(cast["approver"], step(cast["engineer"], drafted(cast), "submit"), "approve")
    step(cast["supervisor"], row, "return", reason="先看一周影子统计")
    write(cast["engineer"], row, CHANGED + "# 改过\n")
    with refused("state"):
        step(cast["approver"], row, "publish")
    step(cast["engineer"], row, "submit")
    assert step(cast["approver"], row, "approve").state == "APPROVED"


def test_another_carrier_neither_sees_nor_takes_a_draft_but_reads_what_binds_it(cast: Cast) -> None:
    row = drafted(cast)
    rival = cast.people["rival_engineer"]
    with reading_as(rival):
        assert not Revision.objects.scoped_to(rival).exists()
        with refused("absent"):
            step(cast["rival_engineer"], row, "withdraw", reason="不是我的")
    step(cast["engineer"], row, "submit")
    step(cast["approver"], row, "approve")
    step(cast["approver"], row, "publish")
    with reading_as(rival):
        assert Revision.objects.scoped_to(rival).get().id == row.id
    police = cast.land.police
    assert police.id not in row.readers, "who runs no network and no office over one reads no policy"


def test_an_office_above_reads_a_draft_but_does_not_write_it(cast: Cast) -> None:
    row = drafted(cast)
    with refused("organisation"):
        write(cast["officer"], row, PACK)
    with refused("organisation"):
        step(cast["officer"], row, "submit")


def test_where_somebody_runs_the_node_only_they_and_those_above_decide(cast: Cast) -> None:
    Operator.objects.create(organisation=cast.land.ministry)
    row = step(cast["engineer"], drafted(cast), "submit")
    with refused("operator"):
        step(cast["approver"], row, "approve")
    assert step(cast["supervisor"], row, "approve").state == "APPROVED"


def test_rolling_back_is_one_act_that_publishes_the_text_of_before(cast: Cast) -> None:
    first = published(cast)
    second = published(cast, text=PACK + "# 第二版\n")
    first.refresh_from_db()
    assert (first.state, first.in_force, first.superseded_at) == ("SUPERSEDED", False, second.published_at)
    made = roll_back(cast["approver2"], second, reason="误拦快递员", key=key())
    now = in_force()
    assert now is not None and now.id == made and now.number == 3
    assert (now.text, now.again_of_id, now.start) == (first.text, first.id, Start.ROLL_BACK)
    second.refresh_from_db()
    assert second.state == "SUPERSEDED"
    assert [one.action for one in steps_of("policy_revision", made)] == ["reinstate", "roll_back"]
    assert Entry.objects.filter(kind="policy:rolled_back", object_id=str(made)).count() == 1
    again = roll_back(cast["approver2"], second, reason="查清了，恢复第二版", key=key())
    assert Revision.objects.get(id=again).text == second.text


def test_rolling_back_the_first_revision_brings_back_the_sites_file(cast: Cast) -> None:
    first = published(cast)
    made = roll_back(cast["approver"], first, reason="不对", key=key())
    found = Revision.objects.get(id=made)
    assert (found.text, found.in_force) == (PACK, True)


def test_a_roll_back_that_is_asked_twice_is_done_once(cast: Cast) -> None:
    published(cast)
    second, same = published(cast, text=PACK + "# 第二版\n"), key()
    made = roll_back(cast["approver"], second, reason="不对", key=same)
    assert roll_back(cast["approver"], second, reason="不对", key=same) == made
    assert Revision.objects.count() == 3


def test_nobody_rolls_back_to_what_was_never_in_force_or_without_the_right(cast: Cast) -> None:
    published(cast)
    never = drafted(cast, text=PACK + "# 草稿\n")
    with refused("earlier"):
        roll_back(cast["approver"], never, reason="就用草稿", key=key())
    second = published(cast, text=PACK + "# 第二版\n")
    with refused("permission"):
        roll_back(cast["engineer"], second, reason="不对", key=key())
    with refused("why"):
        roll_back(cast["approver"], second, reason=" ", key=key())
    assert Revision.objects.filter(start=Start.ROLL_BACK).count() == 0


def test_the_next_step_of_a_rule_changes_its_stage_and_nothing_else(cast: Cast) -> None:
    made = draft_next_step(cast["engineer"], WATCHED, key=key())
    row = Revision.objects.get(id=made)
    assert row.text == PACK.replace("stage: canary 500", "stage: canary 1000", 1)
    assert (row.start, row.rule, row.why) == (Start.NEXT_STEP, WATCHED, f"{WATCHED}: canary 500 → canary 1000")
    step(cast["engineer"], row, "submit")


def test_the_way_of_a_rule_is_watched_one_percent_ten_percent_all(cast: Cast) -> None:
    text, seen = CHANGED, ["shadow"]
    for _ in range(3):
        published(cast, text=text)
        row = Revision.objects.get(id=draft_next_step(cast["engineer"], WATCHED, key=key()))
        text = row.text
        seen.append(str(parse_policy(text, name="x").rule(WATCHED).stage))
    assert seen == ["shadow", "canary 100", "canary 1000", "enforce"]
    published(cast, text=text)
    for rule in (WATCHED, "NO-SUCH-RULE"):
        with refused("rule"):
            draft_next_step(cast["engineer"], rule, key=key())


def test_a_draft_needs_a_reason_and_a_length_that_can_be_read(cast: Cast) -> None:
    with refused("why"):
        draft(cast["engineer"], why="", key=key())
    with refused("long"):
        draft(cast["engineer"], why="很长", key=key(), text="x" * 400_001)
    with refused("permission"):
        draft(cast["shop"], why="没有权限", key=key())
