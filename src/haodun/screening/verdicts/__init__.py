"""Verdicts: from an event to an action with its reasons, and the log that keeps them."""

from haodun.screening.verdicts.log import (
    VERDICT_LOG_VERSION,
    VERDICT_SCHEMA,
    Verdict,
    read_verdicts,
    verdict_batch,
    verdicts_of,
)
from haodun.screening.verdicts.row import RowBuilder
from haodun.screening.verdicts.screener import Mode, Screener, Versions
from haodun.screening.verdicts.token import Token, TokenError, check_token, parse_token, redress_token

__all__ = [
    "VERDICT_LOG_VERSION",
    "VERDICT_SCHEMA",
    "Mode",
    "RowBuilder",
    "Screener",
    "Token",
    "TokenError",
    "Verdict",
    "Versions",
    "check_token",
    "parse_token",
    "read_verdicts",
    "redress_token",
    "verdict_batch",
    "verdicts_of",
]
