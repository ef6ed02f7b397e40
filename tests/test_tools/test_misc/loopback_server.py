"""An HTTP server on this machine that behaves, or misbehaves, as told."""
import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Behaviour:
    """What the server does; a record of what it was asked.

    Args:
        files: Contents by path.
    """

    def __init__(self, files):
        self.files = files
        self.cut_after = []  # bytes to send before hanging up, per request
        self.statuses = []  # status to answer with instead, per request
        self.requests = []  # paths


@contextlib.contextmanager
def serve(files):
    """Yield the behaviour, with the address in ``url``."""
    behaviour = Behaviour(files)

    class Handler(BaseHTTPRequestHandler):

        def do_GET(self):
            behaviour.requests.append(self.path)
            body = behaviour.files.get(self.path)
            status = behaviour.statuses.pop(0) if behaviour.statuses else 200
            if body is None or status != 200:
                self.send_error(404 if body is None else status)
                return
            self.send_response(200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            if behaviour.cut_after:
                body = body[:behaviour.cut_after.pop(0)]
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    behaviour.url = f'http://127.0.0.1:{server.server_port}'
    try:
        yield behaviour
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
