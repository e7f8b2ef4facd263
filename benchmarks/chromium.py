"""The built site in headless Chromium, as a web host would serve it."""

import contextlib
import functools
import gzip
import http.server
import os
import platform
import re
import shutil
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from page_weight import COMPRESSED, SITE  # noqa: E402

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Gzipped(http.server.SimpleHTTPRequestHandler):
    """The site, and under /engine/ the modules of the replay engine."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = self.path.partition("?")[0].lstrip("/")
        engine = name.startswith("engine/")
        file = (ROOT / "nnlib/widgets/js" if engine else SITE) / name
        if not file.is_file():
            return self.send_error(404)
        data = transferred(file)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Length", str(len(data)))
        if file.suffix not in COMPRESSED:
            self.send_header("Content-Encoding", "gzip")
        # Pages that are isolated have a clock of 5 microseconds instead of 100.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    # A browser opens six connections at once, more than the usual queue holds.
    request_queue_size = 64


@functools.cache
def transferred(file):
    data = file.read_bytes()
    return data if file.suffix in COMPRESSED else gzip.compress(data)


@contextlib.contextmanager
def served():
    """The address of the site, up to and with the last slash."""
    server = Server(("127.0.0.1", 0), Gzipped)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def launched():
    """The system's Chromium, else Playwright's own; one sentence if there is none."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        sys.exit("Playwright is not installed, so no page was measured.")
    system = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=system, args=FLAGS)
        except Error:
            sys.exit("No Chromium was found, so no page was measured.")
        yield browser
        browser.close()


def machine(browser):
    """One line on what decides the times."""
    load = "".join(f" {load:.2f}" for load in os.getloadavg())
    version = f"headless Chromium {browser.version}"
    return f"{processor()}, {os.cpu_count()} cores, {version}, load average{load}"


def processor():
    with contextlib.suppress(OSError):
        found = re.search("model name\\s*: (.*)", Path("/proc/cpuinfo").read_text())
        if found:
            return found[1]
    return platform.processor() or platform.machine()
