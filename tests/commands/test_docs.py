"""`stop-tui docs`: what the program points to is there, also where there is no checkout."""

import json
import re
from pathlib import Path

from tests.commands.terminal import here

ROOT = Path(__file__).parents[2]


def test_every_page_is_listed_and_can_be_read_outside_of_a_workspace(tmp_path):
    pages = json.loads(here("docs", "--json", cwd=tmp_path).stdout)["pages"]
    assert {page["page"] for page in pages} == {page.stem for page in ROOT.glob("docs/*.md")}
    listed = here("docs", cwd=tmp_path).stdout
    assert all(page["title"] in listed for page in pages)
    for name in ("security", "security.md", "docs/security.md"):
        shown = here("docs", name, cwd=tmp_path).stdout
        assert shown == (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_an_unknown_page_is_told_with_those_there_are(tmp_path):
    done = here("docs", "../README", cwd=tmp_path)
    assert done.returncode == 2
    assert "no page '../README'" in done.stderr
    assert "configuration" in done.stderr


def test_the_program_points_to_pages_that_are_there():
    sources = (ROOT / "stop_tui").rglob("*.py")
    named = {
        page
        for source in sources
        for page in re.findall(r"stop-tui docs ([a-z-]+)", source.read_text(encoding="utf-8"))
    }
    assert len(named) >= 4
    assert named <= {page.stem for page in ROOT.glob("docs/*.md")}
