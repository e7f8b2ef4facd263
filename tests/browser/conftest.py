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

from explorers import explorers_of

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
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


def built_pages():
    """Paths of the pages that readers visit, relative to the site."""
    skip = {"search.html", "genindex.html", "index.html"}
    pages = (p.relative_to(SITE) for p in SITE.rglob("*.html"))
    return sorted(
        str(p) for p in pages if p.name not in skip and p.parts[0] != "_static"
    )


def pytest_generate_tests(metafunc):
    pages = built_pages()
    if "page_path" in metafunc.fixturenames:
        metafunc.parametrize("page_path", pages or [None], ids=pages or ["no-site"])
    if "placed" in metafunc.fixturenames:
        placed = [(p, spec) for p in pages for spec in explorers_of(SITE / p)]
        names = [f"{Path(p).stem}-{spec['slug']}" for p, spec in placed]
        metafunc.parametrize("placed", placed or [None], ids=names or ["no-site"])


@pytest.fixture(scope="session", autouse=True)
def site():
    if not built_pages():
        pytest.fail("the site is not built: run `make html` first")
    return SITE


@pytest.fixture(scope="session")
def address(site):
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


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
    """A page that may only reach this machine, and must stay silent."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, outside, errors = context.new_page(), [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)

    def guard(route):
        if route.request.url.startswith(
            ("http://127.0.0.1:", "file:", "data:", "blob:")
        ):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    yield page
    context.close()
    assert not outside, f"requests to the outside: {outside}"
    assert not errors, f"errors on the console: {errors}"
