"""The report of a run: one self-contained page in two languages, each figure a query over the verdict log."""

from haodun.edge.batch.report.figures import Figures, measure
from haodun.edge.batch.report.page import write_report

__all__ = ["Figures", "measure", "write_report"]
