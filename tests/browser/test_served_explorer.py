"""The explorer in a browser: it opens, takes keys, asks nobody else, and ends with its page."""

import pytest

from tests.browser.serving import Served, gone
from tests.tiny import GOOD_SOLUTION, finds, start, tiny_settings, tiny_workspace

ENTER = {"text": "\r", "code": "Enter", "windowsVirtualKeyCode": 13}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    found = tiny_workspace(tmp_path_factory.mktemp("served") / "w", finds(GOOD_SOLUTION))
    start(found, tiny_settings(repeats=1))
    return found


@pytest.fixture(scope="module")
def served(workspace):
    server = Served(workspace.root)
    yield server
    assert server.end()[0] == 0


@pytest.fixture
def explorer(served, page):
    """The page with the runs; the only one that is open."""
    page.screen(1000, 700)
    page.open(str(served.address))
    page.until_sent("all meta-iterations done")
    yield page
    page.open("about:blank")
    for process in served.explorers():
        gone(process)


def test_it_opens_takes_keys_at_once_and_ends_with_its_page(served, explorer):
    (process,) = served.explorers()
    drawn = len(explorer.sent_by_server)
    explorer.press("Enter", **ENTER)
    explorer.until_sent("Candidates", drawn)
    assert explorer.value("location.href") == f"{served.origin}/"
    explorer.open("about:blank")
    gone(process)
    assert served.explorers() == []


def test_nothing_comes_from_elsewhere_and_nothing_is_complained_about(served, explorer):
    own = (f"{served.origin}/", f"{served.socket}?")
    assert [url for url in explorer.requests if not url.startswith((*own, "data:,"))] == []
    assert explorer.complaints == []
    fonts = "[...document.fonts].map(font => font.family + ' ' + font.status).join()"
    assert explorer.value(fonts) == "Roboto Mono loaded,Roboto Mono loaded"
    # What a text could make the page do by itself, if it ever could: it may ask nobody else.
    asks = "fetch('http://127.0.0.1:9/').then(() => 'asked', error => error.name)"
    assert explorer.value(asks) == "TypeError"
    assert "violates" in explorer.complaints[0]


def test_what_is_copied_is_in_the_browsers_clipboard(served, explorer):
    explorer.allow(served.origin, "clipboardReadWrite", "clipboardSanitizedWrite")
    explorer.ask("Emulation.setFocusEmulationEnabled", enabled=True)
    drawn = len(explorer.sent_by_server)
    explorer.press("Enter", **ENTER)
    explorer.until_sent("Candidates", drawn)
    explorer.press("3")
    explorer.press("y")
    explorer.until_sent("\x1b]52;c;", drawn)
    copied = """new Promise(async found => {
        let text = "";
        while (!text) text = await navigator.clipboard.readText();
        found(text);
    })"""
    assert "improve_algorithm" in explorer.value(copied)


def test_when_the_explorer_is_left_the_page_says_so_and_opens_it_again(served, explorer):
    (process,) = served.explorers()
    explorer.press("q")
    gone(process)
    said = """new Promise(found => {
        const look = () => document.querySelector(".closed").checkVisibility()
            ? found(document.querySelector(".closed").innerText) : requestAnimationFrame(look);
        look();
    })"""
    assert "The explorer has ended." in explorer.value(said)
    drawn = len(explorer.sent_by_server)
    explorer.value("document.querySelector('.closed a').click()")
    explorer.until_sent("all meta-iterations done", drawn)
