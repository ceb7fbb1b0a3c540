"""How a function is compiled: on its own, by numba, or as a part of the kernel.

No fast-math: a simulation alone and one in a block of many must agree to the last bit.

numba optimises a function together with everything it calls, and makes machine code of it, before it looks at
that function's own caller: in a kernel of seven levels the innermost lines are compiled seven times. Inner
functions are therefore only translated, as they are written, and handed to their callers; LLVM sees them once,
all together (engine/ledger/compile/native.py).
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import register_pass
from numba.core.registry import cpu_target
from numba.core.typed_passes import InlineOverloads, IRLegalization, NativeLowering
from numba.core.untyped_passes import (
    InlineClosureLikes,
    InlineInlinables,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    WithLifting,
)

from engine.ledger.compile import is_on
from engine.places import make_own_folder
from engine.reading import is_own

F = TypeVar("F", bound=Callable[..., Any])
Kernel: TypeAlias = Callable[..., Any]  # numba infers its types
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
# What reading a damaged cache raises; a compiled function itself raises none of them.
DAMAGED = (EOFError, pickle.UnpicklingError, ValueError, LookupError, AttributeError, ImportError)


class Translated(JITCodeLibrary):  # type: ignore[misc]
    """The code of one function alone, neither optimised nor linked nor made into machine code."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        """Nothing is done yet: see ``linked``."""
        self._finalized = True

    def linked(self) -> Any:
        """LLVM's module of the function and all it calls."""
        found = dict.fromkeys(self._linking_libraries)
        waiting = list(found)
        while waiting:
            library = waiting.pop()
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
            if isinstance(library, Translated):
                new = [called for called in library._linking_libraries if called not in found]
                found |= dict.fromkeys(new)
                waiting += new
        return self._final_module


@register_pass(mutates_CFG=True, analysis_only=False)
class Translate(NativeLowering):  # type: ignore[misc]
    """numba's last pass without the machine code."""

    _name = "translate"

    def run_pass(self, state: Any) -> bool:
        """Lower the function and make it known to its callers."""
        state.flags.no_compile = True
        state.library = Translated(state.targetctx.codegen(), state.func_id.func_qualname)
        super().run_pass(state)
        known_as = list[Any]().append  # numba asks for a builtin function; each list's is another one
        state.targetctx.insert_user_function(known_as, state.cr.fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=known_as)
        return True


# What the kernel has none of: closures, comprehensions, ``with``, loops over tuples, overloads to inline, and
# references to give back where a name is last used. Looking for them takes a tenth of the time to compile.
NOT_NEEDED = (
    IRLegalization,
    InlineClosureLikes,
    MakeFunctionToJitFunction,
    WithLifting,
    LiteralUnroll,
    InlineInlinables,
    InlineOverloads,
)


class Translator(CompilerBase):  # type: ignore[misc]
    """numba's own passes but those that find nothing here, with ``Translate`` for the last."""

    def define_pipelines(self) -> list[Any]:
        """The passes."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(Translate, NativeLowering)
        left_out = (NativeLowering, *NOT_NEEDED)
        passes.passes = [one for one in passes.passes if one[0] not in left_out]
        passes.finalize()
        return [passes]


if is_on("BACKTEST_PLAIN_NUMBA"):
    INNER: Mapping[str, Any] = OPTIONS
else:
    # No way in from Python, no count of references to arrays (inner functions allocate none), and no rewriting of
    # array expressions, of which there are none: each costs time to compile.
    INNER = {
        **OPTIONS,
        "pipeline_class": Translator,
        "no_rewrites": True,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        "_nrt": False,
    }


def inner(function: Kernel) -> Kernel:
    """A function that only compiled code calls."""
    return one_for_all_values(numba.njit(function, **INNER))


def inlined(function: Kernel) -> Kernel:
    """As ``inner``, and always inlined: for the few lines inside a vectorised loop or an index."""
    return one_for_all_values(numba.njit(function, forceinline=True, **INNER))


def one_for_all_values(dispatcher: Any) -> Kernel:
    """The function compiled once for a type, not once more for each constant or enum it is called with.

    numba takes ``sell(..., -1)`` for another function than ``sell(..., asset)``, and so all that those call
    themselves: a quarter of the time to compile. LLVM knows the constants all the same.
    """
    if is_on("NUMBA_DISABLE_JIT"):  # the function itself, as Python
        return cast(Kernel, dispatcher)
    compile_as_given = dispatcher.compile

    def compile_once(given: Sequence[Any]) -> Any:
        return compile_as_given(tuple(_without_value(kind) for kind in given))

    dispatcher.compile = compile_once
    return cast(Kernel, dispatcher)


def _without_value(kind: Any) -> Any:
    plain = numba.types.unliteral(kind)
    return plain.dtype if isinstance(plain, numba.types.IntEnumMember) else plain


def compiled(function: F, folder: Path | None = None) -> F:
    """A function of its own, called from Python: compiled by numba on first use, and kept in numba's cache.

    ``folder``: where, instead of beside the source. Where it cannot be written, is damaged, or can be written by
    others, the function is compiled again in each process: numba unpickles what it finds there, and runs it.
    """
    if is_on("NUMBA_DISABLE_JIT"):
        return function
    try:
        made = _cached(function, folder)
    except RuntimeError:  # numba found no place for its cache
        return cast(F, numba.njit(function, **OPTIONS))
    if not _is_ours_alone(Path(made.stats.cache_path)):
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


def _cached(function: F, folder: Path | None) -> Any:
    before = numba.config.CACHE_DIR
    try:
        numba.config.CACHE_DIR = before if folder is None else str(folder)
        return numba.njit(function, cache=True, **OPTIONS)
    finally:
        numba.config.CACHE_DIR = before


def _is_ours_alone(folder: Path) -> bool:
    """Whether this user and root alone can have written numba's cache, which is made if it is not there."""
    try:
        real = make_own_folder(folder)
        return real is not None and all(is_own(path) for path in real.glob("*.nb[ic]"))
    except OSError:
        return False


def translate(function: Any, arguments: Sequence[Any]) -> tuple[Any, str]:
    """LLVM's module of an ``inner`` function of ``arguments`` (numba types) and all it calls; its name there."""
    with global_compiler_lock, looked_up_once():
        function.compile(tuple(arguments))
        made = function.overloads[tuple(arguments)]
        return made.library.linked(), made.fndesc.llvm_func_name


@contextmanager
def looked_up_once() -> Iterator[None]:
    """numba tries dozens of candidates at every ``+`` of two floats: what it found is told it the next time.

    That takes a fifth of the time to compile. Functions of ours are not among them: they keep what they made.
    """
    context, known = cpu_target.typing_context, dict[Any, Any]()
    look_up = context.resolve_function_type

    def resolve(function: Any, arguments: Sequence[Any], named: Any) -> Any:
        asked = function, tuple(arguments), tuple(dict(named).items())
        found = known.get(asked) or look_up(function, arguments, named)
        if found is not None and not isinstance(function, numba.types.Dispatcher):
            known[asked] = found
        return found

    context.resolve_function_type = resolve
    try:
        yield
    finally:
        del context.resolve_function_type
