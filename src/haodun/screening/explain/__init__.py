"""Why a call got its verdict: recomputed from the log, as a tree, in Chinese and English."""

from haodun.screening.explain.errors import ExplainError, Mismatch
from haodun.screening.explain.explanation import DecidedBy, Explanation, Flip, explain, explain_row
from haodun.screening.explain.rendering import render, sentence
from haodun.screening.explain.run import sample_ids

__all__ = [
    "DecidedBy",
    "ExplainError",
    "Explanation",
    "Flip",
    "Mismatch",
    "explain",
    "explain_row",
    "render",
    "sample_ids",
    "sentence",
]
