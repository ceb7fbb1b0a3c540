"""Asking a server from a process of its own: it can be killed, and its memory and its bytes are bounded.

A child is a script that reads one line of JSON from standard input and writes one JSON document:
``{"ok": true, …}`` or ``{failure, status, name, retry_after}``.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.errors import BadData, DataError, NotFound
from engine.market import net
from engine.messages import message

LARGEST = 16_000_000  # bytes of a child's answer; fifty years of days are 2 MB
TAIL = 10_000  # bytes at the end of what a child has to say of its failure


def ask(script: Path, request: dict[str, Any], seconds: float) -> dict[str, Any]:
    """One attempt: the answer of ``script`` to a request, or one made up here if it hangs or dies."""
    with (
        tempfile.TemporaryDirectory(prefix="backtest-child-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as log,
    ):
        request = {**request, "folder": folder, "seconds": max(1.0, seconds - 3.0)}
        child = subprocess.Popen(
            [sys.executable, "-P", str(script)],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=log,
            bufsize=0,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert child.stdin is not None
        try:
            # The pipe stays open while we wait: the child ends when it closes, however we ended.
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(json.dumps(request).encode() + b"\n")
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            return {"failure": "no_answer"}
        finally:
            _end(child)
        out.seek(0)
        content = out.read(LARGEST + 1)
        if len(content) > LARGEST:
            return {"failure": "too_much"}
        try:
            reply = json.loads(content)
        except (ValueError, RecursionError):
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL))
            last = log.read(TAIL).decode("utf-8", "replace").strip().rpartition("\n")[2]
            named = re.match(r"[\w.]{1,80}(?=:|$)", last)
            return {"failure": "ended", "code": child.returncode, "name": named.group() if named else "?"}
    return reply if isinstance(reply, dict) else {"name": type(reply).__name__}


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and all it started, if it still runs."""
    if child.poll() is None:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                child.kill()
            else:
                os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin is not None:
        child.stdin.close()


def error_of(host: str, reply: dict[str, Any], seconds: float, *, program: str, look_up: str) -> DataError:
    """What a failed attempt is, as the child has classed it. ``look_up``: where a person finds symbols."""
    failure, name = reply.get("failure"), str(reply.get("name"))[:80]
    if failure == "status":
        return net.status_error(host, int(reply["status"]), reply.get("retry_after"))
    if failure == "no_answer":
        return net.no_answer(host, round(seconds))
    if failure == "unreachable":
        return net.unreachable(host, message("the system says {name}", name=name))
    if failure == "no_prices":
        hint = message("look the symbol up on {site}", site=look_up)
        return NotFound(message("{host} has no prices", host=host), hint=hint)
    if failure == "too_much":
        return BadData(message("{host} sends more than {limit} bytes: refused", host=host, limit=LARGEST))
    if failure == "ended":
        name = f"{name}, {reply.get('code')}"
        what = message(
            "{host} could not be asked: {program} ended ({name})", host=host, program=program, name=name
        )
        return BadData(what)
    return BadData(message("{host} sends what cannot be understood ({name})", host=host, name=name))
