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
        self.ranges = True
        self.etag = '"one"'
        self.cut_after = []  # bytes to send before hanging up, per request
        self.statuses = []  # status to answer with instead, per request
        self.length = True
        self.requests = []  # (path, Range, If-Range)


@contextlib.contextmanager
def serve(files):
    """Yield the behaviour, with the address in ``url``."""
    behaviour = Behaviour(files)

    class Handler(BaseHTTPRequestHandler):

        def do_GET(self):
            wanted = self.headers.get('Range')
            condition = self.headers.get('If-Range')
            behaviour.requests.append((self.path, wanted, condition))
            if behaviour.statuses:
                status = behaviour.statuses.pop(0)
                if status:
                    self.send_error(status)
                    return
            body = behaviour.files.get(self.path)
            if body is None:
                self.send_error(404)
                return
            total = len(body)
            start = 0
            fresh = condition is None or condition == behaviour.etag
            if wanted and behaviour.ranges and fresh:
                start = int(wanted.split('=')[1].split('-')[0])
                if start >= total:
                    self.send_response(416)
                    self.send_header('Content-Range', f'bytes */{total}')
                    self.send_header('Content-Length', '0')
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header('Content-Range',
                                 f'bytes {start}-{total - 1}/{total}')
            else:
                self.send_response(200)
            if behaviour.etag:
                self.send_header('ETag', behaviour.etag)
            if behaviour.length:
                self.send_header('Content-Length', str(total - start))
            self.end_headers()
            stop = total
            if behaviour.cut_after:
                stop = start + behaviour.cut_after.pop(0)
            self.wfile.write(body[start:stop])

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
