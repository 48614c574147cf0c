"""The web server: one page, its files, and a WebSocket for each page that is open.

Nothing that it sends names another host, and the page may fetch from here alone.
"""

import asyncio
import secrets
import socket
import sys
from collections.abc import Awaitable, Callable, Collection
from importlib.resources import files
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import web

from stop_tui.commands.serving.guard import is_ours, is_same_origin, is_secret
from stop_tui.commands.serving.session import Session
from stop_tui.core.plain_text import one_line

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SIZE = "16"
"""Pixels of a character's height."""

CLOSE_WITHIN = 1.0
"""Seconds that a browser gets to agree that a page is closed."""

_NOT_OURS = (
    "stop-tui: this server does not go by that name. Open the address that it printed, or start it "
    "with --host and that name.\n"
)
_NO_SECRET = (
    "stop-tui: open the address that `stop-tui serve` printed; it has a secret at its end.\n"
)
_ELSEWHERE = "stop-tui: only its own page may open an explorer.\n"


class Server:
    """What answers at an address that goes by `names` (lower case). `secret` is in the address that
    is shared with whom it may concern, and then in a cookie. `light` is how the explorer looks."""

    def __init__(self, names: Collection[str], *, light: bool) -> None:
        self.secret = secrets.token_urlsafe(24)
        self._names = frozenset(names)
        self._look = "light" if light else "dark"
        self._pages: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        """The application, for a runner."""
        application = web.Application(middlewares=[self._guarded])
        application.router.add_get("/", self._page)
        application.router.add_get("/page.js", self._script)
        application.router.add_get("/ws", self._explorer)
        statics = Path(textual_serve.__file__).with_name("static")
        application.router.add_static("/static", statics)
        application.on_shutdown.append(self._leave)
        return application

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in whom `guard` lets in; the secret in an address becomes a cookie."""
        if not is_ours(request.host, self._names):
            return web.Response(status=403, text=_NOT_OURS)
        if request.path == "/" and is_secret(request.query.get("token"), self.secret):
            # Out of the address at once: it would stay in the history, and in pictures.
            response: web.StreamResponse = web.Response(status=303, headers={"Location": "/"})
            response.set_cookie(
                _cookie(request), self.secret, httponly=True, samesite="Strict", path="/"
            )
            return response
        if not is_secret(request.cookies.get(_cookie(request)), self.secret):
            return web.Response(status=403, text=_NO_SECRET)
        if request.path == "/ws" and not is_same_origin(
            request.headers.get("Origin"), request.host
        ):
            return web.Response(status=403, text=_ELSEWHERE)
        response = await handler(request)
        if not response.prepared:
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def _page(self, request: web.Request) -> web.Response:
        """The page; reloading it is a new explorer."""
        socket_address = f"{'wss' if request.secure else 'ws'}://{request.host}"
        page = Template(_ours("page.html")).substitute(
            socket=f"{socket_address}/ws", size=SIZE, look=self._look
        )
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            "font-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
            f"frame-ancestors 'none'; connect-src 'self' {socket_address}"
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def _script(self, request: web.Request) -> web.Response:
        return web.Response(text=_ours("page.js"), content_type="text/javascript")

    async def _explorer(self, request: web.Request) -> web.WebSocketResponse:
        """An explorer for as long as the page is open."""
        page = web.WebSocketResponse(heartbeat=15, timeout=CLOSE_WITHIN)
        await page.prepare(request)
        self._pages.add(page)
        size = (_number(request.query.get(side), 80) for side in ("width", "height"))
        try:
            await Session(page).talk(*size)
        except OSError as error:
            why = one_line(error.strerror or str(error), 200)
            print(f"stop-tui: no explorer can be started: {why}.", file=sys.stderr)
        finally:
            self._pages.discard(page)
        return page

    async def _leave(self, application: web.Application) -> None:
        """Close every page; each explorer then pauses its runs and leaves."""
        await asyncio.gather(*(page.close() for page in [*self._pages]))


def names_of(host: str) -> set[str]:
    """The names, in lower case, that a server at `host` goes by."""
    return {host.lower(), "localhost", socket.gethostname().lower()}


def _ours(name: str) -> str:
    return files("stop_tui.commands.serving").joinpath(name).read_text("utf-8")


def _cookie(request: web.Request) -> str:
    """Its name; browsers keep one set of cookies for all ports of a machine."""
    return f"stop-tui-{request.url.port}"


def _number(text: str | None, default: int) -> int:
    """The number that a page gave, which is small, or `default`."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 6:
        return default
    return int(text)
