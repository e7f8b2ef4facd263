"""A real Chromium on the built pages, with the network blocked.

The site must be built first (`make html`). Outside CI a missing browser skips these
tests and says so; in CI it fails them.
"""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest
from explorers import (
    SITE,
    Opened,
    built_pages,
    explorers_of,
    open_explorer,
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


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def pytest_generate_tests(metafunc):
    pages = built_pages()
    if "page_path" in metafunc.fixturenames:
        ids = pages or ["no-site"]
        metafunc.parametrize("page_path", pages or [None], ids=ids, scope="module")
    if "placed" in metafunc.fixturenames:
        placed = [(p, spec) for p in pages for spec in explorers_of(SITE / p)]
        names = [f"{Path(p).stem}-{spec['slug']}" for p, spec in placed]
        ids = names or ["no-site"]
        metafunc.parametrize("placed", placed or [None], ids=ids, scope="module")


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


@pytest.fixture(scope="module")
def explorer(browser, address, placed):
    """One explorer on its page, opened once for all tests of a module."""
    path, spec = placed
    with silent_page(browser) as page:
        yield Opened(page, open_explorer(page, address, path, spec["slug"]), path, spec)
