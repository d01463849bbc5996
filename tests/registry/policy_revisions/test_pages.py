"""The pages of policies in a browser without script: what each role sees, what each form does."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.urls import reverse
from tests.registry.key_services.conftest import Cast
from tests.registry.key_services.test_pages import browser, page, post
from tests.registry.policy_revisions.conftest import CHANGED, PACK, WATCHED, drafted, policy_cast, published, step
from tests.registry.verdict_counts.test_intake import take, verdict

from haodun.offices.jobs.services import drain
from haodun.offices.organisations.services import system
from haodun.registry.policy_revisions import comparing
from haodun.registry.policy_revisions.in_force import in_force
from haodun.registry.policy_revisions.models import Revision
from haodun.registry.policy_revisions.values import Start

HOME = "/policies/"


@pytest.fixture
def cast(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, with pages that ask for no second factor, as in a demonstration."""
    monkeypatch.setattr(settings, "HAODUN_DEMO", True)
    with system():
        return policy_cast()


def newest() -> Revision:
    with system():
        return Revision.objects.latest("number")


def of(row: Revision, name: str = "revision", *more: str) -> str:
    return reverse(f"policies:{name}", args=[row.id, *more])


def test_every_page_opens_in_both_languages_and_no_chinese_is_left_on_english_ones(cast: Cast) -> None:
    with system():
        row, old = drafted(cast), published(cast)
    addresses = [
        *(f"{HOME}?tab={tab}" for tab in ("mine", "approve", "in_force", "history", "none")),
        of(row), of(row, "edit"), reverse("policies:new"), of(old),
    ]  # fmt: skip
    for address in addresses:
        page(browser(cast, "engineer"), address)
        text = page(browser(cast, "engineer", lang="en"), address)
        text = re.sub(r'(?s)<(textarea|pre|span|td|code|p)[^>]* lang="zh-Hans"[^>]*>.*?</\1>', "", text)
        text = re.sub(r"(?s)<div class=\"diff above\">.*?</details>", "", text)
        left = re.findall("[一-鿿]+", text[text.index("<main") : text.index("</main>")])
        assert left == [], (address, left)


def test_another_carrier_reads_what_is_in_force_and_no_draft(cast: Cast) -> None:
    with system():
        row, old = drafted(cast), published(cast)
    rival = browser(cast, "rival_engineer")
    for name in ("revision", "edit", "compared"):
        page(rival, of(row, name), 404)
    page(rival, of(old))
    assert "CN-STRUCTURE-INTER" in page(rival, f"{HOME}?tab=in_force")
    assert rival.post(of(row, "check"), {"text": "x"}).status_code == 404


def test_from_an_error_with_its_place_to_the_policy_in_force_and_back(cast: Cast) -> None:
    engineer, approver = browser(cast, "engineer"), browser(cast, "approver2")
    assert "现行策略是站点的文件 cn" in page(engineer, f"{HOME}?tab=in_force")
    post(engineer, reverse("policies:new"), why="误拦快递员，先观察", start="")
    row = newest()
    wrong = PACK.replace("stage: canary 500", "stage: canari 500", 1)
    line = next(number for number, text in enumerate(wrong.split("\n"), 1) if "canari" in text)
    told = post(engineer, of(row, "edit"), text=wrong, cases=row.cases, version=row.version)
    assert f"第 {line} 行第 12 列" in told and "canary 1 to canary 9999" in told and "1 处错误" in told
    assert "策略有 1 处错误" in page(engineer, of(row)), "the button says why it is not due"
    row = newest()
    assert "检查没有发现错误" in post(engineer, of(row, "edit"), text=CHANGED, cases=row.cases, version=row.version)
    text = page(engineer, of(row))
    assert "修改规则“网间来话主叫号码不规范”（CN-STRUCTURE-INTER）" in text
    assert "推行阶段由 灰度 5% 改为 影子，只观察" in text
    assert re.search(r'<del class="diff-word">canary 500</del>', text)
    assert re.search(r'<ins class="diff-word">shadow</ins>', text)
    assert "文本不能再改" in post(engineer, of(row, "step", "submit"))
    assert "提交之后文本不能再改" in post(engineer, of(row, "edit"), text=PACK, cases="")
    assert "待复核" in page(approver, f"{HOME}?tab=approve")
    assert "可以发布" in post(approver, of(row, "step", "approve"))
    assert "正在随快照下发到全网入口" in post(approver, of(row, "step", "publish"))
    assert "现行策略是第 1 版" in page(engineer, HOME)
    back = post(approver, of(row, "roll_back"), reason="误拦仍在")
    assert "已回退" in back and "从哪里来</dt><dd>回退" in back
    found = in_force()
    assert found is not None and found.text == PACK and found.start == Start.ROLL_BACK


def test_the_check_saves_nothing_and_answers_a_fragment_or_a_whole_page(cast: Cast) -> None:
    with system():
        row = drafted(cast)
    engineer, typed = browser(cast, "engineer"), PACK.replace("call.ingress", "call.ingres", 1)
    whole = engineer.post(of(row, "check"), {"text": typed, "cases": ""}).content.decode()
    part = engineer.post(
        of(row, "check"), {"text": typed, "cases": ""}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" in whole and "<html" not in part
    for told in (whole, part):
        assert "did you mean call.ingress?" in told and "<mark>c</mark>all.ingres " in told
    assert "call.ingres ==" in whole[whole.index("<textarea") :], "what was typed is kept"
    assert newest().text == CHANGED


@pytest.mark.parametrize(
    "typed", ["", "\x00", "- [", "policy: cn\n" * 3, "a: &x 1\nb: *x", "x" * 500_000, "﻿{", "\ud800"]
)
def test_whatever_is_typed_the_check_answers(cast: Cast, typed: str) -> None:
    with system():
        row = drafted(cast)
    body = urlencode({"text": typed.encode("utf-8", "surrogatepass"), "cases": ""})
    kind, htmx = "application/x-www-form-urlencoded", {"HX-Request": "true"}
    response = browser(cast, "engineer").post(of(row, "check"), body, content_type=kind, headers=htmx)
    assert response.status_code == 200 and "还不能提交" in response.content.decode()


def test_markup_in_a_policy_is_text(cast: Cast) -> None:
    with system():
        row = drafted(cast, text=CHANGED.replace("网间来话主叫号码不规范", "<script>alert(1)</script>"))
    for address in (of(row), of(row, "edit")):
        assert "<script>alert" not in page(browser(cast, "engineer"), address)


def test_the_rules_in_force_show_what_they_met_and_say_where_nothing_is_known(cast: Cast) -> None:
    engineer = browser(cast, "engineer")
    assert "不是 0，而是不知道" in page(engineer, f"{HOME}?tab=in_force")
    from django.utils import timezone

    now_ms = int(timezone.now().timestamp() * 1_000) - 3_600_000
    rows = [verdict(number, time_ms=now_ms, shadow=(WATCHED,)) for number in range(1, 8)]
    take(cast.land, rows, 7)
    text = page(engineer, f"{HOME}?tab=in_force")
    cells = re.search(rf"{WATCHED}.*?</tr>", text, re.S)
    assert cells is not None and re.findall(r'class="col-count"[^>]*>([^<]*)<', cells[0]) == ["0", "7", "7"]
    assert "不是 0，而是不知道" not in text
    rival = page(browser(cast, "rival_engineer"), f"{HOME}?tab=in_force")
    assert "不是 0，而是不知道" in rival, "another carrier's calls are not counted for it"


def test_the_next_step_of_a_rule_is_a_draft_of_its_own(cast: Cast) -> None:
    engineer = browser(cast, "engineer")
    assert "已起草这条规则的下一步" in post(engineer, reverse("policies:next"), rule=WATCHED)
    row = newest()
    assert (row.start, row.rule) == (Start.NEXT_STEP, WATCHED)
    assert "推行阶段由 灰度 5% 改为 灰度 10%" in page(engineer, of(row))
    assert "没有这条规则" in post(engineer, reverse("policies:next"), rule="NO-SUCH")


def test_without_recorded_calls_the_page_says_so_and_with_them_shows_what_changes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(comparing.RECORDED, raising=False)
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    with system():
        row = drafted(cast)
    engineer = browser(cast, "engineer")
    assert "HAODUN_RECORDED_RUN" in page(engineer, of(row)) and "在话单上比较</button>" not in page(engineer, of(row))
    assert engineer.post(of(row, "compare"), {}).status_code == 422
    (tmp_path / "runs" / "today").mkdir(parents=True)
    (tmp_path / "runs" / "today" / "input.parquet").write_bytes(b"no parquet")
    assert "正在比较" in post(engineer, of(row, "compare"))
    fragment = engineer.get(of(row, "compared"), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in fragment and "<progress" in fragment
    assert engineer.get(of(row, "compared")).status_code == 302
    drain()
    fragment = engineer.get(of(row, "compared"), headers={"HX-Request": "true"}).content.decode()
    assert "没有做成" in fragment and "hx-trigger" not in fragment


def test_who_only_reads_has_no_verb_and_is_refused(cast: Cast) -> None:
    with system():
        row = step(cast["engineer"], drafted(cast), "submit")
    officer, shop = browser(cast, "officer"), browser(cast, "shop")
    assert "verb-approve" not in page(shop, of(row))
    for client, name, more in (
        (shop, "edit", ()), (shop, "check", ()), (officer, "roll_back", ()),
    ):  # fmt: skip
        assert client.post(of(row, name, *more), {"key": uuid.uuid4().hex}).status_code == 403
    assert shop.post(of(row, "step", "approve"), {"key": uuid.uuid4().hex}).status_code == 422
    assert shop.post(of(row, "step", "supersede"), {"key": uuid.uuid4().hex}).status_code == 404
    approver = browser(cast, "approver", sudo=False)
    answer = approver.post(of(row, "step", "approve"), {"key": uuid.uuid4().hex})
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/sudo/")


def test_a_draft_can_begin_from_an_earlier_revision(cast: Cast) -> None:
    with system():
        first = published(cast)
        published(cast, text=PACK + "# 第二版\n")
    post(browser(cast, "engineer"), reverse("policies:new"), why="还是第一版好", start=str(first.id))
    row = newest()
    assert (row.text, row.start, row.again_of_id) == (first.text, Start.EARLIER, first.id)


def test_the_queue_asks_the_database_as_often_for_many_as_for_one(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    engineer, counts = browser(cast, "engineer"), []
    for number in (1, 12):
        with system():
            for _ in range(number):
                drafted(cast)
        with CaptureQueriesContext(connection) as asked:
            page(engineer, f"{HOME}?tab=mine")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_history_has_the_newest_first_and_each_role_its_own_verbs(cast: Cast) -> None:
    with system():
        first = published(cast)
        second = published(cast, text=PACK + "# 第二版\n")
        row = step(cast["engineer"], drafted(cast, text=CHANGED + "# 三\n"), "submit")
    text = page(browser(cast, "approver"), f"{HOME}?tab=history")
    assert text.index(of(second)) < text.index(f'queue-link" href="{of(first)}')
    assert "verb-withdraw" in page(browser(cast, "engineer"), of(row))
    mine = page(browser(cast, "approver"), of(row))
    assert "verb-withdraw" not in mine and "verb-approve" in mine
    assert "verb-roll_back" in page(browser(cast, "approver"), of(first))
    assert "verb-roll_back" not in page(browser(cast, "engineer"), of(first))


def test_a_text_without_cases_is_said_to_be_unchecked_in_what_it_does(cast: Cast) -> None:
    with system():
        row = drafted(cast, cases="")
    assert "但没有用例" in page(browser(cast, "engineer"), of(row))
