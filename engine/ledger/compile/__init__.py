"""From Python to machine code: the only place that knows numba and llvmlite.

``jit``     how a function is compiled, on its own or as a part of the kernel
``entry``   the kernel's way in, where nothing is known of arrays
``native``  the kernel as machine code: made, kept on disk, loaded, called

``BACKTEST_PLAIN_NUMBA=1`` does without the last two: numba's own ``@njit`` compiles the kernel, and numba's own
cache keeps it. ``NUMBA_DISABLE_JIT=1`` runs it as Python.
"""

import os


def is_on(variable: str) -> bool:
    """Whether an environment variable switches something on."""
    return os.environ.get(variable, "") not in ("", "0")
