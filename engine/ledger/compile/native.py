"""The kernel as machine code: made once, kept on disk, and entered without the compiler.

numba takes half a second to start and much longer to compile. What it makes of the kernel is therefore kept
(:mod:`engine.code_cache`), and a run loads that with llvmlite alone. It holds for one state of the sources, of
numba and llvmlite, and for one kind of processor.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import hashlib
import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np

from engine import code_cache
from engine.errors import LedgerError
from engine.ledger.compile import is_on
from engine.messages import listed, message
from engine.places import make_own_folder
from engine.plan import Policy, TransferOrder
from engine.rules.terms import BucketKind, Overflow
from engine.takings import Memory, SaleOrder

LEDGER = Path(__file__).parents[1]
TYPES = (*("f8", "f8", "f8", "f8", "u1", "f8", "f8", "i8"), *("f8",) * 8)  # of the kernel's arrays
# All that machine code may ask of its process: numba's own helpers are not there.
OUTSIDE = frozenset(("exp", "expm1", "log", "pow", "floor", "ceil", "memset", "memcpy", "memmove"))
ONE_MAKES_IT = threading.Lock()

Kernel = Callable[..., None]


def simulate_lanes(*given: Any) -> None:
    """``engine.ledger.kernel.simulate_lanes``: its sixteen arrays and three numbers, in their order.

    Other threads run meanwhile. The code knows only addresses: TypeError for an array of another type or
    layout than it was compiled for.
    """
    for array, kind in zip(given, TYPES):
        if array.dtype != kind or not array.flags.c_contiguous:
            raise TypeError(f"the kernel takes contiguous arrays of {kind}; came {array.dtype}")
    with ONE_MAKES_IT:  # the threads of a study all come here at once
        run = kernel()
    run(*given)


@functools.cache
def kernel() -> Kernel:
    """The kernel, its machine code loaded or made now, or as the environment asks for it."""
    if is_on("NUMBA_DISABLE_JIT") or is_on("BACKTEST_PLAIN_NUMBA"):
        return by_numba()
    name = kept_as()
    code = code_cache.stored(name, LEDGER)
    if code is None:
        with code_cache.one_makes(name, LEDGER):
            code = code_cache.stored(name, LEDGER) or _made(name)
    return load(code)


def _made(name: str) -> bytes:
    """The machine code, made now and kept."""
    code = compiled()
    if not code_cache.store(name, code, LEDGER):
        say_that_it_is_kept_nowhere()
    return code


def kept_as() -> str:
    """The file of the machine code."""
    return f"kernel-{made_of()}.bin"


def make_elsewhere() -> None:
    """Have the machine code made by a process of its own where there is none yet.

    A compiler's memory, hundreds of megabytes, then does not stay in a process that lives for long.
    """
    if is_on("NUMBA_DISABLE_JIT") or is_on("BACKTEST_PLAIN_NUMBA"):
        return
    if code_cache.stored(kept_as(), LEDGER) is None:
        import multiprocessing

        maker = multiprocessing.get_context("spawn").Process(target=_make)
        maker.start()
        maker.join()


def _make() -> None:
    kernel()


def by_numba() -> Kernel:
    """The kernel as numba's own compiler makes and keeps it; with that switched off, as Python.

    numba looks at the file of a function alone when it asks whether what it kept is stale. Its folder is therefore
    named by everything that decides.
    """
    from engine.ledger import kernel as module
    from engine.ledger.compile import jit

    plain: Any = module.simulate_lanes
    if is_on("NUMBA_DISABLE_JIT"):
        return cast(
            Kernel, np.errstate(all="ignore")(plain)
        )  # compiled code divides by nothing without a word
    for folder in code_cache.places(f"numba-{made_of()}", LEDGER):
        with suppress(OSError):
            if make_own_folder(folder) is not None:
                return cast(Kernel, jit.compiled(plain.py_func, folder))
    say_that_it_is_kept_nowhere()
    return cast(Kernel, plain)


def say_that_it_is_kept_nowhere() -> None:
    """A line of the log."""
    folders = [str(path.parent) for path in code_cache.places("kernel", LEDGER)]
    logging.getLogger("engine").warning(
        message(
            "compiled code is made anew in each run, since others can write to {places}, or nobody can "
            "(BACKTEST_CODE_CACHE names a folder of your own)",
            places=listed(folders),
        )
    )


def load(code: bytes) -> Kernel:
    """Machine code in this process."""
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine())
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * (3 + len(TYPES)))
    enter: Any = prototype(engine.get_function_address("enter"))
    enter.engine = engine  # the code lives as long as its engine
    return functools.partial(_call, enter)


def _call(enter: Callable[..., int], *given: Any) -> None:
    arrays, numbers = given[: len(TYPES)], given[len(TYPES) :]
    shapes = np.array([*itertools.chain(*(array.shape for array in arrays)), *numbers], np.int64)
    returned = (ctypes.c_void_p * 2)()
    where = ctypes.addressof(returned)
    status = enter(where, where + 8, *(array.ctypes.data for array in arrays), shapes.ctypes.data)
    if status != 0:
        raise LedgerError(message("the kernel failed with status {status}", status=str(status)))


def machine() -> Any:
    """LLVM's target machine for this processor, set up as numba's is."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static" if target.name.startswith("x86") else "default",
        codemodel="jitdefault",
        jit=True,
    )


def compiled() -> bytes:
    """Machine code of the kernel, as an object file with the function ``enter``."""
    from engine.ledger.compile.entry import ARGUMENTS, enter
    from engine.ledger.compile.jit import translate

    with few_collections():
        module, name = translate(enter, ARGUMENTS)
    target = machine()
    for value in itertools.chain(module.functions, module.global_variables):
        if not value.is_declaration and value.name != name:
            value.linkage = "internal"  # LLVM may do as it likes with what only the kernel calls
    module.get_function(name).name = "enter"
    optimise(module, target)
    wanted = {f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")}
    if wanted - OUTSIDE:
        missing = listed(sorted(wanted - OUTSIDE))
        raise LedgerError(message("the kernel asks for what is not there: {names}", names=missing))
    return bytes(target.emit_object(module))


@contextmanager
def few_collections() -> Iterator[None]:
    """The compiler makes many small objects that it keeps: looking through them each time takes a tenth of it."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def optimise(module: Any, target: Any) -> None:
    """LLVM's usual passes, after those that tell every function which shapes ``enter`` has written down."""
    import llvmlite.binding as llvm

    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization, tuning.slp_vectorization, tuning.loop_unrolling = True, False, False
    builder = llvm.create_pass_builder(target, tuning)
    constants = llvm.create_new_module_pass_manager()
    constants.add_sroa_pass()
    constants.add_instruction_combine_pass()
    constants.add_ipsccp_pass()
    constants.run(module, builder)
    builder.getModulePassManager().run(module, builder)


@functools.cache
def made_of() -> str:
    """SHA-256 of everything that decides what the machine code is: the sources, the compiler, the processor."""
    import importlib.util

    import llvmlite
    import llvmlite.binding as llvm

    total = hashlib.sha256()
    for path in sorted([*LEDGER.glob("*.py"), *LEDGER.glob("compile/*.py")]):
        total.update(path.read_bytes())
    # of other rooms, compiled in
    numbers = [list(x) for x in (BucketKind, Overflow, Policy, TransferOrder, Memory, SaleOrder)]
    numba = importlib.util.find_spec("numba")
    if numba is not None and numba.origin is not None:
        total.update(Path(numba.origin).with_name("_version.py").read_bytes())
    features = llvm.get_host_cpu_features().flatten()
    total.update(f"{numbers} {llvmlite.__version__} {llvm.get_host_cpu_name()} {features}".encode())
    return total.hexdigest()[:32]
