"""A headless Chromium that tests drive through its own protocol (CDP), over a pipe.

No name is looked up: whatever a page asks of another host fails, and is recorded.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

PATH = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

PATIENCE = 30
"""Seconds after which something that does not happen is a failure."""

_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-extensions", "--mute-audio", "--remote-debugging-pipe"),
    "--enable-unsafe-swiftshader",  # draws without a graphics card, and does not complain
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def is_there() -> bool:
    """Can it be started? Some systems have a stand-in that only says how to install it."""
    if PATH is None:
        return False
    asked = subprocess.run([PATH, "--version"], capture_output=True, check=False, timeout=PATIENCE)
    return asked.returncode == 0


class Chromium:
    """The browser; `page()` is a new page of it. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        assert PATH is not None, "tests that need it are skipped where there is none"
        read_by_it, self._to_it = os.pipe()
        self._from_it, written_by_it = os.pipe()

        def as_it_wants() -> None:  # reads from 3, writes to 4
            # They may be each other's places, so both are put aside first.
            reading, writing = os.dup(read_by_it), os.dup(written_by_it)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self._process = subprocess.Popen(
            [PATH, *_OPTIONS, f"--user-data-dir={folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=as_it_wants,
        )
        os.close(read_by_it)
        os.close(written_by_it)
        self._buffer = b""
        self._number = 0
        self._pages: dict[str, Page] = {}

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._to_it)  # it ends with its pipe
        self._process.wait(PATIENCE)
        os.close(self._from_it)

    def page(self) -> "Page":
        """A new, empty page with cookies of its own."""
        context = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", browserContextId=context)
        target_id = target["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target_id, flatten=True)
        page = Page(self, context, target_id, attached["sessionId"])
        self._pages[attached["sessionId"]] = page
        for domain in ("Page", "Network", "Runtime", "Log"):
            page.ask(f"{domain}.enable")
        return page

    def ask(self, method: str, *, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Call `method`; its result. What happens meanwhile goes to the pages."""
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to_it, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]  # type: ignore[no-any-return]
            self._happened(answer)

    def attend(self) -> None:
        """Wait for the next thing that happens."""
        self._happened(self._next())

    def _happened(self, event: dict[str, Any]) -> None:
        page = self._pages.get(event.get("sessionId", ""))
        if page is not None and "method" in event:
            page.happened(event["method"], event["params"])

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready = select.select([self._from_it], [], [], max(0, deadline - time.monotonic()))[0]
            assert ready, "the browser does not answer"
            data = os.read(self._from_it, 1 << 20)
            assert data, "the browser has ended"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)  # type: ignore[no-any-return]


class Page:
    """One page: what it asked for, what its console said, and what came over its WebSocket."""

    def __init__(self, browser: Chromium, context: str, target: str, session: str) -> None:
        self._browser = browser
        self._context = context
        self._target = target
        self._session = session
        self._loaded = False
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.sent_by_server = b""

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol on this page."""
        return self._browser.ask(method, session=self._session, **parameters)

    def happened(self, method: str, told: dict[str, Any]) -> None:
        """Take note of an event."""
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(told["url"])
        elif method == "Network.webSocketFrameReceived":
            frame = told["response"]
            if frame["opcode"] == 2:
                self.sent_by_server += base64.b64decode(frame["payloadData"])
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"a dialog: {told['message']}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(told["exceptionDetails"]["text"])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            self.complaints.append(str(told["args"]))

    def open(self, address: str) -> None:
        """Go to `address` and wait until it is loaded."""
        self._loaded = False
        self.ask("Page.navigate", url=address)
        while not self._loaded:
            self._browser.attend()

    def screen(self, width: int, height: int, *, dark: bool = False) -> None:
        """A window of `width` x `height` pixels of the page, for who prefers dark or light."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def value(self, script: str) -> Any:
        """What the expression `script` is, or what the promise that it is comes to."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until_sent(self, text: str, after: int = 0) -> None:
        """Wait until the server has sent `text`, more than `after` bytes from the start."""
        while text.encode() not in self.sent_by_server[after:]:
            self._browser.attend()

    def allow(self, origin: str, *permissions: str) -> None:
        """Let pages of `origin` do what they would have to ask for."""
        granted = {"origin": origin, "permissions": permissions}
        self._browser.ask("Browser.grantPermissions", browserContextId=self._context, **granted)

    def press(self, key: str, **more: Any) -> None:
        """Press and release a key that gives a character, or with `more` what it is else."""
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, **(more or {"text": key}))
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def picture(self) -> bytes:
        """What it looks like now, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])

    def close(self) -> None:
        """Close it, as a user closes a tab."""
        self._browser.ask("Target.closeTarget", targetId=self._target)
