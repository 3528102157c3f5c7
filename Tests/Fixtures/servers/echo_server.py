"""Answers as the path says: /echo, /status/N?HEADER=VALUE, /slow, /cut, /long, /gzip, /redirect."""

import gzip
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        kind = url.path.split("/")[1]
        if kind == "echo":
            self.answer(200, body, [("X-Key", self.headers.get("X-Key", ""))])
        elif kind == "status":
            self.answer(int(url.path.split("/")[2]), b"", parse_qsl(url.query))
        elif kind == "slow":
            time.sleep(5)
            self.answer(200, b"late")
        elif kind == "long":
            self.answer(200, b"x" * 100_000)
        elif kind == "gzip":
            self.answer(200, gzip.compress(b"polya " * 1000), [("Content-Encoding", "gzip")])
        elif kind == "redirect":
            self.answer(302, b"", [("Location", "/echo")])
        else:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True

    do_POST = do_GET


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], file=sys.stderr, flush=True)
server.serve_forever()
