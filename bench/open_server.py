"""`bench.api_server` with the open door."""

from bench.api_server import serve
from bench.open_app import create_open_app

if __name__ == "__main__":
    serve(create_open_app)
