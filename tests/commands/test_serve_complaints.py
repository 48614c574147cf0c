"""What `stop-tui serve` says on its terminal when something goes wrong, whoever made it so."""

import contextlib
import http.client
import resource
import socket
from pathlib import Path

import pytest

from tests.browser.serving import Served
from tests.tiny import RETURNS_SEED, tiny_workspace


@pytest.fixture
def served(tmp_path):
    server = Served(tiny_workspace(tmp_path / "w", RETURNS_SEED).root)
    yield server
    server.end()


def stranger_of(served):
    return socket.create_connection(("127.0.0.1", served.address.port))


def test_what_is_no_request_leaves_the_terminal_as_it_was(served):
    for sent in (b"GET /\0 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n"):
        with stranger_of(served) as stranger:
            stranger.sendall(sent)
            assert stranger.recv(100).split()[1] in (b"400", b"403")
    assert served.end()[2] == ""


def test_more_connections_than_there_is_room_for_are_told_once(served):
    pid = served.process.pid
    limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    room = len(list(Path(f"/proc/{pid}/fd").iterdir())) + 2
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (room, limit[1]))
    with contextlib.ExitStack() as strangers:
        for _ in range(5):
            strangers.enter_context(stranger_of(served))
        assert "too many connections are open" in served.process.stderr.readline()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
    assert served.end()[2] == ""


def test_what_fails_at_the_server_is_said_in_a_line(served):
    port, secret = served.address.port, served.address.query["token"]
    client = http.client.HTTPConnection("127.0.0.1", port)
    with contextlib.closing(client):
        client.request(
            "GET", f"/static/{'a' * 3000}", headers={"Cookie": f"stop-tui-{port}={secret}"}
        )
        assert client.getresponse().status == 500
    err = served.end()[2]
    assert err.startswith("stop-tui: a request could not be answered: ")
    assert err.count("\n") == 1
    assert len(err) < 300
