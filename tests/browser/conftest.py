"""A real Chromium on the built pages, with the network blocked.

The site must be built first (`make html`). Outside CI a missing browser skips these
tests and says so; in CI it fails them.
"""

import functools
import http.server
import os
import shutil
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from drawings import page_of
from explorers import (
    SITE,
    WIDE,
    Opened,
    built_pages,
    explorers_of,
    mounted,
    reset,
    silent_page,
)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Tests side by side: those of one page, or of one file, in one process.
            item.add_marker(pytest.mark.xdist_group(_page_of(item) or item.path.name))
    # All tests of one page follow one another, so that each page is opened once.
    items.sort(key=lambda item: (here in item.path.parents, _page_of(item)))


def _page_of(item):
    params = (getattr(item, "callspec", None) and item.callspec.params) or {}
    placed = params.get("placed")
    return placed[0] if placed else params.get("page_path") or ""


def pytest_generate_tests(metafunc):
    pages = built_pages()
    if "page_path" in metafunc.fixturenames:
        ids = pages or ["no-site"]
        metafunc.parametrize("page_path", pages or [None], ids=ids)
    if "placed" in metafunc.fixturenames:
        placed = [(p, spec) for p in pages for spec in explorers_of(SITE / p)]
        names = [f"{Path(p).stem}-{spec['slug']}" for p, spec in placed]
        ids = names or ["no-site"]
        metafunc.parametrize("placed", placed or [None], ids=ids)


@pytest.fixture(scope="session", autouse=True)
def site():
    if not built_pages():
        pytest.fail("the site is not built: run `make html` first")
    return SITE


@pytest.fixture(scope="session")
def address(site):
    handler = functools.partial(_Quiet, directory=str(site))
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64  # a browser opens many connections at once


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import Error, sync_playwright

    system = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=system, args=FLAGS)
        except Error as error:
            reason = f"no Chromium was found ({str(error).splitlines()[0][:80]})"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    with silent_page(browser) as page:
        yield page


class Shelf:
    """The page that is open, and only that one; it stays open from test to test."""

    def __init__(self, browser, address):
        self.browser, self.address = browser, address
        self.path, self.stack = None, ExitStack()

    def page(self, path):
        if path != self.path:
            self.stack.close()
            opened = self.stack.enter_context(silent_page(self.browser))
            opened.goto(f"{self.address}/{path}")
            self.opened, self.path = opened, path
        return self.opened


@pytest.fixture(scope="session")
def shelf(browser, address):
    shelf = Shelf(browser, address)
    with shelf.stack:
        yield shelf


@pytest.fixture
def explorer(shelf, placed):
    """One explorer on its page, as the last test left it."""
    path, spec = placed
    page = shelf.page(path)
    yield Opened(page, mounted(page, spec["slug"]), path, spec)
    assert not page.complaints, "\n".join(page.complaints)


@pytest.fixture(scope="module")
def opened(request, browser, tmp_path_factory):
    """The ``EXPLORERS`` of a test module, on one page."""
    shown = request.module.EXPLORERS
    with silent_page(browser) as page:
        folder = tmp_path_factory.mktemp("drawings")
        page.goto(page_of(folder, *(explorer.to_html() for explorer in shown)))
        for explorer in shown:
            mounted(page, explorer.spec["slug"])
        yield page


@pytest.fixture
def get(request, opened):
    """One of them, as the module's ``begin`` leaves it, or else at its first stop."""
    begin = getattr(request.module, "begin", reset)
    opened.set_viewport_size(WIDE)

    def fresh(slug, *how):
        root = mounted(opened, slug)
        opened.mouse.move(0, 0)
        begin(root, *how)
        return root

    yield fresh
    assert not opened.complaints, "\n".join(opened.complaints)
