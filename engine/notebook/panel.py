"""The live page in a notebook: a widget without a server, whose questions go to this process by messages."""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Unpack

from engine.config import Config, parse_config
from engine.config.arguments import closed
from engine.config.leaves import FILES
from engine.errors import ConfigError
from engine.messages import message
from engine.notebook.options import DEFAULTS, Document, Options, taken

HOST = "notebook"
HEIGHT = 900  # pixels


@closed(Options, DEFAULTS)
def explore(config: Document | None = None, **options: Unpack[Options]) -> Any:
    """The live page of ``backtest serve`` for a configuration, or the one in a file; without one for a first plan.

    A slider moves the numbers of ``run`` and ``windows``, computed in this process. ``.config`` is the plan as it
    stands in the page now. Needs anywidget (extra ``notebook``). Raises ConfigError, DataError.
    """
    from engine.context import load_panel
    from engine.web.plan import PLAN

    if find_spec("anywidget") is None or find_spec("starlette") is None:
        raise ConfigError(
            message("the page needs {package}, which is not installed", package="anywidget, starlette"),
            hint=message("pip install {package}", package="'satellite-backtest[notebook]'"),
        )
    asked = taken(options)
    plan = parse_config(PLAN) if config is None else asked.config(config)
    load_panel(plan, source=asked.source, **asked.access)  # fetched now, as ``run`` would
    return _widget()(plan, asked.source, asked.lang)


class Answering:
    """The server's application without a socket, on a loop in a thread of its own."""

    def __init__(self, config: Config, source: Any) -> None:
        from engine.web.answers import Answers
        from engine.web.app import make_app
        from engine.web.site import Site
        from engine.web.warm import Warm
        from engine.web.work import Work

        own = (config.data.source,) if config.data.source.startswith(FILES) else ()
        self.site = Site(Answers(Warm(source, own), Work()))
        self.app = make_app(self.site, [HOST])
        self.loop = asyncio.new_event_loop()
        self._asked: dict[Any, asyncio.Event] = {}
        threading.Thread(target=self.loop.run_forever, name="explore", daemon=True).start()

    def ask(self, content: dict[str, Any], tell: Any) -> None:
        """Answer a question by ``tell``, in parts; or call one off."""
        asyncio.run_coroutine_threadsafe(self._answer(content, tell), self.loop)

    async def _answer(self, content: dict[str, Any], tell: Any) -> None:
        name = {"id": content.get("id"), "view": content.get("view")}
        key = tuple(map(str, name.values()))
        if content.get("isOff"):
            if key in self._asked:
                self._asked[key].set()
            return
        gone = self._asked[key] = asyncio.Event()
        parts = [{"type": "http.request", "body": str(content.get("body", "")).encode(), "more_body": False}]

        async def receive() -> dict[str, Any]:
            if parts:
                return parts.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                kind = dict(event["headers"]).get(b"content-type", b"text/plain").decode()
                tell({**name, "status": event["status"], "kind": kind})
            elif event.get("body"):
                tell({**name, "text": event["body"].decode()})

        path, kind = str(content.get("path", "/")), str(content.get("kind", ""))
        headers = [(b"host", HOST.encode()), (b"content-type", kind.encode())]
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
            "method": "POST", "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
            "root_path": "", "headers": headers, "client": None, "server": (HOST, None),
        }  # fmt: skip
        try:
            await self.app(scope, receive, send)  # type: ignore[arg-type]
        finally:
            gone.set()
            self._asked.pop(key, None)
            tell({**name, "done": True})


@cache
def _widget() -> Any:
    """The widget's class: anywidget is imported when the first one is made."""
    import anywidget
    import traitlets

    class Explore(anywidget.AnyWidget):  # type: ignore[misc]
        _esm = Path(__file__).with_name("panel.js").read_text("utf-8")
        title = traitlets.Unicode().tag(sync=True)
        height = traitlets.Int(HEIGHT).tag(sync=True)

        def __init__(self, config: Config, source: Any, lang: str) -> None:
            super().__init__(title=config.name)
            self.config, self._lang = config, lang
            self._answering = Answering(config, source)
            self.on_msg(self._asked)

        def _asked(self, _: Any, content: Any, buffers: Any) -> None:
            """A message of the page's frame."""
            from engine.web.link import link_of
            from engine.web.pages import page_in_one_piece

            if not isinstance(content, dict):
                return
            if content.get("wantsPage"):
                option = self._answering.site.option
                whole = page_in_one_piece(self._lang, option, link_of(self.config))
                self.send({"view": content.get("view"), "page": whole})
                return
            self._answering.ask(content, self._told)

        def _told(self, part: dict[str, Any]) -> None:
            """A part of an answer to the page; of a plan that is understood, the plan is kept."""
            import json

            from engine.web.link import config_of

            if part.get("text", "").startswith("event: plan\n"):
                plan = json.loads(part["text"].partition("\ndata: ")[2])
                self.config = config_of(plan["link"])
            self.send(part)

    return Explore
