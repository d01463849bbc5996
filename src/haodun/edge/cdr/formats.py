"""A format's name to its codec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo

from haodun.edge.cdr.asterisk import AsteriskCodec
from haodun.edge.cdr.column_map import ColumnMap
from haodun.edge.cdr.error import CdrError
from haodun.edge.cdr.freeswitch import FreeswitchCodec
from haodun.edge.cdr.freeswitch_json import FreeswitchJsonCodec
from haodun.edge.cdr.mapped import MapCodec
from haodun.edge.cdr.parts import Part, parts_of
from haodun.edge.cdr.plain_asterisk import AsteriskPlain
from haodun.edge.cdr.plain_mapped import MapPlain
from haodun.edge.cdr.plain_parts import Begin, in_turn, plain_parts
from haodun.edge.cdr.record import ALIASES, BadRecord, CallRecord, Codec

FORMATS: tuple[str, ...] = ("asterisk", "freeswitch-csv", "freeswitch-json", "parquet", "map")
"""What can be read. `parquet` needs random access: `read_parquet`, not `make_codec`."""


def read_parts(codec: Codec, chunks: Iterable[bytes], begin: Begin = in_turn) -> Iterator[Part]:
    """All records of a file in parts; the plain lines of some formats by columns, whatever else by the codec alone."""
    if isinstance(codec, AsteriskCodec) and codec.is_utf8:
        return plain_parts(chunks, codec, AsteriskPlain(codec), begin)
    if isinstance(codec, MapCodec) and codec.is_utf8:
        return plain_parts(chunks, codec, MapPlain(codec), begin)
    return parts_of(_decoded(codec, chunks))


def _decoded(codec: Codec, chunks: Iterable[bytes]) -> Iterator[CallRecord | BadRecord]:
    for chunk in chunks:
        yield from codec.feed(chunk)
    yield from codec.close()


def make_codec(format: str, *, tz: tzinfo = UTC, column_map: ColumnMap | None = None, encoding: str = "auto") -> Codec:
    """A fresh codec for one stream; CdrError for a format that is unknown, or a map that is not given."""
    format = ALIASES.get(format, format)
    if format == "asterisk":
        return AsteriskCodec(tz=tz, encoding=encoding)
    if format == "freeswitch-csv":
        return FreeswitchCodec(tz=tz, encoding=encoding)
    if format == "freeswitch-json":
        return FreeswitchJsonCodec(tz=tz, encoding=encoding)
    if format == "map":
        if column_map is None:
            raise CdrError("Format map needs a column map; give it with --map map.yaml.")
        return MapCodec(column_map, tz=tz, encoding=encoding)
    if format == "parquet":
        raise CdrError("Parquet cannot be read as a stream; give it as a file that is not packed.")
    raise CdrError(f"Format {format!r} is not known; give one of {', '.join(FORMATS)}.")
