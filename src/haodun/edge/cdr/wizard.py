"""The wizard: a column map proposed for a CSV that nobody described, with reasons and what could not be found."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

import yaml

from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.rows import Decoder

MAX_SAMPLE_BYTES = 262_144
MAX_SAMPLE_ROWS = 200

_NAMES: dict[str, tuple[str, ...]] = {
    "call_id": ("callid", "uniqueid", "uuid", "id", "recordid", "linkedid", "cgrid", "呼叫标识",
                 "话单编号", "通话标识", "流水号"),
    "start": ("start", "starttime", "calldate", "startstamp", "setuptime", "begintime", "time", "calltime", "datetime",
              "开始时间", "呼叫时间", "起始时间", "通话开始时间"),
    "answer": ("answer", "answertime", "answerstamp", "connecttime", "answered", "应答时间", "接通时间", "接听时间"),
    "end": ("end", "endtime", "endstamp", "stoptime", "hanguptime", "disconnecttime", "releasetime",
            "结束时间", "挂断时间",
            "释放时间"),
    "duration": ("duration", "callduration", "totalseconds", "总时长", "呼叫时长"),
    "billsec": ("billsec", "billseconds", "talktime", "usage", "billedduration", "talkseconds", "通话时长", "计费时长"),
    "caller": ("caller", "src", "source", "callingnumber", "calling", "from", "ani", "calleridnumber", "callernumber",
               "anumber", "callingparty", "account", "主叫", "主叫号码"),
    "callee": ("callee", "dst", "destination", "callednumber", "called", "to", "destinationnumber", "bnumber",
               "dialednumber", "calledparty", "被叫", "被叫号码"),
    "trunk": ("trunk", "trunkname", "ingress", "incomingtrunk", "gateway", "context", "dcontext", "route", "trunkgroup",
              "入中继", "中继", "中继名称", "入局中继"),
    "cause": ("cause", "disposition", "hangupcause", "releasecause", "result", "status", "释放原因", "呼叫结果"),
    "device": ("device", "imei", "useragent", "终端", "设备"),
    "cell": ("cell", "cellid", "cgi", "lac", "小区", "基站"),
    "diversion": ("diversion", "redirecting", "redirectingnumber", "originalcalled", "前转号码"),
}  # fmt: skip
_OFFSET = r"(?: ?(?:Z|[+-][0-9]{2}:?[0-9]{2}))?"
_TIMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("iso", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?" + _OFFSET)),
    ("%Y/%m/%d %H:%M:%S", re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")),
    ("%Y%m%d%H%M%S", re.compile(r"(?:19|20)[0-9]{12}")),
    ("%d.%m.%Y %H:%M:%S", re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")),
    ("epoch_us", re.compile(r"1[0-9]{15}")),
    ("epoch_ms", re.compile(r"1[0-9]{12}")),
    ("epoch_s", re.compile(r"1[0-9]{9}(?:\.[0-9]{1,6})?")),
)  # fmt: skip
_PHONE = re.compile(r"\+?[0-9]{3,18}")
_COUNT = re.compile(r"[0-9]{1,6}(?:\.[0-9]+)?")
_SPACE = re.compile(r"[\W_]+")
_NEEDED = ("start", "caller", "callee")


@dataclass(frozen=True, slots=True)
class Guess:
    """One column of the proposal."""

    field: str
    column: str | int
    confidence: int
    """Percent."""
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the wizard made of a sample; `str` is a YAML file to check, with the reasons as comments."""

    yaml_text: str
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...]
    """Fields that are needed and were not found; the map is not usable until they are filled in."""

    def __str__(self) -> str:
        return self.yaml_text


def propose_map(sample: bytes) -> Proposal:
    """The beginning of a file to a proposed map. Never fails: what is no table gives an empty proposal."""
    rows, delimiter = _rows(sample[:MAX_SAMPLE_BYTES])
    width = len(rows[0]) if rows else 0
    header = bool(rows) and not any(_is_value(cell) for cell in rows[0]) and len(rows) > 1
    names = [cell.strip() for cell in rows[0]] if header else []
    columns = [[row[i].strip() for row in rows[int(header) :] if row[i].strip()] for i in range(width)]
    time = _time_format(columns)
    guesses = _by_name(names, columns) if header else []
    guesses += _by_content(guesses, columns, names=names, time=time)
    found = {guess.field for guess in guesses}
    missing = [field for field in _NEEDED if field not in found]
    if not found & {"end", "duration"}:
        missing.append("end or duration")
    text = _written(guesses, missing, delimiter=delimiter, header=header, time=time)
    return Proposal(text, tuple(guesses), tuple(missing))


def _rows(sample: bytes) -> tuple[list[list[str]], str]:
    """Rows of the width that the best delimiter gives to most of them."""
    lines = []
    decoder = Decoder("auto")
    for line in sample.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:MAX_SAMPLE_ROWS]:
        try:
            text = decoder.decode(line.rstrip(b"\r"))
        except RowError:
            continue
        if text:
            lines.append(text)
    best: tuple[int, list[list[str]], str] = (0, [], ",")
    for delimiter in ",;\t|":
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 0
        kept = [row for row in rows if len(row) == width]
        score = len(kept) * (width - 1)
        if score > best[0]:
            best = (score, kept, delimiter)
    return best[1], best[2]


def _is_value(cell: str) -> bool:
    return bool(_PHONE.fullmatch(cell.strip()) or any(pattern.fullmatch(cell.strip()) for _, pattern in _TIMES))


def _time_format(columns: list[list[str]]) -> str:
    for name, pattern in _TIMES:
        if any(column and all(pattern.fullmatch(cell) for cell in column) for column in columns):
            return name
    return "iso"


def _by_name(names: list[str], columns: list[list[str]]) -> list[Guess]:
    plain = [_SPACE.sub("", name).lower() for name in names]
    guesses: list[Guess] = []
    taken: set[int] = set()
    for field, words in _NAMES.items():
        for word in words:
            places = [i for i, name in enumerate(plain) if name == word and i not in taken]
            if places and names.count(names[places[0]]) == 1:
                taken.add(places[0])
                sure = 95 if columns[places[0]] else 60
                guesses.append(Guess(field, names[places[0]], sure, f"the header says {names[places[0]]!r}"))
                break
    return guesses


def _by_content(guesses: list[Guess], columns: list[list[str]], *, names: list[str], time: str) -> list[Guess]:
    """Fields that no name gave, by what the columns hold: times in order, then numbers, then whole seconds."""
    used = {guess.column for guess in guesses}
    found = {guess.field for guess in guesses}
    label: list[str | int] = [names[i] if names and names.count(names[i]) == 1 else i + 1 for i in range(len(columns))]
    pattern = next(expression for name, expression in _TIMES if name == time)
    free = [i for i, column in enumerate(columns) if column and label[i] not in used]
    times = [i for i in free if all(pattern.fullmatch(cell) for cell in columns[i])]
    phones = [i for i in free if i not in times and _share(columns[i], _PHONE) >= 80 and _longest(columns[i]) >= 7]
    counts = [i for i in free if i not in times + phones and _share(columns[i], _COUNT) == 100]
    wanted = (("start", times), ("end", times[::-1]), ("caller", phones), ("callee", phones), ("duration", counts))
    more: list[Guess] = []
    for field, places in wanted:
        place = next((i for i in places if label[i] not in used), None)
        if field in found or place is None or (field == "duration" and found & {"end"}):
            continue
        used.add(label[place])
        found.add(field)
        more.append(
            Guess(field, label[place], 50, f"by what column {place + 1} holds, such as {columns[place][0][:24]!r}")
        )
    return more


def _share(column: list[str], pattern: re.Pattern[str]) -> int:
    return sum(1 for cell in column if pattern.fullmatch(cell)) * 100 // len(column)


def _longest(column: list[str]) -> int:
    return max(len(cell) for cell in column)


def _written(guesses: list[Guess], missing: list[str], *, delimiter: str, header: bool, time: str) -> str:
    lines = ["# Proposed by haodun: check each line, then save it as map.yaml and give it with --map map.yaml."]
    lines += [f"# NOT FOUND: {field}. Add it under `columns`." for field in missing]
    lines += [f"delimiter: {_scalar(delimiter)}", f"header: {str(header).lower()}", "columns:"]
    for guess in guesses:
        column = guess.column if isinstance(guess.column, int) else _scalar(guess.column)
        reason = guess.reason.encode("unicode_escape").decode() if not guess.reason.isprintable() else guess.reason
        lines.append(f"  {guess.field}: {column}  # {guess.confidence} %: {reason}")
    if not guesses:
        lines[-1] = "columns: {}"
    lines.append(f"time: {_scalar(time)}")
    fields = {guess.field for guess in guesses}
    if "answer" not in fields and "billsec" in fields:
        lines.append("answered: billsec")
    lines.append("# tz: Asia/Shanghai   # if the times carry no zone; without it --tz holds")
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    """A YAML scalar in double quotes, on one line."""
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=100_000).strip()
