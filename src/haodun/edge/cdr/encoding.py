"""Call tables to the bytes of every format, by column expressions; what `lab generate` and the tests write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from haodun.edge.cdr.error import CdrError
from haodun.edge.cdr.freeswitch import TEMPLATES
from haodun.edge.cdr.record import ALIASES, CALLS_SCHEMA
from haodun.edge.cdr.words import DISPOSITIONS, HANGUP_CAUSES, RESTRICTED_WORDS, UNAVAILABLE_WORDS
from haodun.screening.events import Attestation, Cause, Presentation, Roaming

ROWS_PER_CHUNK = 65_536

ENCODINGS_OF = ("asterisk", "freeswitch-csv", "freeswitch-csv-example", "freeswitch-json", "parquet", "map")
"""What `encode` writes. `freeswitch-csv` is our template `haodun`; `map` is plain CSV, read by MAP_YAML."""

MAP_YAML = """\
# The column map of the CSV that `encode(table, "map")` writes.
delimiter: ","
header: true
columns:
  call_id: call_id
  leg_id: leg_id
  start: start_ms
  answer: answer_ms
  end: end_ms
  caller: caller
  callee: callee
  trunk: trunk
  presentation: presentation
  attestation: attestation
  roaming: roaming
  diversion: diversion
  device: device
  cell: cell
  cause: cause
time: epoch_ms
"""

_CAUSE_WORDS = {int(cause): word for word, cause in reversed(HANGUP_CAUSES.items())}
_CAUSE_WORDS[int(Cause.FAILED)] = "DESTINATION_OUT_OF_ORDER"
_DISPOSITION_WORDS = {int(cause): word for word, cause in DISPOSITIONS.items()}
_TIME = "%Y-%m-%d %H:%M:%S"


def encode(table: pa.Table, format: str) -> Iterator[bytes]:
    """The table (CALLS_SCHEMA; nullable columns may be absent) as chunks of a file. CdrError for an unknown format.

    The text formats of the switches keep whole seconds, in UTC.
    """
    format = ALIASES.get(format, format)
    if format not in ENCODINGS_OF:
        raise CdrError(f"Format {format!r} cannot be written; give one of {', '.join(ENCODINGS_OF)}.")
    if format == "parquet":
        return _parquet(table)
    return _text(table, format)


def _parquet(table: pa.Table) -> Iterator[bytes]:
    sink = pa.BufferOutputStream()
    names = [field.name for field in CALLS_SCHEMA if field.name in table.schema.names]
    fields: list[pa.Field[Any]] = [CALLS_SCHEMA.field(name) for name in names]
    schema = pa.schema(fields).with_metadata(CALLS_SCHEMA.metadata)
    pq.write_table(table.select(names).cast(schema), sink, compression="zstd")
    yield sink.getvalue().to_pybytes()


def _text(table: pa.Table, format: str) -> Iterator[bytes]:
    if format == "map":
        yield (",".join(name for name in CALLS_SCHEMA.names) + "\n").encode()
    for start in range(0, table.num_rows, ROWS_PER_CHUNK):
        frame = _frame(table.slice(start, ROWS_PER_CHUNK))
        if format == "freeswitch-json":
            yield _json(frame)
            continue
        if format == "asterisk":
            line = _asterisk(start)
        elif format == "map":
            line = _plain()
        else:
            line = _freeswitch("example" if format.endswith("example") else "haodun")
        lines = frame.select(pl.concat_str(line, separator=",")).to_series()
        yield ("\n".join(lines.to_list()) + "\n").encode("utf-8")


def _frame(table: pa.Table) -> pl.DataFrame:
    found = pl.from_arrow(table)
    if not isinstance(found, pl.DataFrame):
        raise CdrError("Calls are encoded from a table with the columns of the call schema.")
    missing = []
    for field in CALLS_SCHEMA:
        if field.name not in found.columns:
            if not field.nullable:
                raise CdrError(f"The table has no column {field.name}.")
            missing.append(pl.lit(None, pl.String if pa.types.is_string(field.type) else pl.Int64).alias(field.name))
    found = found.with_columns(missing)
    return found.with_columns(
        pl.when(pl.col("leg_id").fill_null("") == "").then("call_id").otherwise("leg_id").alias("leg_id"),
        *(pl.col(name).fill_null("") for name in ("diversion", "device", "cell")),
        *(pl.col(name).fill_null(0) for name in ("attestation", "roaming", "cause")),
        pl.when(pl.col("presentation").is_null()).then(_implied()).otherwise("presentation").alias("presentation"),
    )


def _implied() -> pl.Expr:
    """The presentation that a reader takes from the caller text alone."""
    word = pl.col("caller").str.to_lowercase()
    return (
        pl.when(word.is_in(RESTRICTED_WORDS))
        .then(int(Presentation.RESTRICTED))
        .when(word.is_in(UNAVAILABLE_WORDS))
        .then(int(Presentation.UNAVAILABLE))
        .otherwise(int(Presentation.ALLOWED))
    )


def _quoted(value: pl.Expr | str) -> pl.Expr:
    text = pl.col(value) if isinstance(value, str) else value
    return pl.format('"{}"', text.str.replace_all('"', '""', literal=True))


def _second(name: str) -> pl.Expr:
    return pl.col(name) // 1000


def _stamp(name: str) -> pl.Expr:
    return _quoted(pl.from_epoch(_second(name), time_unit="s").dt.to_string(_TIME).fill_null(""))


def _durations() -> tuple[pl.Expr, pl.Expr]:
    """Whole seconds of the call, and of the talk (0 if unanswered)."""
    duration = (_second("end_ms") - _second("start_ms")).cast(pl.String)
    return duration, (_second("end_ms") - _second("answer_ms")).fill_null(0).cast(pl.String)


def _word(name: str, words: dict[int, str]) -> pl.Expr:
    return pl.col(name).cast(pl.Int64).replace_strict(words, default="", return_dtype=pl.String)


def _pair(key: str, value: pl.Expr, present: pl.Expr) -> pl.Expr:
    return pl.when(present).then(pl.format(key + "={};", value)).otherwise(pl.lit(""))


def _escaped(name: str) -> pl.Expr:
    return pl.col(name).str.replace_all("%", "%25", literal=True).str.replace_all(";", "%3B", literal=True)


def _userfield() -> pl.Expr:
    """Our own convention; a pair is written only where Asterisk's columns do not say it."""
    pairs = [
        _pair("roaming", _word("roaming", _lower(Roaming)), pl.col("roaming") != 0),
        _pair("attestation", _word("attestation", {int(m): m.name for m in Attestation}), pl.col("attestation") != 0),
        *(_pair(name, _escaped(name), pl.col(name) != "") for name in ("diversion", "device", "cell")),
        _pair("presentation", _word("presentation", _lower(Presentation)), pl.col("presentation") != _implied()),
        _pair("cause", _word("cause", _lower(Cause)), ~pl.col("cause").is_in(list(_DISPOSITION_WORDS))),
    ]
    return _quoted(pl.concat_str(pairs).str.strip_chars_end(";"))


def _lower(kind: type[Roaming] | type[Presentation] | type[Cause]) -> dict[int, str]:
    return {int(member): member.name.lower() for member in kind}


def _asterisk(first: int) -> list[pl.Expr]:
    has_trunk = pl.col("trunk") != ""
    number = (pl.int_range(pl.len()) + first) % 100_000_000
    channel = pl.format("PJSIP/{}-{}", pl.col("trunk"), number.cast(pl.String).str.zfill(8))
    duration, talk = _durations()
    answered = pl.col("answer_ms").is_not_null()
    disposition = _word("cause", _DISPOSITION_WORDS)
    stood_in = pl.when(answered).then(pl.lit("ANSWERED")).otherwise(pl.lit("FAILED"))
    return [
        pl.lit('""'),
        _quoted("caller"),
        _quoted("callee"),
        pl.when(has_trunk).then(pl.lit('"from-trunk"')).otherwise(pl.lit('""')),
        _quoted(pl.when(pl.col("caller") != "").then(pl.format('"" <{}>', "caller")).otherwise(pl.lit(""))),
        _quoted(pl.when(has_trunk).then(channel).otherwise(pl.lit(""))),
        pl.lit('"","Dial",""'),
        _stamp("start_ms"),
        _stamp("answer_ms"),
        _stamp("end_ms"),
        duration,
        talk,
        _quoted(pl.when(disposition == "").then(stood_in).otherwise(disposition)),
        pl.lit('"DOCUMENTATION"'),
        _quoted("leg_id"),
        _userfield(),
        pl.lit('""'),
        _quoted("call_id"),
        pl.lit("0"),
    ]


def _freeswitch(template: str) -> list[pl.Expr]:
    duration, talk = _durations()
    values = {
        "caller_id_number": _quoted("caller"),
        "destination_number": _quoted("callee"),
        "context": _quoted("trunk"),
        "start_stamp": _stamp("start_ms"),
        "answer_stamp": _stamp("answer_ms"),
        "end_stamp": _stamp("end_ms"),
        "duration": _quoted(duration),
        "billsec": _quoted(talk),
        "hangup_cause": _quoted(_word("cause", _CAUSE_WORDS)),
        "uuid": _quoted("call_id"),
        "roaming": _quoted(_word("roaming", _lower(Roaming))),
        "attestation": _quoted(_word("attestation", {int(m): m.name for m in Attestation})),
        "diversion": _quoted("diversion"),
        "device": _quoted("device"),
        "presentation": _quoted(_word("presentation", _lower(Presentation))),
        "cell": _quoted("cell"),
    }
    return [values.get(name, pl.lit('""')) for name in TEMPLATES[template]]


def _plain() -> list[pl.Expr]:
    words: dict[str, dict[int, str]] = {
        "presentation": _lower(Presentation),
        "attestation": {int(m): m.name for m in Attestation},
        "roaming": _lower(Roaming),
        "cause": _lower(Cause),
    }
    return [
        _quoted(_word(field.name, words[field.name]))
        if field.name in words
        else pl.col(field.name).cast(pl.String).fill_null("")
        if pa.types.is_integer(field.type)
        else _quoted(field.name)
        for field in CALLS_SCHEMA
    ]


def _json(frame: pl.DataFrame) -> bytes:
    return "".join(
        json.dumps(_document(row), separators=(",", ":")) + "\n" for row in frame.iter_rows(named=True)
    ).encode()


def _document(row: dict[str, object]) -> dict[str, object]:
    """One call as mod_json_cdr writes it, values url-encoded, times in µs."""
    times = {"start": row["start_ms"], "answer": row["answer_ms"] or 0, "end": row["end_ms"]}
    micros = {f"{name}_uepoch": str(int(str(ms)) * 1000) for name, ms in times.items()}
    extra = {
        "haodun_roaming": Roaming(int(str(row["roaming"]))).name.lower(),
        "haodun_attestation": Attestation(int(str(row["attestation"]))).name,
        "haodun_presentation": Presentation(int(str(row["presentation"]))).name.lower(),
        **{f"haodun_{name}": quote(str(row[name])) for name in ("diversion", "device", "cell")},
    }
    numbers = {
        "caller_id_number": quote(str(row["caller"])),
        "destination_number": quote(str(row["callee"])),
        "context": quote(str(row["trunk"])),
    }
    variables = {
        "uuid": quote(str(row["call_id"])),
        **micros,
        "hangup_cause": _CAUSE_WORDS[int(str(row["cause"]))],
        **{name: value for name, value in extra.items() if value},
    }
    return {"variables": variables, "callflow": [{"caller_profile": numbers}]}
