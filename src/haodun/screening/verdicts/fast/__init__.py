"""Verdicts by the array: kernel, row, policy and lists in one compiled loop, equal to `Screener` event by event."""

from haodun.screening.verdicts.fast.columns import Texts, verdict_columns
from haodun.screening.verdicts.fast.prepared import Prepared, fingerprint_key, prepare
from haodun.screening.verdicts.fast.screener import FastScreener, JudgedEvents
from haodun.screening.verdicts.fast.tokens import TokenMaker

__all__ = [
    "FastScreener",
    "JudgedEvents",
    "Prepared",
    "Texts",
    "TokenMaker",
    "fingerprint_key",
    "prepare",
    "verdict_columns",
]
