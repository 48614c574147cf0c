"""The wheel, installed in a fresh environment, does all by itself."""

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The `stop-tui` command of a fresh environment that has the wheel and nothing of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    (wheel,) = folder.glob("stop_tui-*.whl")
    venv.create(folder / "fresh")
    python = folder / "fresh" / "bin" / "python"
    # What is never imported need not be compiled, which would take longer than all the rest.
    _run(*pip, "--python", str(python), "install", "--no-compile", str(wheel), cwd=folder)
    return python.with_name("stop-tui")


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_init_and_run_work_from_the_wheel(installed, tmp_path):
    _run(str(installed), "init", "workspace", cwd=tmp_path)
    options = ["--iterations", "1", "--repeats", "1", "--gate", "auto", "--json"]
    events = _run(str(installed), "run", *options, cwd=tmp_path / "workspace").splitlines()
    assert json.loads(events[-1])["kind"] == "run-finished"
    assert any(json.loads(event)["kind"] == "proposal-measured" for event in events)


def test_the_wheel_brings_its_documentation(installed, tmp_path):
    shown = _run(str(installed), "docs", "security", cwd=tmp_path)
    assert shown == (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_the_wheel_brings_its_licence_and_nothing_of_the_tests(installed):
    site = next((installed.parents[1] / "lib").glob("python3*/site-packages"))
    (facts,) = site.glob("stop_tui-*.dist-info")
    assert list(facts.rglob("LICENSE"))
    assert not (site / "tests").exists()
    assert not (site / "bench").exists()
