"""A pytest plugin: the ledger in plain Python, one life a block, so that its lines can be watched.

``python -m pytest -p tests.plain tests/property/test_kernel_oracle.py``. The width of a block changes nothing
but the speed; compiled code is seen neither by coverage nor by a debugger.
"""

import os

import numba
import pytest

from engine.ledger import layout

# Before the kernel is imported.
os.environ["NUMBA_DISABLE_JIT"] = "1"
numba.config.reload_config()
layout.LANES = 1


def pytest_configure(config: pytest.Config) -> None:
    """The kernel divides as numpy does; compiled, it does so without a word."""
    config.addinivalue_line("filterwarnings", "ignore::RuntimeWarning")
