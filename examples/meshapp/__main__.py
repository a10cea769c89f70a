"""Run the application: `python -m meshapp --database URL`."""

from __future__ import annotations

import argparse
import logging
import sys

from sqlalchemy.exc import ArgumentError
from werkzeug.serving import make_server

from meshapp.app import create_app
from meshapp.database import UnsupportedUrl, open_engine


def main() -> None:
    """Serve until interrupted. The first line of standard output is the URL that was bound."""
    parser = argparse.ArgumentParser(prog="python -m meshapp", description="Serve projects and their meshes.")
    parser.add_argument("--database", required=True, metavar="URL", help="postgresql://user:password@host:port/name")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=0, type=int, help="port to listen on (default: any that is free)")
    arguments = parser.parse_args()
    try:
        engine = open_engine(arguments.database)
    except UnsupportedUrl as problem:
        parser.error(str(problem))
    except (ArgumentError, ValueError):
        parser.error("--database is not a URL; write postgresql://user:password@host:port/name")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server(arguments.host, arguments.port, create_app(engine), threaded=True)
    host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    sys.stdout.write(f"http://{host}:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
