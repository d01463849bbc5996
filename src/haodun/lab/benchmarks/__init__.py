"""What `haodun bench` measures: one module a suite, each with `run() -> list[Row]`; speed as ratios where it can be."""

from haodun.lab.benchmarks.row import SUITES, Figure, Row, run_suites

__all__ = ["SUITES", "Figure", "Row", "run_suites"]
