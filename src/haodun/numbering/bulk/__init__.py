"""Numbers by the million: columns of texts to columns of numbers and facts, and one text at a time in compiled code."""

from haodun.numbering.bulk.reader import NumberColumns, Reader, Texts
from haodun.numbering.bulk.tables import Tables, load_tables
from haodun.numbering.bulk.walking import (
    ALLOCATION,
    COUNTRY,
    EMERGENCY,
    FORM,
    HOLDER,
    HOME,
    KEY,
    KIND,
    REFUSAL,
    RESELLER,
    VALUES,
    read_one,
)

__all__ = [
    "ALLOCATION",
    "COUNTRY",
    "EMERGENCY",
    "FORM",
    "HOLDER",
    "HOME",
    "KEY",
    "KIND",
    "REFUSAL",
    "RESELLER",
    "VALUES",
    "NumberColumns",
    "Reader",
    "Tables",
    "Texts",
    "load_tables",
    "read_one",
]
