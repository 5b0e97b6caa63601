"""Laws of the page in a real browser: every chart is drawn, and the console stays silent."""

import re
import shutil
import subprocess

import pytest

from tasks.report import report
from tests.tasks.reporting.made_answer import VERDICTS
from tests.tasks.reporting.studies import write_study

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
    "--dump-dom",
)
HOSTILE = "<script>alert(1)</script> | **b**"


@pytest.fixture
def browser():
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium (Debian package chromium)")
    return found


@pytest.mark.browser
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_chart_is_drawn_and_the_console_is_silent(tmp_path, browser, verdict):
    report(tmp_path, write_study(tmp_path, verdict, treatment=HOSTILE), lambda _: None)
    address = (tmp_path / "results/report.html").as_uri() + "#technical"
    command = [browser, *FLAGS, f"--user-data-dir={tmp_path / 'browser'}", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    places = len(re.findall(r"data-chart=", done.stdout))
    assert places >= 7
    assert len(re.findall(r'class="static" hidden', done.stdout)) == places
