"""The kernel as machine code: made once, kept on disk, and entered without the compiler.

numba takes half a second to start and much longer to compile. What it makes of the kernel is therefore kept
beside the source (where that is read-only, in the user's cache folder), and a run loads that with llvmlite
alone. The file holds for one state of the sources, of numba and llvmlite, and for one kind of processor, and
begins with a checksum: one that does not fit, or is damaged, is made again.

Machine code is loaded only from a file and a folder that this user and root alone can change
(``engine.places``), for who can write it runs code as the user. Elsewhere it is made anew in each process, which a
line says.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import itertools
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import LedgerError, StoreError
from engine.files import write_bytes
from engine.places import make_own_folder, own_folder, read_own, user_folder
from engine.reading import MB

HERE = Path(__file__).parent
TYPES = (*("f8", "f8", "f8", "f8", "u1", "f8", "f8", "i8"), *("f8",) * 7)  # of the arrays of ``live``
# All that machine code may ask of its process: numba's own helpers are not there.
OUTSIDE = frozenset(("exp", "expm1", "log", "pow", "floor", "ceil", "memset", "memcpy", "memmove"))
# The arrays that ``enter`` makes of pointers have no owner to tell.
NO_OWNER = "define void @NRT_MemInfo_call_dtor(ptr %memory) { ret void }"

LARGEST = 100 * MB
CHECKSUM = hashlib.sha256().digest_size

ONE_MAKES_IT = threading.Lock()

Enter = Callable[..., int]


def live(*given: Any) -> None:
    """``engine.ledger.kernel.live``: its fifteen arrays and three numbers, in their order.

    Other threads run meanwhile. The code knows only addresses: TypeError for an array of another type or
    layout than it was compiled for.
    """
    arrays, numbers = given[: len(TYPES)], given[len(TYPES) :]
    for array, kind in zip(arrays, TYPES):
        if array.dtype != kind or not array.flags.c_contiguous:
            raise TypeError(f"the kernel takes contiguous arrays of {kind}; came {array.dtype}")
    with ONE_MAKES_IT:  # the threads of a study all come here at once
        enter = entry()
    if enter is None:
        from engine.ledger.kernel import live as uncompiled

        uncompiled(*arrays, *numbers)
        return
    shapes = np.array([*itertools.chain(*(array.shape for array in arrays)), *numbers], np.int64)
    returned = (ctypes.c_void_p * 2)()
    where = ctypes.addressof(returned)
    status = enter(where, where + 8, *(array.ctypes.data for array in arrays), shapes.ctypes.data)
    if status != 0:
        raise LedgerError(f"the kernel failed with status {status}")


@functools.cache
def entry() -> Enter | None:
    """The kernel's machine code, loaded or made now; None where numba's compiler is switched off."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        return None
    code = stored()
    if code is None:
        code = compiled()
        if not store(code):
            _say_that_it_is_kept_nowhere()
    return load(code)


def _say_that_it_is_kept_nowhere() -> None:
    import logging

    listed = ", ".join(str(path.parent) for path in places()) or "no folder"
    logging.getLogger("engine").warning(
        "compiled code is made anew in each run, since others can write to %s, or nobody can "
        "(BACKTEST_CODE_CACHE names a folder of your own)",
        listed,
    )


def load(code: bytes) -> Enter:
    """Machine code in this process."""
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine())
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    engine.finalize_object()
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * (3 + len(TYPES)))
    enter: Any = prototype(engine.get_function_address("enter"))
    enter.engine = engine  # the code lives as long as its engine
    return enter  # type: ignore[no-any-return]


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
    import llvmlite.binding as llvm

    from engine.ledger.entry import ARGUMENTS, enter
    from engine.ledger.jit import translate

    text, name = translate(enter, ARGUMENTS)
    target = machine()
    module = llvm.parse_assembly(text)
    module.link_in(llvm.parse_assembly(NO_OWNER))
    for value in itertools.chain(module.functions, module.global_variables):
        if not value.is_declaration and value.name != name:
            value.linkage = "internal"  # LLVM may do as it likes with what only the kernel calls
    module.get_function(name).name = "enter"
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization, tuning.slp_vectorization, tuning.loop_unrolling = True, False, False
    builder = llvm.create_pass_builder(target, tuning)
    builder.getModulePassManager().run(module, builder)
    wanted = {f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")}
    if wanted - OUTSIDE:
        raise LedgerError(f"the kernel asks for what is not there: {', '.join(sorted(wanted - OUTSIDE))}")
    return bytes(target.emit_object(module))


def stored() -> bytes | None:
    """The machine code on disk, if it is there, whole, nobody else's, and made of this program and processor."""
    for path in places():
        with suppress(OSError):
            folder = own_folder(path.parent)
            if folder is None:
                continue
            found = read_own(folder, path.name, LARGEST)
            code = found[CHECKSUM:]
            if hashlib.sha256(code).digest() == found[:CHECKSUM]:
                return code
    return None


def store(code: bytes) -> bool:
    """Keep machine code in the first place that is this user's alone, in one step; False if there is none."""
    for path in places():
        with suppress(OSError, StoreError):
            folder = make_own_folder(path.parent)
            if folder is None:
                continue
            write_bytes(folder / path.name, hashlib.sha256(code).digest() + code, mode=0o600)
            if path.parent.name == "__pycache__":  # nobody else's: what edited sources made before can go
                for old in set(folder.glob("kernel-*.bin")) - {folder / path.name}:
                    old.unlink(missing_ok=True)
            return True
    return False


def places() -> list[Path]:
    """Files that may hold the machine code, in the order in which they are tried."""
    name = f"kernel-{made_of()}.bin"
    if named := os.environ.get("BACKTEST_CODE_CACHE") or os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(named).expanduser() / name]
    found = [HERE / "__pycache__" / name]
    with suppress(StoreError):  # there is no home
        found.append(user_folder("BACKTEST_CODE_CACHE") / "code" / name)
    return found


@functools.cache
def made_of() -> str:
    """SHA-256 of everything that decides what the machine code is: the sources, the compiler, the processor."""
    import importlib.util

    import llvmlite
    import llvmlite.binding as llvm

    total = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        total.update(path.read_bytes())
    numba = importlib.util.find_spec("numba")
    if numba is not None and numba.origin is not None:
        total.update(Path(numba.origin).with_name("_version.py").read_bytes())
    features = llvm.get_host_cpu_features().flatten()
    total.update(f"{llvmlite.__version__} {llvm.get_host_cpu_name()} {features}".encode())
    return total.hexdigest()[:32]
