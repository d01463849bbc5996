"""Why a call got its verdict: recomputed from the log, as a tree, in Chinese and English."""

from haodun.screening.explain.errors import ExplainError, Mismatch
from haodun.screening.explain.explanation import Explanation, Flip, explain
from haodun.screening.explain.rendering import render
from haodun.screening.explain.run import sample_ids

__all__ = ["ExplainError", "Explanation", "Flip", "Mismatch", "explain", "render", "sample_ids"]
