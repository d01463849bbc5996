"""The process behind `haodun screen`: from files of call records to a run folder."""

from haodun.edge.batch.errors import BatchError, WrongUseError
from haodun.edge.batch.folder import RunFolder
from haodun.edge.batch.reading import UnknownFormatError
from haodun.edge.batch.run import Result, run_screen
from haodun.edge.batch.settings import LIMITS, Kernel, Limits, Settings
from haodun.edge.batch.summary import Summary, summarise

__all__ = [
    "LIMITS",
    "BatchError",
    "Kernel",
    "Limits",
    "Result",
    "RunFolder",
    "Settings",
    "Summary",
    "UnknownFormatError",
    "WrongUseError",
    "run_screen",
    "summarise",
]
