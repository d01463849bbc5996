"""What contexts above use of the federation."""

from __future__ import annotations

from haodun.federation.controls import gaps
from haodun.federation.errors import REASONS, CannotSend, FederationError, Refuse, Said, sentence
from haodun.federation.exchanging import Round, exchange
from haodun.federation.forgetting import forget
from haodun.federation.keys import (
    add_peer_key,
    fingerprint,
    make_own_key,
    own_key,
    own_name,
    own_signer,
    revoke_peer_key,
)
from haodun.federation.kinds import ALWAYS, NEW_KEY, Answer, Received, declare, kind_of, kinds, subscribe
from haodun.federation.quarantine import discard, on_quarantined
from haodun.federation.receipts import executed
from haodun.federation.receiving import release
from haodun.federation.sending import Going, narrow, on_sent, pass_on, reachable, recall, send, why
from haodun.federation.standing import Answered, Standing, answers, standing, standings

__all__ = [
    "ALWAYS",
    "NEW_KEY",
    "REASONS",
    "Answer",
    "Answered",
    "CannotSend",
    "FederationError",
    "Going",
    "Received",
    "Refuse",
    "Round",
    "Said",
    "Standing",
    "add_peer_key",
    "answers",
    "declare",
    "discard",
    "exchange",
    "executed",
    "fingerprint",
    "forget",
    "gaps",
    "kind_of",
    "kinds",
    "make_own_key",
    "narrow",
    "on_quarantined",
    "on_sent",
    "own_key",
    "own_name",
    "own_signer",
    "pass_on",
    "reachable",
    "recall",
    "release",
    "revoke_peer_key",
    "send",
    "sentence",
    "standing",
    "standings",
    "subscribe",
    "why",
]
