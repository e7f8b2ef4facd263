"""Serve the built book on this machine, and on no other.

python tools/serve.py _build/html [port]
"""

import functools
import http.server
import sys
from pathlib import Path

HOST = "127.0.0.1"
FIRST_PORTS = range(8000, 8050)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files as they are now: the reader may have built the book again."""

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64  # a browser opens more connections at once than five


def open_server(folder, ports):
    """A server for `folder` on the first port of `ports` that is free, or None."""
    handler = functools.partial(Handler, directory=folder)
    for port in ports:
        try:
            return Server((HOST, port), handler)
        except OSError:
            continue
    return None


def ports_from(text):
    if text is None:
        return FIRST_PORTS
    if not (text.isdigit() and 0 < int(text) < 65536):
        sys.exit(f"A port is a number from 1 to 65535, not {text!r}.")
    return [int(text)]


def main(folder, port=None):
    if not (Path(folder) / "index.html").exists():
        sys.exit(f"There is no built book in {folder}; make html builds it.")
    ports = ports_from(port)
    server = open_server(folder, ports)
    if server is None:
        sys.exit(f"Port {ports[0]} cannot be used; choose another: make book PORT=8765")
    address = f"http://{HOST}:{server.server_port}/"
    print(f"\nThe book is at {address}  (Ctrl-C stops it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("\nStopped.")


if __name__ == "__main__":
    main(*sys.argv[1:])
