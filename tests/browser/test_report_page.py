"""A report in a browser: legible in light, dark and print, fit for a phone; nothing in it acts."""

import re

import pytest

from stop_tui.presentation.report.markup import as_html
from tests.commands.terminal import here
from tests.presentation.test_report_writing import FRAGMENTS
from tests.presentation.test_report_writing import page as page_of
from tests.tui.hostile_journal import NAME, HostileRun
from tests.tui.specimen import NAME as SPECIMEN
from tests.tui.specimen import specimen

LEGIBLE = 4.5
"""The least contrast of text, as WCAG 2.2 has it (1.4.3)."""

CONTRASTS = """(() => {
    const parts = colour => colour.match(/[0-9.]+/g).map(Number);
    const over = (top, below) => {
        const alpha = top.length > 3 ? top[3] : 1;
        return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha));
    };
    const ground = element => {
        if (element === null) return [255, 255, 255];
        const own = GROUND ? parts(getComputedStyle(element).backgroundColor) : [0, 0, 0, 0];
        const below = ground(element.parentElement);
        return own[3] === 0 ? below : over(own, below);
    };
    const light = colour => {
        const linear = c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
        const [r, g, b] = colour.map(c => linear(c / 255));
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const found = {};
    for (const element of document.querySelectorAll("body *")) {
        const says = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!says || !element.checkVisibility() || element.closest("title, style")) continue;
        const style = getComputedStyle(element), below = ground(element);
        const svg = element instanceof SVGElement;
        const colour = over(parts(svg ? style.fill : style.color), below);
        const [one, other] = [light(colour), light(below)].sort((a, b) => b - a);
        const name = element.tagName + "." + (element.getAttribute("class") ?? "");
        found[name] = Math.min(found[name] ?? 99, (one + .05) / (other + .05));
    }
    return found;
})()"""

UNFOLD = "document.querySelectorAll('details').forEach(fold => fold.open = true)"


def reported(workspace, run):
    """Where the report of `run` was written."""
    path = workspace.root / f"{run}.html"
    done = here("report", run, "--html", str(path), cwd=workspace.root)
    assert done.returncode == 0, done.stderr
    return path.as_uri()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return reported(specimen(tmp_path_factory.mktemp("report") / "w"), SPECIMEN)


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    return reported(HostileRun(long="x" * 500).build(folder / "w"), NAME)


def test_it_asks_nobody_and_nothing_is_complained_about(report, page):
    page.open(report)
    page.value(UNFOLD)
    assert page.requests == [report]
    assert page.complaints == []


def test_differences_unfold_and_fold(report, page):
    page.open(report)
    folds = "[...document.querySelectorAll('#versions details')]"
    shown = f"{folds}.map(fold => fold.querySelector('.code').checkVisibility())"
    before = page.value(shown)
    assert False in before
    assert True in before
    page.value(f"{folds}.forEach(fold => fold.querySelector('summary').click())")
    assert page.value(shown) == [not each for each in before]


@pytest.mark.parametrize("look", ["light", "dark", "print"])
def test_all_text_is_legible(report, page, look):
    page.screen(1000, 800, dark=look == "dark")
    if look == "print":  # where backgrounds are left out, also for who prefers dark
        dark = [{"name": "prefers-color-scheme", "value": "dark"}]
        page.ask("Emulation.setEmulatedMedia", media="print", features=dark)
    page.open(report)
    page.value(UNFOLD)
    found = page.value(CONTRASTS.replace("GROUND", "false" if look == "print" else "true"))
    assert len(found) > 20
    assert {name: ratio for name, ratio in found.items() if ratio < LEGIBLE} == {}
    ground = page.value("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground))) < 200) is (look == "dark")


@pytest.mark.parametrize("width", [390, 1200])
def test_no_page_scrolls_sideways(report, hostile_report, page, width):
    """Neither with the longest and strangest words, and everything unfolded."""
    for address in (report, hostile_report):
        page.screen(width, 900)
        page.open(address)
        page.value(UNFOLD)
        assert page.value("document.body.offsetHeight") > 900
        assert page.value("document.documentElement.scrollWidth <= innerWidth")


def test_a_hostile_run_runs_nothing(hostile_report, page):
    page.open(hostile_report)
    page.value(UNFOLD)
    assert page.value("document.querySelectorAll('script, img, iframe, link, object').length") == 0
    assert page.requests == [hostile_report]
    assert page.complaints == []


def test_hostile_text_runs_nothing_where_no_policy_forbids_it(tmp_path, page):
    """The policy of the page is a second wall; the first one stands by itself."""
    html = as_html(page_of(" ".join(FRAGMENTS), "".join(FRAGMENTS)))
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert "Content-Security-Policy" not in bare
    path = tmp_path / "bare.html"
    path.write_text(bare)
    page.open(path.as_uri())
    page.value(UNFOLD)
    assert "<script>alert(1)</script>" in page.value("document.body.innerText")
    assert page.value("document.scripts.length") == 0
    assert page.requests == [path.as_uri()]
    assert page.complaints == []
