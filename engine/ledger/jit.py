"""How the kernel is compiled: strict IEEE arithmetic, no GIL, and a cache that never gets in the way."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])
OPTIONS = {"nogil": True, "error_model": "numpy"}
# Inner functions have no way in from Python (its wrappers take a third of the time to compile a small
# function), and count no references to arrays: they allocate none, and each count is an atomic operation.
INNER = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}

# What reading a damaged cache raises; a compiled function itself raises none of them.
DAMAGED = (EOFError, pickle.UnpicklingError, ValueError, LookupError, AttributeError, ImportError)


def compiled(function: F) -> F:
    """``function`` compiled by numba on first use.

    No fast-math: a life alone and a life in a block of many must agree to the last bit. The compiled code
    is cached beside the source, or in the user's cache folder where the source is read-only; where neither
    can be written it is compiled again in each process.
    """
    try:
        made = numba.njit(function, cache=True, **OPTIONS)
    except RuntimeError:  # numba found no place for its cache
        return cast(F, numba.njit(function, **OPTIONS))

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        nonlocal made
        try:
            return made(*arguments)
        except OSError:  # the cache's disk is full, say: what was compiled is there all the same
            return made(*arguments)
        except DAMAGED:
            made = numba.njit(function, **OPTIONS)
            return made(*arguments)

    return cast(F, call)


def inner(function: F) -> F:
    """A function that only compiled code calls: no cache of its own, no way in from Python."""
    return cast(F, numba.njit(function, **INNER))


def inlined(function: F) -> F:
    """As ``inner``, and always inlined: for the few lines inside a vectorised loop or an index."""
    return cast(F, numba.njit(function, forceinline=True, **INNER))
