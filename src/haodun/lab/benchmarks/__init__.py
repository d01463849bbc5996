"""What `haodun bench` measures: one module a suite, each with `run() -> list[Row]`; speed as ratios where it can be."""

from haodun.lab.benchmarks.row import SUITES, Row, run_suites

__all__ = ["SUITES", "Row", "run_suites"]
