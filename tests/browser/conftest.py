"""One Chromium for all tests of a worker, which are skipped where there is none."""

import pytest

from tests.browser import chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    if not chromium.is_there():
        pytest.skip("there is no Chromium here that starts")
    with chromium.Chromium(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture
def page(browser):
    """A page of its own, closed after the test."""
    opened = browser.page()
    yield opened
    opened.close()
