"""A real JupyterLab: the widget is alive, and values cross between page and kernel."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

CELLS = [
    """from nnlib import Tape, Trace, gradient
from nnlib.widgets import Explorer
tape = Tape()
x, w = tape.input("x", 2.0), tape.input("w", 3.0)
L = (x * w).named("L")
_ = gradient(L, [w])
trace = Trace.from_tape(tape, title="lab", loss=L)
explorer = Explorer(trace, controls=["w"], slug="lab")
explorer""",
]
READY = '[data-explorer="lab"][data-ready="true"]'
SET = """
(value) => {
  const root = document.querySelector('[data-explorer="lab"]');
  const slider = [...root.querySelectorAll('input[type=range]')].find(
    (e) => e.getAttribute('aria-label') === 'w');
  if (value !== null) {
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    slider.dispatchEvent(new Event('change', {bubbles: true}));
  }
  return Number(slider.value);
}
"""


class Lab(NamedTuple):
    """A running JupyterLab: its address, and the folder that is its whole world."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in CELLS]
    )
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "lab.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.port={port}"]
    options = ["--no-browser", "--allow-root", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    options += [
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [*command, *options], stdout=log, stderr=log, env=_environment(folder)
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield Lab(address, folder)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _environment(folder):
    places = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{p}_DIR": str(folder / p.lower()) for p in places}
    return os.environ | own | {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}


def _wait_for(address):
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail("JupyterLab did not start within a minute")


def run_code(lab, code):
    """Run code in the kernel of the open notebook and return what it prints."""
    from jupyter_client import BlockingKernelClient
    from jupyter_client.connect import find_connection_file

    with urllib.request.urlopen(f"{lab.address}/api/kernels") as reply:
        kernel = json.load(reply)[0]["id"]
    client = BlockingKernelClient()
    runtime = str(lab.folder / "runtime")
    client.load_connection_file(find_connection_file(f"kernel-{kernel}.json", runtime))
    client.start_channels()
    client.wait_for_ready(timeout=20)
    printed = []
    client.execute_interactive(
        code,
        timeout=20,
        output_hook=lambda m: printed.append(m["content"].get("text", "")),
    )
    client.stop_channels()
    return "".join(printed).strip()


def run_first_cell(page):
    """Run the cell; until the kernel listens a key press is lost, so try again."""
    from playwright.sync_api import TimeoutError

    for _ in range(8):
        page.locator(".jp-Notebook .jp-CodeCell .jp-Cell-inputWrapper").first.click()
        page.keyboard.press("Control+Enter")
        try:
            page.wait_for_selector(READY, timeout=15_000)
        except TimeoutError:
            continue
        return
    pytest.fail(page.locator(".jp-Notebook").inner_text()[:500])


def test_values_cross_between_the_page_and_the_kernel(browser, lab):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{lab.address}/lab/tree/lab.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    run_first_cell(page)

    moved = page.evaluate(SET, 1.5)
    page.wait_for_timeout(800)
    assert moved == 1.5
    assert run_code(lab, "print(explorer.values['w'])") == "1.5"

    run_code(lab, "explorer.values['w'] = -0.5")
    page.wait_for_timeout(800)
    assert page.evaluate(SET, None) == -0.5
    loss = page.locator('[data-explorer="lab"] [data-of="L"]').first
    if loss.count():
        assert float(loss.get_attribute("data-number")) == -1.0

    run_code(lab, "explorer.stop = 1")
    page.wait_for_timeout(800)
    assert page.locator('[data-explorer="lab"]').get_attribute("data-step") == "1"
    page.close()
