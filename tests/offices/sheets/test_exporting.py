"""Taking a table away: formulas quoted, masked by right, purposed, counted, in the ledger."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest

from haodun.console.setup import configure

configure()

from openpyxl import load_workbook  # noqa: E402

from haodun.audit.models import Entry, Item  # noqa: E402
from haodun.offices.sheets import exporting  # noqa: E402
from haodun.offices.sheets.services import Column, Kind, download, export, kind_of, read, write  # noqa: E402
from haodun.offices.transitions.services import Actor, Refused  # noqa: E402

pytestmark = pytest.mark.usefixtures("db")
COLUMNS = (
    Column("number", "号码", "Number", mask=lambda one: f"{str(one)[:3]}****", open_to="see:all", subject="number"),
    Column("name", "姓名", "Name", mask=lambda one: f"{one[:1]}**"),
    Column("note", "备注", "Note"),
)
ROWS = [
    {"number": 8613800138000, "name": "张三", "note": '=HYPERLINK("x")'},
    {"number": 8613800138001, "name": "李四", "note": None},
]


def _actor(*permissions: str) -> Actor:
    return Actor(user_id=uuid4(), organisation_id=uuid4(), role="officer", permissions=permissions)


def _texts(file: object) -> list[dict[str, str]]:
    back = [Column(one.name, one.zh, one.en, required=False) for one in COLUMNS]
    return [row.values for row in read(file, columns=back).rows]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("permissions", "number"), [((), "861****"), (("see:all",), "8613800138000")])
def test_an_export_is_masked_by_right_in_each_kind(kind: Kind, permissions: tuple[str, ...], number: str) -> None:
    made = export(_actor(*permissions), ROWS, COLUMNS, kind, name="holders", purpose="inspection")
    assert (made.count, made.name, kind_of(made.file)) == (2, f"haodun-holders.{kind.value}", kind)
    assert [(one["number"], one["name"]) for one in _texts(made.file)] == [
        (number, "张**"),
        (number if not permissions else "8613800138001", "李**"),
    ]


def test_what_looks_like_a_formula_is_quoted_for_spreadsheets() -> None:
    text = export(_actor(), ROWS, COLUMNS, Kind.CSV, name="x", purpose="audit").file.read().decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    made = export(_actor(), ROWS, COLUMNS, Kind.XLSX, name="x", purpose="audit")
    cell = load_workbook(io.BytesIO(made.file.read())).worksheets[0]["C2"]
    assert (cell.data_type, str(cell.value)[:2]) == ("s", "'=")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "＝"])
def test_each_dangerous_beginning_is_quoted(begin: str) -> None:
    text = write([{"note": f"{begin}1"}], COLUMNS[2:], Kind.CSV).read().decode("utf-8-sig")
    assert f"'{begin}1" in text


def test_an_export_is_one_entry_that_names_each_number_by_its_subject() -> None:
    actor = _actor("see:all")
    export(actor, ROWS, COLUMNS, Kind.CSV, name="holders", purpose="inspection", reference="督〔2026〕1号")
    entry = Entry.objects.get(kind="exported")
    assert (entry.actor, entry.purpose, entry.basis, entry.items) == (actor.user_id, "inspection", "督〔2026〕1号", 2)
    assert '"rows":2' in entry.body
    assert "13800138000" not in entry.body + "".join(Item.objects.values_list("body", flat=True))


def test_nothing_is_exported_without_a_purpose_or_above_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="purpose"):
        export(_actor(), ROWS, COLUMNS, Kind.CSV, name="holders", purpose="")
    monkeypatch.setattr(exporting, "MAX_EXPORT", 1)
    with pytest.raises(Refused, match="exported at once"):
        export(_actor(), ROWS, COLUMNS, Kind.CSV, name="holders", purpose="audit")
    assert not Entry.objects.filter(kind="exported").exists()


def test_the_answer_is_a_file_that_nothing_between_keeps() -> None:
    answer = download(export(_actor(), ROWS, COLUMNS, Kind.CSV, name="holders", purpose="audit"))
    assert answer["Cache-Control"] == "no-store"
    assert "haodun-holders.csv" in answer["Content-Disposition"]
