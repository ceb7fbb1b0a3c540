"""Fetches one address of Stooq in a process of its own. Not imported by anything: run as a file.

In:  one line of JSON on stdin: url, seconds, folder (not used). The pipe stays open; when it closes, the asker is
     gone and so is this.
Out: one JSON document on stdout: ``{"ok": true, text}`` or ``{failure, status, name, retry_after}``, as
     ``yahoo_child.py`` says it.

It imports nothing of this project, so that it runs whatever the import path is.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

AGENT = "satellite-backtest (personal research)"
MB = 1_000_000
LARGEST = 16 * MB  # of an answer; fifty years of days are 1 MB
MEMORY = 500 * MB  # of this process


class _SameHost(HTTPRedirectHandler):
    """Goes on to other addresses of the same host alone."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if urlsplit(req.full_url)[:2] != urlsplit(newurl)[:2]:
            raise URLError("another host")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def main() -> None:
    """Answer the one request."""
    _limit()
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_asker, daemon=True).start()
    json.dump(answer(request["url"], request["seconds"]), sys.stdout)
    sys.stdout.flush()
    os._exit(0)


def _limit() -> None:
    """Bound what this process may take, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_FSIZE, 2 * LARGEST)):
        _, hard = resource.getrlimit(kind)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (most, hard))


def answer(url: str, seconds: float) -> dict[str, Any]:
    """The text behind an address, or what failed."""
    try:
        request = Request(url, headers={"User-Agent": AGENT})
        with build_opener(_SameHost()).open(request, timeout=seconds) as response:
            announced = response.headers.get("Content-Length")
            data = response.read(LARGEST + 1)
    except HTTPError as error:
        wait = error.headers.get("Retry-After")
        return {"failure": "status", "status": error.code, "name": "HTTPError", "retry_after": wait}
    except TimeoutError:
        return {"failure": "no_answer"}
    except OSError as error:
        reason = getattr(error, "reason", error)
        return {
            "failure": "no_answer" if isinstance(reason, TimeoutError) else "unreachable",
            "name": _name(reason),
        }
    except Exception as error:
        return {"failure": "strange", "name": _name(error)}
    if len(data) > LARGEST:
        return {"failure": "too_much"}
    if announced is not None and announced.isdigit() and int(announced) != len(data):
        return {"failure": "strange", "name": "CutShort"}
    return {"ok": True, "text": data.decode("utf-8", "replace")}


def _name(error: object) -> str:
    return type(error).__name__


def _end_with_asker() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
