"""Show the published site on localhost."""

import functools
import http.server
from pathlib import Path

from .progress import console
from .project import PressError


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, never a stale page, and says nothing about each request."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args) -> None:
        pass


def make_server(site: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of ``site`` on localhost, not yet serving."""
    handler = functools.partial(_Handler, directory=str(site))
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)


def serve(site: Path, port: int) -> None:
    """Serve until interrupted.

    Raises:
        PressError: If there is no site yet, or the port is taken.
    """
    if not (site / "index.html").is_file():
        raise PressError(f"no site at {site}: run `make site` first")
    try:
        server = make_server(site, port)
    except OSError as error:
        raise PressError(
            f"port {port} cannot be used ({error}): give another with --port"
        ) from None
    console.print(f"http://localhost:{server.server_port}/  (Ctrl-C ends)")
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            console.print("ended")
