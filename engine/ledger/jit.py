"""How the kernel is compiled: strict IEEE arithmetic, no GIL, and a cache that never gets in the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])
OPTIONS = {"nogil": True, "error_model": "numpy"}
# Inner functions have no way in from Python (its wrappers take a third of the time to compile a small
# function), and count no references to arrays: they allocate none, and each count is an atomic operation.
INNER = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


def compiled(function: F) -> F:
    """``function`` compiled by numba on first use.

    No fast-math: a life alone and a life in a block of many must agree to the last bit. The compiled code
    is cached beside the source, or in the user's cache folder where the source is read-only; where neither
    can be written it is compiled again in each process.
    """
    try:
        return cast(F, numba.njit(function, cache=True, **OPTIONS))
    except RuntimeError:  # numba found no place for its cache
        return cast(F, numba.njit(function, **OPTIONS))


def inner(function: F) -> F:
    """A function that only compiled code calls: no cache of its own, no way in from Python."""
    return cast(F, numba.njit(function, **INNER))


def inlined(function: F) -> F:
    """As ``inner``, and always inlined: for the few lines inside a vectorised loop or an index."""
    return cast(F, numba.njit(function, forceinline=True, **INNER))
