"""`stop-tui serve`: who is let in, what a closed page leaves behind, what is told when it fails."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import aiohttp
import pytest

from stop_tui.commands.serving.guard import is_loopback, is_ours, is_same_origin, is_secret
from stop_tui.core import events as ev
from stop_tui.core.keys import text_hash
from stop_tui.store.journal import Journal
from stop_tui.store.run_lock import RunLock, is_locked
from stop_tui.workspace import create_workspace
from tests.browser.serving import Served, gone
from tests.commands.terminal import here
from tests.tiny import RETURNS_SEED, journalled, start, tiny_settings, tiny_workspace

ENDLESS = """\
def improve_algorithm(initial_solution, utility, language_model):
    while True:
        pass
"""


@pytest.fixture
def workspace(tmp_path):
    return tiny_workspace(tmp_path / "w", RETURNS_SEED)


@pytest.fixture
def serve():
    """Starts servers, and ends what a test has left of them."""
    with contextlib.ExitStack() as servers:

        def started(*arguments):
            server = Served(*arguments)
            servers.callback(server.end)
            return server

        yield started


@pytest.fixture
def served(workspace, serve):
    return serve(workspace.root)


@contextlib.asynccontextmanager
async def let_in(served):
    """A client that has opened the printed address."""
    jar = aiohttp.CookieJar(unsafe=True)  # it keeps cookies of addresses, as browsers do
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        async with client.get(served.address) as page:
            assert page.status == 200
        yield client


@contextlib.asynccontextmanager
async def opened(served, *, origin=None):
    async with (
        let_in(served) as client,
        client.ws_connect(
            f"{served.socket}?width=120&height=50", origin=origin or served.origin
        ) as page,
    ):
        yield page


async def until(page, text):
    """What is drawn until `text` came."""
    drawn = b""
    try:
        async with asyncio.timeout(20):
            while text.encode() not in drawn:
                message = await page.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, f"{text} was not drawn"
                drawn += message.data
    except TimeoutError:
        pytest.fail(f"{text} was not drawn")
    return drawn


def test_only_who_has_the_address_is_let_in_and_it_leaves_the_address_bar(served):
    async def body():
        async with aiohttp.ClientSession() as stranger:
            for path in ("/", "/page.js", "/static/js/textual.js", "/?token=x", "/?token=%ff%00"):
                async with stranger.get(served.origin + path) as page:
                    assert page.status == 403
                    assert "the address that" in await page.text()
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await stranger.ws_connect(served.socket, origin=served.origin)
        async with let_in(served) as client:
            async with client.get(served.address) as page:
                assert str(page.url) == f"{served.origin}/"
                policy = page.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
            cookie = next(iter(client.cookie_jar))
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"

    asyncio.run(body())


def test_a_page_of_somebody_else_opens_no_explorer(served):
    async def body():
        for origin in ("http://evil.example", "http://127.0.0.1:1", "null", "x"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                async with opened(served, origin=origin):
                    pass
        async with let_in(served) as client:
            with pytest.raises(aiohttp.WSServerHandshakeError):  # it does not say where it is from
                await client.ws_connect(served.socket)

    asyncio.run(body())
    assert served.explorers() == []


def test_a_name_that_somebody_pointed_here_is_refused(served):
    async def body():
        async with let_in(served) as client:
            for host in ("evil.example", f"evil.example:{served.address.port}", "127.0.0.1.evil.x"):
                headers = {"Host": host, "Origin": f"http://{host}"}
                async with client.get(served.origin, headers=headers) as page:
                    assert page.status == 403
                    assert "go by that name" in await page.text()
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await client.ws_connect(served.socket, headers=headers)

    asyncio.run(body())


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("192.168.1.7:8000", True),
        ("here", True),
        ("there", False),
        ("localhost.", False),
        ("localhost@evil", False),
        ("localhost:8000:1", False),
        ("localhost:65536", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_a_host_is_an_address_or_a_name_of_ours(asked, answer):
    assert is_ours(asked, {"localhost", "here"}) is answer


def test_what_is_compared_is_compared_whole():
    assert is_same_origin("http://localhost:8000", "localhost:8000")
    assert is_same_origin("https://localhost:8000", "LOCALHOST:8000")
    for origin in (None, "", "null", "http://localhost", "http://localhost:80001", "http://[x"):
        assert not is_same_origin(origin, "localhost:8000")
    assert is_secret("abc", "abc")
    for given in (None, "", "ab", "abcd", "ABC", "é"):
        assert not is_secret(given, "abc")
    assert [is_loopback(host) for host in ("localhost", "127.9.9.9", "::1")] == [True] * 3
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "example")] == [False] * 3


@pytest.fixture
def begun(tmp_path):
    """A workspace with a run that was begun, and that is busy for a minute once it goes on."""
    workspace = create_workspace(tmp_path / "w")
    task = (workspace.tasks / "lpn" / "utility.py").read_text()
    settings = ev.Settings(name="brave-otter", tasks=("lpn",), gate="auto")
    event = ev.RunStarted(
        at=time.time(), settings=settings, source=text_hash(ENDLESS), tasks={"lpn": text_hash(task)}
    )
    with Journal.open(workspace.journal) as journal:
        journal.create_run("brave-otter", event, [ENDLESS, task])
    return workspace


def test_a_run_that_somebody_else_drives_is_only_watched(begun, serve):
    served = serve(begun.root)

    async def body():
        async with opened(served) as page:
            assert b"runs elsewhere" in await until(page, "starts from")
            await page.send_str(json.dumps(["stdin", "r"]))
            await until(page, "go on here")

    with RunLock(begun.locks, "brave-otter"):
        asyncio.run(body())
    assert len(journalled(begun, "brave-otter")) == 1


def test_a_closed_page_pauses_its_run_and_ends_its_explorer(begun, serve):
    served = serve(begun.root)

    async def body():
        async with opened(served) as page:
            await until(page, "starts from")
            (explorer,) = served.explorers()
            await page.send_str(json.dumps(["stdin", "r"]))
            await until(page, "Candidates of I1")
        return explorer

    gone(asyncio.run(body()))
    *_, last = journalled(begun, "brave-otter")
    assert isinstance(last, ev.RunPaused)
    assert last.cause == "user"
    assert not is_locked(begun.locks, "brave-otter")


def test_what_is_no_message_of_the_pages_changes_nothing(workspace, served):
    start(workspace, tiny_settings(repeats=1))

    async def body():
        async with opened(served) as page:
            await until(page, "tiny")
            strange = ("", "{}", "[]", '["stdin", 7]', '["resize", {}]', "[" * 100_000)
            for message in (*strange, '["resize", {"width": 1e99, "height": -1}]', '["quit"]'):
                await page.send_str(message)
            await page.send_bytes(b"\xff\x00")
            await page.send_str(json.dumps(["stdin", "?"]))
            await until(page, "Keys")

    asyncio.run(body())
    assert served.end()[2] == ""


def test_an_explorer_that_is_killed_closes_its_page(workspace, served):
    async def body():
        async with opened(served) as page:
            await until(page, "New run")
            (explorer,) = served.explorers()
            os.kill(explorer, signal.SIGKILL)
            async with asyncio.timeout(60):
                async for _ in page:
                    pass
            assert page.closed

    asyncio.run(body())


def test_an_explorer_that_takes_nothing_ends_with_its_page_all_the_same(workspace, served):
    async def body():
        async with opened(served) as page:
            await until(page, "New run")
            (explorer,) = served.explorers()
            os.kill(explorer, signal.SIGSTOP)
            await page.send_str(json.dumps(["stdin", "a" * 1_000_000]))  # no pipe holds as much
        return explorer

    gone(asyncio.run(body()))
    assert served.end()[2] == ""


def test_ctrl_c_ends_it_and_every_explorer(workspace, serve):
    served = serve(workspace.root)

    async def body():
        async with opened(served) as one, opened(served) as other:
            await until(one, "New run")
            await until(other, "New run")
            explorers = served.explorers()
            assert len(explorers) == 2
            code, _, err = await asyncio.to_thread(served.end)
            assert (code, err) == (0, "")
        return explorers

    for explorer in asyncio.run(body()):
        gone(explorer)


def test_an_explorer_does_not_outlive_a_server_that_is_killed(workspace, serve):
    served = serve(workspace.root)

    async def body():
        async with opened(served) as page:
            await until(page, "New run")
            (explorer,) = served.explorers()
            served.process.kill()
            served.end()
        return explorer

    gone(asyncio.run(body()))


def test_what_keeps_the_explorer_from_opening_is_said_by_the_server(workspace, serve):
    served = serve(workspace.root)
    workspace.config.write_text("[screen]\ntheme = 'pink'\n")
    refused = here("serve", "--port", "0", cwd=workspace.root)
    assert refused.returncode == 2
    assert "theme" in refused.stderr

    async def body():
        async with opened(served) as page:
            async for _ in page:
                pass

    asyncio.run(body())
    code, out, err = served.end()
    assert code == 0
    assert "theme" in out + err
    assert "Traceback" not in out + err


def test_a_port_that_is_in_use_is_named_with_what_to_do(workspace):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = here("serve", "--port", str(port), cwd=workspace.root)
    assert done.returncode == 1
    assert f"Port {port} of 127.0.0.1 is in use" in done.stderr
    assert "--port 0" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said", "code"),
    [
        (("--port", "70000"), "no port 70000", 2),
        (("--port", "-1"), "no port -1", 2),
        (("--host", "203.0.113.7"), "Nothing can be served", 1),
        (("--host", "no such\x1b[2J"), "no host no such", 2),
        (("--host", "a" * 300), "no host", 2),
    ],
    ids=["port-too-large", "port-negative", "address-elsewhere", "hostile-name", "name-too-long"],
)
def test_where_nothing_can_be_served_is_said(workspace, options, said, code):
    done = here("serve", *options, cwd=workspace.root)
    assert done.returncode == code
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_others_reach_is_served_with_a_warning(workspace, serve):
    served = serve(workspace.root, "--host", "0.0.0.0")
    code, _, err = served.end()
    assert code == 0
    assert "spends your money" in err
    assert "ssh -L" in err


def test_without_the_library_it_says_how_to_install_it(workspace):
    code = (
        "import sys; sys.modules['textual_serve'] = None\n"
        "from stop_tui.cli import main; sys.exit(main(['serve']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'stop-tui[browser]'" in done.stderr


def test_no_other_command_loads_the_web_server():
    code = (
        "import sys, stop_tui.cli, stop_tui.commands.runs, stop_tui.commands.serve\n"
        "print([name for name in ('aiohttp', 'textual_serve') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
