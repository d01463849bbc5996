"""One input log, two ways to decide it; verdicts held against the truth."""

from haodun.screening.compare.differences import Change, Differences, compare_run
from haodun.screening.compare.evaluation import CampaignFigures, Evaluation, PopulationFigures, evaluate
from haodun.screening.compare.interval import clopper_pearson

__all__ = [
    "CampaignFigures",
    "Change",
    "Differences",
    "Evaluation",
    "PopulationFigures",
    "clopper_pearson",
    "compare_run",
    "evaluate",
]
