"""Call records of every switch, read and written without I/O."""

from haodun.edge.cdr.asterisk import AsteriskCodec, trunk_of
from haodun.edge.cdr.column_map import ColumnMap, column_map_schema
from haodun.edge.cdr.detection import Detection, detect
from haodun.edge.cdr.encoding import ENCODINGS_OF, MAP_YAML, encode
from haodun.edge.cdr.error import CdrError
from haodun.edge.cdr.formats import FORMATS, make_codec, read_parts
from haodun.edge.cdr.freeswitch import TEMPLATES, FreeswitchCodec
from haodun.edge.cdr.freeswitch_json import FreeswitchJsonCodec
from haodun.edge.cdr.mapped import MapCodec
from haodun.edge.cdr.parquet import read_parquet
from haodun.edge.cdr.parquet_parts import read_parquet_parts
from haodun.edge.cdr.parts import RECORD_SCHEMA, Part, SetAside, parts_of, record_batch
from haodun.edge.cdr.record import ALIASES, CALLS_SCHEMA, MAX_RECORD_BYTES, MAX_TEXT, BadRecord, CallRecord, Codec
from haodun.edge.cdr.wizard import Guess, Proposal, propose_map

__all__ = [
    "ALIASES",
    "CALLS_SCHEMA",
    "ENCODINGS_OF",
    "FORMATS",
    "MAP_YAML",
    "MAX_RECORD_BYTES",
    "MAX_TEXT",
    "RECORD_SCHEMA",
    "TEMPLATES",
    "AsteriskCodec",
    "BadRecord",
    "CallRecord",
    "CdrError",
    "Codec",
    "ColumnMap",
    "Detection",
    "FreeswitchCodec",
    "FreeswitchJsonCodec",
    "Guess",
    "MapCodec",
    "Part",
    "Proposal",
    "SetAside",
    "column_map_schema",
    "detect",
    "encode",
    "make_codec",
    "parts_of",
    "propose_map",
    "read_parquet",
    "read_parquet_parts",
    "read_parts",
    "record_batch",
    "trunk_of",
]
