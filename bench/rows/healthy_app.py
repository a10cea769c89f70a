"""Run as a process: an application that is always healthy. Prints its URL."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer

BODY = b'{"status": "healthy"}'


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_arguments: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Healthy)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
