"""The kernel that counts: here the oracle, plain Python that defines every meaning."""

from haodun.screening.kernel.errors import KernelError
from haodun.screening.kernel.oracle import Counted, Oracle, Outcome, Reading
from haodun.screening.kernel.parameters import KERNEL_VERSION, Parameters

__all__ = ["KERNEL_VERSION", "Counted", "KernelError", "Oracle", "Outcome", "Parameters", "Reading"]
