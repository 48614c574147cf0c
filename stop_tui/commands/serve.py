"""`stop-tui serve`: the explorer in a browser, for whoever has the address that it prints."""

import argparse
import asyncio
import errno
import importlib.util
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stop_tui.commands.serving.guard import is_loopback
from stop_tui.config import Config, load_config
from stop_tui.core.errors import StopError, UsageError, WorkspaceError
from stop_tui.core.plain_text import one_line
from stop_tui.workspace import find_workspace

if TYPE_CHECKING:
    from aiohttp import web

LIGHT = ("light", "ansi-light")
"""The themes for which the page around the explorer is light."""

LEAVE_WITHIN = 5.0
"""Seconds that open pages get to end; each explorer is given less."""


def main(options: argparse.Namespace) -> int:
    """Serve until ctrl-c; then everything that was started has ended."""
    if not 0 <= options.port <= 65535:
        raise UsageError(f"There is no port {options.port}; ports go from 0 (any) to 65535.")
    if importlib.util.find_spec("textual_serve") is None:
        raise UsageError(
            "The explorer in a browser needs textual-serve, which is not installed.",
            hint="Install it: pip install 'stop-tui[browser]'",
        )
    if not is_loopback(options.host):
        print(_warning(options.host, options.port), file=sys.stderr)
    return asyncio.run(_serve(options.host, options.port, _config()))


def _config() -> Config:
    """The configuration here; raises StopError for one that would keep explorers from opening."""
    try:
        workspace = find_workspace(Path.cwd())
    except WorkspaceError:
        return Config()  # the explorer offers a workspace
    return load_config(workspace.config)


def _warning(host: str, port: int) -> str:
    return (
        f"Careful: {one_line(host, 100)} can be reached from other machines. Whoever has the "
        "address below drives this explorer, reads its runs and spends your money; so does whoever "
        "reads the network, since nothing is encrypted.\n"
        f"  Safer: leave --host away, and come in through `ssh -L {port}:localhost:{port}`."
    )


async def _serve(host: str, port: int, config: Config) -> int:
    from aiohttp import web

    from stop_tui.commands.serving import complaints
    from stop_tui.commands.serving.server import Server, names_of

    server = Server(names_of(host), light=config.screen.theme in LIGHT)
    runner = web.AppRunner(
        server.application(),
        access_log=None,
        logger=complaints.of_requests(),
        shutdown_timeout=LEAVE_WITHIN,
    )
    leaving = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(complaints.OfTheLoop())
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, leaving.set)
    await runner.setup()
    try:
        await _start(web.TCPSite(runner, host, port), host, port)
        address = _address(host, runner.addresses[0][1])
        print(f"The explorer is at  {address}/?token={server.secret}")
        print("Ctrl-c ends it; runs under way are paused.", flush=True)
        await leaving.wait()
    finally:
        await runner.cleanup()
    return 0


async def _start(site: "web.TCPSite", host: str, port: int) -> None:
    """Listen; raises StopError where that cannot be."""
    shown = one_line(host, 100)
    try:
        await site.start()
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"There is no host {shown} that this machine knows.") from None
    except OverflowError as error:
        raise UsageError(f"There is no port {port}.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StopError(
                f"Port {port} of {shown} is in use; another `stop-tui serve` may be there.",
                hint="Choose another with --port; --port 0 takes one that is free.",
            ) from None
        why = os.strerror(error.errno) if error.errno else str(error)
        raise StopError(
            f"Nothing can be served at port {port} of {shown}: {one_line(why, 200)}.",
            hint="Ports below 1024 are the system's; --host names an address of this machine.",
        ) from None


def _address(host: str, port: int) -> str:
    """What a browser is to open."""
    if host in ("0.0.0.0", "::", ""):
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
