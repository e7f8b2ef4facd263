"""A real JupyterLab: widgets live, solutions are hidden, questions are answered."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from explorers import HERE

CHAPTER = Path(__file__).parents[2] / "notebooks/05_backpropagation_by_numbers.ipynb"
SOLUTIONS = CHAPTER.read_text("utf-8").count("{admonition} Solution")
# Draw all cells at once, so that what is counted is there.
SETTINGS = "@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
# jupyterlab-myst reports its advice on links, and citations that the book resolves.
ADVICE = ("implicit heading reference", "No target for internal reference", "itation")
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
# For how many seconds a message, or a kernel that starts, may be on its way.
PATIENCE = 90
KERNEL_IS_IDLE = """
async () => {
  const wait = () => new Promise((done) => setTimeout(done, 100));
  while (!window.jupyterapp) await wait();
  await window.jupyterapp.restored;
  const notebook = () => window.jupyterapp.shell.currentWidget;
  while (!notebook()?.sessionContext) await wait();
  await notebook().revealed;
  await notebook().sessionContext.ready;
  while (notebook().sessionContext.session?.kernel?.status !== 'idle') await wait();
}
"""
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
    shutil.copy(CHAPTER, folder)
    settings = folder / "settings" / SETTINGS
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.port={port}"]
    options = ["--no-browser", "--allow-root", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    options += [
        "--LabApp.news_url=",
        "--LabApp.expose_app_in_browser=True",
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
    """Run the cell once, as soon as the notebook has a kernel that listens."""
    page.evaluate(KERNEL_IS_IDLE)
    page.locator(".jp-Notebook .jp-CodeCell .jp-Cell-inputWrapper").first.click()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(READY, timeout=PATIENCE * 1000)


def comes_to(read, expected):
    """Whether ``read()`` gives ``expected``, now or after the messages on their way."""
    deadline = time.monotonic() + PATIENCE
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return found == expected or pytest.fail(f"{found} stays, {expected} was expected")


def test_values_cross_between_the_page_and_the_kernel(browser, lab):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{lab.address}/lab/tree/lab.ipynb")
    run_first_cell(page)
    explorer = page.locator('[data-explorer="lab"]')

    assert page.evaluate(SET, 1.5) == 1.5
    assert comes_to(lambda: run_code(lab, "print(explorer.values['w'])"), "1.5")

    run_code(lab, "explorer.values['w'] = -0.5")
    assert comes_to(lambda: page.evaluate(SET, None), -0.5)

    run_code(lab, "explorer.stop = 1")
    assert comes_to(lambda: explorer.get_attribute("data-step"), "1")
    loss = explorer.locator('[data-of="L"]').first
    assert comes_to(lambda: float(loss.get_attribute("data-number")), -1.0)
    page.close()


@pytest.fixture(scope="module")
def chapter(browser, lab):
    """A chapter as a newcomer opens it: not run, and so not trusted."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, outside, errors = context.new_page(), [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)

    def guard(route):
        if route.request.url.startswith(HERE):
            return route.continue_()
        outside.append(route.request.url)
        return route.abort()

    context.route("**/*", guard)
    page.goto(f"{lab.address}/lab/tree/{CHAPTER.name}")
    page.wait_for_selector(".self-test mjx-container", timeout=90_000)
    drawn = "n => document.querySelectorAll('details.dropdown').length === n"
    page.wait_for_function(drawn, arg=SOLUTIONS, timeout=60_000)
    yield page
    context.close()
    lines = "\n".join(errors).splitlines()
    assert not [line for line in lines if not any(a in line for a in ADVICE)]
    assert not outside


def test_solutions_are_hidden_until_asked_for(chapter):
    solutions = chapter.locator(".jp-MarkdownCell details.dropdown")
    assert solutions.evaluate_all("all => all.every((e) => !e.open)")
    solutions.first.locator("summary").click()
    assert solutions.first.locator("p").last.is_visible()


def test_text_is_drawn_as_in_the_book(chapter):
    text = chapter.locator(".jp-Notebook:visible").inner_text()
    assert "rumelhart1986" in text
    assert "{admonition}" not in text and "{cite}" not in text
    assert chapter.locator(".katex-error, merror").count() == 0


def test_questions_answer_without_a_kernel(chapter):
    first = chapter.locator(".self-test").first
    assert chapter.locator(".self-test").count() == 5
    first.locator(".is-wrong summary").first.click()
    assert first.locator(".is-wrong p").first.inner_text().startswith("✗ No.")
    first.locator(".is-right summary").press("Enter")
    assert first.locator(".is-right p").inner_text().startswith("✓ Right.")
    assert first.locator("mjx-container").count() > 0


def test_the_source_of_checks_and_questions_is_folded(chapter):
    cells = nbformat.read(CHAPTER, as_version=4).cells
    hidden = [c for c in cells if c.metadata.get("jupyter", {}).get("source_hidden")]
    folded = chapter.locator(".jp-Notebook:visible .jp-Placeholder")
    assert folded.count() == len(hidden) > 5
