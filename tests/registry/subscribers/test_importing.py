"""Imports: bad rows back with their reasons, the second look, chunks that go on where they were killed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import IO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone
from tests.registry.conftest import NOW, Land, holding

from haodun.audit.models import Entry
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Kind as Place
from haodun.offices.organisations.services import Role, appoint, establish, system
from haodun.offices.sheets.services import Column, Kind, SheetError, file_of, read
from haodun.offices.transitions.services import Actor, Refused, actor_of
from haodun.registry.number_plan.services import Stopped, lift_stop, stop_supply
from haodun.registry.subscribers import figures, import_runs, runs, sealed_files
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.ciphertext import CiphertextError
from haodun.registry.subscribers.identity import check_character
from haodun.registry.subscribers.models import HolderInterval, ImportRun, Record

FIRST = 8613800138000
TITLES = ["号码", "姓名或单位名称", "开户日期", "证件类型", "证件号码", "运营商", "地址"]


def person(place: int) -> str:
    """A valid citizen's number, one for each place."""
    body = f"3201011980{1 + place % 12:02d}{1 + place // 12 % 28:02d}{place // 336:03d}"
    return body + check_character(body)


def row(place: int, **changes: str) -> list[str]:
    values = {
        "number": f"1380013{8000 + place:04d}", "name": "张三", "since": "2020-01-02", "kind": "身份证",
        "document": person(place), "carrier": "江苏移动", "address": "南京市 1 号",
    }  # fmt: skip
    return list({**values, **changes}.values())


def brought(lines: Sequence[Sequence[str]], kind: Kind = Kind.CSV) -> IO[bytes]:
    return file_of(kind, TITLES, lines)


def reasons(run: ImportRun) -> dict[int, str]:
    back = runs.bad_rows(run)
    assert back is not None
    columns = (Column("line", "行号", "line"), Column("why", "不能导入的原因", "reason"))
    return {int(one.values["line"]): one.values["why"] for one in read(back, columns=columns).rows}


@pytest.fixture
def second(land: Land) -> User:
    """A colleague at the carrier, who takes the second look."""
    made = User.objects.create_user(username="second", password=None)
    appoint(made, land.mobile, Role.CARRIER_COMPLIANCE)
    return made


def _checked(land: Land, lines: Sequence[Sequence[str]], *, mode: str = "existing", kind: Kind = Kind.CSV) -> ImportRun:
    run = _uploaded(land, brought(lines, kind), mode=mode)
    return runs.check(run)


def _uploaded(land: Land, file: IO[bytes], *, mode: str = "existing", key: str = "") -> UUID:
    with system():
        return runs.upload(actor_of(land.owner), file, organisation=land.mobile.id, mode=mode, key=key or uuid4().hex)


def _apply(actor: Actor, run: ImportRun) -> ImportRun:
    with system():
        blast = runs.preview_step(actor, run.id, "apply").blast
        assert blast is not None
        runs.step(actor, run.id, "apply", key=uuid4().hex, seen=blast.digest())
    return runs.finish(run.id)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_file_is_checked_looked_at_by_another_and_applied(land: Land, second: User, kind: Kind) -> None:
    run = _checked(land, [row(place) for place in range(3)], kind=kind)
    assert (run.state, run.total, run.good, run.bad) == ("CHECKED", 3, 3, 0)
    assert subscribers.holder_at(FIRST, NOW) is None, "nothing is registered before the second look"
    with system(), pytest.raises(Refused) as refused:
        runs.step(actor_of(land.owner), run.id, "apply", key="own")
    assert refused.value.code == "second_person"
    done = _apply(actor_of(second), run)
    assert (done.state, done.applied, done.late) == ("APPLIED", 3, 0)
    held = subscribers.holder_at(FIRST, NOW)
    assert held and held.masked_name == "张*"
    assert held.subject == subscribers.subject_of(subscribers.Document(subscribers.DocumentKind.RESIDENT, person(0)))
    assert subscribers.rates(NOW.date())[0].valid == 3
    assert Entry.objects.filter(kind="import:applied").count() == 2


@pytest.mark.parametrize("mode", ["new", "existing"])
def test_a_stopped_reseller_gets_no_new_users_by_a_file(land: Land, second: User, mode: str) -> None:
    sold = establish(kind=Place.RESELLER, name_zh="分享转售", name_en="Share Resale", parent=land.ministry)
    titles = [*TITLES, "转售企业"]
    today = timezone.localdate().isoformat()
    # Rows of the register's own past stay; one that begins after the stop, and every opening, is refused.
    lines = [[*row(place, since=day), "分享转售"] for place, day in ((0, "2020-01-02"), (1, today), (2, today))]
    lines[2][-1] = ""
    case, since = uuid4(), NOW - timedelta(days=1)
    stop_supply(sold.id, Stopped.USERS, case=case, at=since, source="检查 1")
    run = runs.check(_uploaded(land, file_of(Kind.CSV, titles, lines), mode=mode))
    refused = {1, 2} if mode == "new" else {2}
    assert set(reasons(run)) == refused
    assert all("停止发展新用户" in why for why in reasons(run).values())
    lift_stop(case, Stopped.USERS, at=NOW)
    again = runs.check(_uploaded(land, file_of(Kind.CSV, titles, lines), mode=mode))
    assert again.bad == 0
    stop_supply(sold.id, Stopped.USERS, case=uuid4(), at=since, source="检查 1")
    done = _apply(actor_of(second), again)
    assert (done.applied, done.late) == (3 - len(refused), len(refused)), "stopped between the check and its use"


def test_each_bad_row_comes_back_with_its_reason(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST + 7))
    lines = [
        row(0),
        row(1, document=person(1)[:-1] + "?"),
        row(2, carrier="江苏联通"),
        row(3, carrier="火星电信"),
        row(4, since="明天"),
        row(5, since="2999-01-01"),
        row(6, kind="会员卡"),
        row(7),
        row(8),
        row(8),
        row(9, number="12"),
    ]
    run = _checked(land, lines)
    assert (run.total, run.good, run.bad) == (11, 2, 9)
    said = reasons(run)
    expected = {
        2: "证件号码", 3: "不是本单位的用户", 4: "没有这家运营商", 5: "应为日期", 6: "在将来",
        7: "第七条", 8: "已有机主", 10: "重叠", 11: "不是电话号码",
    }  # fmt: skip
    assert set(said) == set(expected)
    for line, words in expected.items():
        assert words in said[line]
    assert person(1)[6:14] not in str(run.summary), "the summary of reasons holds no document"


def test_nothing_of_an_upload_lies_on_disk_in_clear(land: Land) -> None:
    run = _uploaded(land, brought([row(0), row(1, kind="x")]))
    kept = [path.read_bytes() for path in sealed_files._path(str(run)).parent.iterdir()]
    assert kept
    assert not [one for one in kept if "张三".encode() in one or person(0).encode() in one]
    runs.check(run)
    assert not sealed_files.is_kept(str(run)), "the upload is gone once it was checked"
    assert sealed_files.is_kept(f"{run}-bad")


def test_a_kept_file_that_was_cut_or_mixed_up_does_not_open(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_files, "PART", 10)
    sealed_files.keep("whole", io.BytesIO(b"0123456789" * 3))
    assert sealed_files.opened("whole").read() == b"0123456789" * 3
    path = sealed_files._path("whole")
    data = path.read_bytes()
    length = len(data) // 3
    for spoilt in (data[: 2 * length], data[length : 2 * length] + data[:length] + data[2 * length :]):
        path.write_bytes(spoilt)
        with pytest.raises(CiphertextError):
            sealed_files.opened("whole")
    sealed_files.forget("whole")


def test_new_openings_above_five_cards_are_set_aside_and_existing_ones_only_counted(land: Land, second: User) -> None:
    for place in range(3):
        subscribers.open_interval(
            holding(
                land, FIRST + 100 + place,
                document=subscribers.Document(subscribers.DocumentKind.RESIDENT, person(0)),
            )
        )  # fmt: skip
    lines = [row(place, document=person(0)) for place in range(4)]
    new = _checked(land, lines, mode="new")
    assert (new.good, new.bad) == (2, 2)
    assert set(reasons(new)) == {3, 4}
    existing = _checked(land, lines)
    assert (existing.good, existing.summary["above_limit"]) == (4, 2)


def test_a_file_of_another_kind_is_unreadable_and_says_why(land: Land) -> None:
    run = runs.check(_uploaded(land, io.BytesIO("星座,血型\n水瓶,A\n".encode())))
    assert run.state == "UNREADABLE"
    assert "number" in run.failure_en
    assert "号码" in run.failure_zh
    with pytest.raises(SheetError, match="empty"):
        _uploaded(land, io.BytesIO(b""))


def test_the_same_key_takes_the_same_file_once(land: Land) -> None:
    first, again = (_uploaded(land, brought([row(0)]), key="once") for _ in range(2))
    assert first == again
    with pytest.raises(Refused):
        _uploaded(land, brought([row(1)]), key="once")


def test_an_application_that_was_killed_goes_on_and_no_row_comes_twice(
    land: Land, second: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "_UPTO", import_runs._UPTO.replace(f"LIMIT {import_runs.CHUNK}", "LIMIT 4"))
    run = _checked(land, [row(place) for place in range(10)])

    class KilledError(RuntimeError):
        pass

    def kill(step: str, share: float) -> None:
        if share < 0.9 and step == "applied":
            raise KilledError

    with system():
        blast = runs.preview_step(actor_of(second), run.id, "apply").blast
        assert blast
        runs.step(actor_of(second), run.id, "apply", key="go", seen=blast.digest())
    with pytest.raises(KilledError):
        runs.finish(run.id, progress=kill)
    with system():
        assert HolderInterval.objects.count() == 4
    with pytest.raises(subscribers.SubscriberRefused, match="import is being applied"):
        figures.publish(NOW.date().replace(year=2025), actor=actor_of(second))
    done = runs.finish(run.id)
    assert (done.state, done.applied) == ("APPLIED", 10)
    with system():
        assert HolderInterval.objects.count() == Record.objects.count() == 10
        assert set(HolderInterval.objects.values_list("number", flat=True)) == set(range(FIRST, FIRST + 10))


def test_who_got_a_number_since_the_check_keeps_it(land: Land, second: User) -> None:
    run = _checked(land, [row(0), row(1)])
    subscribers.open_interval(holding(land, FIRST, name="李四"))
    done = _apply(actor_of(second), run)
    assert (done.applied, done.late) == (1, 1)
    held = subscribers.holder_at(FIRST, NOW)
    assert held and held.masked_name == "李*"


def test_a_discarded_import_leaves_nothing(lasting_land: Land) -> None:
    land = lasting_land
    run = _checked(land, [row(0), row(1, kind="x")])
    with system():
        runs.step(actor_of(land.owner), run.id, "discard", key="no", reason="传错了文件")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM subscribers_staged")
            assert cursor.fetchone() == (0,)
    assert runs.bad_rows(run) is None


def test_the_command_checks_applies_and_writes_bad_rows(land: Land, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "in.csv").write_bytes(brought([row(0), row(1, kind="x")]).read())
    said = io.StringIO()
    arguments = ["import_subscribers", str(folder / "in.csv"), "--organisation", "江苏移动"]
    call_command(*arguments, "--apply", "--bad", str(folder / "bad.csv"), stdout=said)
    assert "2 rows, 1 good, 1 set aside" in said.getvalue()
    assert "1 registered" in said.getvalue()
    assert "第七条" in (folder / "bad.csv").read_text("utf-8-sig")
    with pytest.raises(CommandError, match="exists already"):
        call_command(*arguments, "--bad", str(folder / "bad.csv"))
    with pytest.raises(CommandError, match="names no organisation"):
        call_command("import_subscribers", str(folder / "in.csv"), "--organisation", "无")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_subscribers", str(folder / "none.csv"), "--organisation", "江苏移动")
