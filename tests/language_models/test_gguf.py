"""A model in a GGUF file: what is told before it is served, and the life of its server."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from stop_tui.core.errors import ModelOutage, UsageError
from stop_tui.language_models.gguf import file
from stop_tui.language_models.gguf.model import GgufModel
from stop_tui.language_models.gguf.server import Server
from stop_tui.language_models.protocol import OutageAfter
from stop_tui.language_models.registry import known_models, open_model
from tests.commands.terminal import here
from tests.language_models.endpoints import REQUEST, texts
from tests.language_models.gguf_extra import ANSWER, gguf, install
from tests.tiny import RETURNS_SEED, tiny_workspace


@pytest.fixture
def extra(tmp_path, monkeypatch) -> None:
    install(tmp_path, monkeypatch)


def pid(model: GgufModel) -> int:
    assert model._server is not None
    return model._server._process.pid


def gone(pid: int) -> bool:
    """Whether the process is no more; a dead one that waits for its parent to look counts."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"


def seen_from_outside(pid: int) -> bytes:
    """The command line and the environment of a process."""
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))


def test_without_the_extra_one_is_told_how_to_install_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(file, "EXTRA", "no_such_package")
    with pytest.raises(UsageError, match="is not installed") as told:
        open_model(gguf(tmp_path))
    assert told.value.hint == "pip install 'stop-tui[gguf]'"


@pytest.mark.usefixtures("extra")
@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("", "needs the path"),
        ("no/such.gguf", "does not exist"),
        (".", "is a folder"),
        ("page.gguf", "is not a GGUF file"),
        ("empty.gguf", "is not a GGUF file"),
        ("nul\0", "does not exist|cannot be read|no path"),
    ],
    ids=["empty name", "missing", "folder", "web page", "empty file", "no path"],
)
def test_a_file_that_cannot_be_a_model_is_refused_at_once(
    tmp_path, monkeypatch, path, wrong
) -> None:
    (tmp_path / "page.gguf").write_text("<html>")
    (tmp_path / "empty.gguf").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=wrong):
        open_model(f"gguf:{path}")


def test_a_file_is_known_by_its_name_alone() -> None:
    assert known_models({}, "gguf:a.gguf") == ("offline", "gguf:a.gguf")
    assert known_models({}, "another") == ("offline",)


@pytest.mark.usefixtures("extra")
def test_it_answers_counts_tokens_and_costs_nothing(tmp_path) -> None:
    async def body() -> None:
        model = open_model(gguf(tmp_path))
        try:
            completion = await model.complete(replace(REQUEST, n=3))
        finally:
            await model.close()
        assert texts(completion) == [ANSWER] * 3
        assert completion.model == "gguf (small.gguf)"
        assert (completion.prompt_tokens, completion.completion_tokens) == (21, 9)
        assert completion.cost_usd == 0.0

    asyncio.run(body())


@pytest.mark.usefixtures("extra")
def test_its_server_starts_with_the_first_request_and_ends_with_close(tmp_path) -> None:
    async def body() -> None:
        model = GgufModel(gguf(tmp_path))
        assert model._server is None
        await asyncio.gather(model.complete(REQUEST), model.complete(REQUEST))
        first = pid(model)
        await model.close()
        assert gone(first)
        await model.complete(REQUEST)
        second = pid(model)
        await model.close()
        assert gone(second) and second != first
        await model.close()

    asyncio.run(body())


@pytest.mark.usefixtures("extra")
def test_a_server_that_cannot_start_is_an_outage_with_its_last_words(tmp_path) -> None:
    async def body() -> None:
        model = GgufModel(gguf(tmp_path, "BROKEN"))
        with pytest.raises(OutageAfter, match=r"small\.gguf cannot be served") as told:
            await model.complete(REQUEST)
        await model.close()
        assert "the tensors are torn" in told.value.message
        assert "\x1b" not in told.value.message
        assert told.value.spent.prompt_tokens == told.value.spent.cost_usd == 0

    asyncio.run(body())


@pytest.mark.usefixtures("extra")
def test_a_file_that_takes_too_long_to_load_is_given_up_and_leaves_nothing(tmp_path) -> None:
    async def body() -> None:
        path = Path(gguf(tmp_path, "SLOW").removeprefix("gguf:"))
        with pytest.raises(ModelOutage, match="was not ready after 0 s"):
            await Server.start(path, "key", seconds=0)
        loading = asyncio.create_task(Server.start(path, "key"))
        await asyncio.sleep(0)
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading

    asyncio.run(body())


@pytest.mark.usefixtures("extra")
def test_a_server_that_dies_is_an_outage_and_the_next_request_starts_another(tmp_path) -> None:
    async def body() -> None:
        name = gguf(tmp_path, "DIES")
        model = GgufModel(name)
        with pytest.raises(OutageAfter, match=r"ended; .*out of memory"):
            await model.complete(REQUEST)
        gguf(tmp_path)
        assert texts(await model.complete(REQUEST)) == [ANSWER]
        await model.close()

    asyncio.run(body())


@pytest.mark.usefixtures("extra")
def test_its_process_gets_no_keys_and_is_asked_only_by_its_host(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-the-user")

    async def body() -> None:
        model = GgufModel(gguf(tmp_path))
        await model.complete(REQUEST)
        visible = seen_from_outside(pid(model))
        assert model._endpoint is not None
        key = await model._endpoint._key.value()
        await model.close()
        assert b"a-key-of-the-user" not in visible
        assert len(key) > 30 and key.encode() not in visible

    asyncio.run(body())


HOST = """
import asyncio, sys
from stop_tui.language_models.gguf.model import GgufModel
from tests.language_models.endpoints import REQUEST

async def body():
    model = GgufModel(sys.argv[1])
    await model.complete(REQUEST)
    print(model._server._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(body())
"""


@pytest.mark.usefixtures("extra")
def test_its_server_does_not_outlive_a_host_that_is_killed(tmp_path) -> None:
    root = Path(__file__).parents[2]
    path = f"{os.environ['PYTHONPATH']}:{root}"
    command = [sys.executable, "-c", HOST, gguf(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    ) as host:
        assert host.stdout is not None
        server = int(host.stdout.readline())
        watched = os.pidfd_open(server)
        host.send_signal(signal.SIGKILL)
    try:
        # Readable once the process is no more.
        assert select.select([watched], [], [])[0]
    finally:
        os.close(watched)


@pytest.mark.usefixtures("extra")
def test_doctor_asks_it_and_says_what_is_wrong_with_a_file(tmp_path) -> None:
    workspace = tiny_workspace(tmp_path / "ws", RETURNS_SEED)

    def doctor(name: str) -> str:
        environment = {"STOP_TUI_MODEL": name, "COLUMNS": "400"}
        return here("doctor", "--json", cwd=workspace.root, environment=environment).stdout

    assert "answers as gguf (small.gguf)" in doctor(gguf(tmp_path))
    assert "cannot be served" in doctor(gguf(tmp_path, "BROKEN"))
    assert "does not exist" in doctor("gguf:no-such.gguf")
