"""Only inference/outbound opens lines to addresses that others chose: held over all imports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ("arena_site", "benchmarks", "client", "inference", "judging", "leaderboard", "scripts")
CLIENTS = frozenset(
    {
        *(
            "aiohttp",
            "ftplib",
            "http.client",
            "httpcore",
            "httpcore2",
            "httpx",
            "httpx2",
            "pycurl",
            "requests",
        ),
        *("requests", "socketserver", "telnetlib", "urllib.request", "urllib3", "websocket", "websockets"),
        *("xmlrpc", "huggingface_hub", "socket.create_connection", "openai.AsyncOpenAI", "openai.OpenAI"),
    }
)
# Whom each calls instead, and why that is safe.
ALLOWED = {
    "arena_site/management/commands/arena.py": "asks its own web server whether it is up",
    "benchmarks/broken.py": "four uploaders, to a site of its own",
    "benchmarks/fresh_server.py": "a visitor, to the server that it set up",
    "benchmarks/listener.py": "a listener's browser, to a site of its own",
    "benchmarks/load/client.py": "the load, to a site of its own",
    "benchmarks/load/cycles.py": "the load, to a site of its own",
    "benchmarks/load/site.py": "asks its own site whether it is up",
    "client/s2s_arena/http.py": "calls the arena that its user named, on the user's machine",
    "inference/adapters/openai_errors.py": "names the library's exceptions",
    "inference/adapters/openai_http.py": "gives the library the pinned client for its transport",
    "inference/adapters/realtime/line.py": "gives the library a connection that was pinned",
    "inference/outbound/calls.py": "is the one way out",
}


def clients(source: str) -> set[str]:
    """The clients that a file imports or names."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = [f"{node.value.id}.{node.attr}"]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # `import_module("requests")`; libraries whose versions are written down are named too.
            names = [node.value] if node.value in CLIENTS - {"websockets"} else []
        for name in names:
            parts = name.split(".")
            found |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)} & CLIENTS
    return found


def files():
    return [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_other_client_is_imported():
    found = {str(path.relative_to(ROOT)): clients(path.read_text()) for path in files()}
    others = {path: names for path, names in found.items() if names and path not in ALLOWED}
    assert others == {}


def test_every_exception_is_still_one():
    assert {path for path in ALLOWED if not clients((ROOT / path).read_text())} == set()


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "import urllib.request as calls",
        "from urllib import request",
        "from http import client",
        "import http.client",
        "from websockets.sync.client import connect",
        "def f():\n    import httpx",
        "import socket\nsocket.create_connection(('a', 1))",
        "import_module('requests')",
        "import openai\nopenai.OpenAI()",
    ],
)
def test_the_rule_sees_it(source):
    assert clients(source)


def test_parsing_addresses_is_no_call():
    assert clients("from urllib.parse import urlsplit\nimport socket\nsocket.socketpair()") == set()
