"""The kernel that counts: here the oracle, plain Python that defines every meaning."""

from haodun.screening.kernel.errors import KernelError
from haodun.screening.kernel.oracle import Oracle, Outcome, Reading
from haodun.screening.kernel.parameters import KERNEL_VERSION, Parameters

__all__ = ["KERNEL_VERSION", "KernelError", "Oracle", "Outcome", "Parameters", "Reading"]
