"""What the kernel refuses."""


class KernelError(Exception):
    """Parameters or a stored state that the kernel will not run with."""

    exit_code = 3
