"""deploy/nginx.conf as it is, in a real nginx before a real site: TLS, ranges, sounds that nginx sends."""

import http.client
import os
import shutil
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.storage import default_storage

from inference.services import media
from tests import factories
from tests.e2e.conftest import free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
DEPLOY = Path(settings.BASE_DIR) / "deploy"
HOST = "arena.example.org"
pytestmark = pytest.mark.skipif(not NGINX, reason="there is no nginx; `sh scripts/programs` installs it")


def configured(folder, *, plain, tls, site):
    """The file of deploy/ with this machine's ports and places, in a frame such as Debian's nginx.conf."""
    ours = (DEPLOY / "nginx.conf").read_text()
    for there, here in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{tls} ssl",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{site};",
        f"/etc/letsencrypt/live/{HOST}/fullchain.pem": f"{folder}/cert.pem",
        f"/etc/letsencrypt/live/{HOST}/privkey.pem": f"{folder}/key.pem",
        "/etc/nginx/snippets/arena-proxy.conf": str(DEPLOY / "arena-proxy.conf"),
        "/srv/s2s-arena/media/": default_storage.path("") + "/",
    }.items():
        assert there in ours
        ours = ours.replace(there, here)
    temporary = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    frame = f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;\n"
    return f"{frame}events {{}}\nhttp {{ access_log off; {temporary}\n{ours}\n}}\n"


@pytest.fixture
def proxy(committed_db, environment, tmp_path):
    """A site that lets nginx send its sounds, and that nginx; where it listens for TLS and for none."""
    plain, tls, site = free_port(), free_port(), free_port()
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={HOST}",
            ),
            *("-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    (tmp_path / "nginx.conf").write_text(configured(tmp_path, plain=plain, tls=tls, site=site))
    public = {"HTTPS": "1", "ALLOWED_HOSTS": HOST, "MEDIA_REDIRECT": "/stored/"}
    public["MEDIA_DIR"] = default_storage.path("")
    commands = (
        [
            sys.executable,
            "-m",
            "gunicorn",
            "arena_site.wsgi",
            "--bind",
            f"127.0.0.1:{site}",
            "--threads",
            "2",
        ],
        [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
    )
    with (tmp_path / "log").open("w") as log:
        running = [
            subprocess.Popen(each, env=environment | public, stdout=log, stderr=log) for each in commands
        ]
    try:
        until = time.monotonic() + 60
        while True:
            try:
                if ask(tls, "/health/live")[0].status == 200:
                    break
            except OSError:
                pass
            assert time.monotonic() < until, (tmp_path / "log").read_text()
            assert all(one.poll() is None for one in running), (tmp_path / "log").read_text()
            time.sleep(0.1)
        yield tls, plain
    finally:
        for one in running:
            one.terminate()
            one.wait(timeout=20)


def ask(port, path, *, method="GET", encrypted=True, body=None, **headers):
    """One request on a line of its own; the answer and its body."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
        if encrypted
        else http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, body=body, headers={"Host": HOST} | named)
    answer = line.getresponse()
    content = answer.read()
    line.close()
    return answer, content


@pytest.fixture
def ballot(committed_db):
    """An open ballot whose clips are real files, and its owner's cookie."""
    person = factories.annotator("ben@example.org")
    pair = factories.pair(factories.prompt(), factories.system(), factories.system())
    made = factories.ballot(pair, person, target_lufs=pair.prompt.playback.target_lufs)
    session = SessionStore()
    session[SESSION_KEY] = str(person.user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session.create()
    return made, f"__Host-sessionid={session.session_key}"


def test_nginx_sends_what_the_site_allows_and_nothing_else(ballot, proxy):
    tls, plain = proxy
    made, cookie = ballot
    file = made.pair.prompt.playback
    sound, address = media.read(file), f"/ballots/{made.public_id}/prompt"

    whole, content = ask(tls, address, Cookie=cookie)
    part, middle = ask(tls, address, Cookie=cookie, Range="bytes=100-199")
    beyond, _ = ask(tls, address, Cookie=cookie, Range="bytes=99999999-")

    assert (whole.status, content) == (200, sound)
    assert (part.status, middle) == (206, sound[100:200])
    assert part.getheader("Content-Range") == f"bytes 100-199/{len(sound)}"
    assert beyond.status == 416
    for answer in (whole, part):
        said = {name.lower(): value for name, value in answer.getheaders()}
        assert said["content-type"] == "audio/flac"
        assert said["cache-control"] == "private, no-store"
        assert said["x-content-type-options"] == "nosniff"
        assert said["content-security-policy"].endswith("sandbox")
        assert said["strict-transport-security"].startswith("max-age=31536000")
        assert not set(said) & {"etag", "last-modified", "x-accel-redirect", "location", "set-cookie"}
        assert file.storage_key not in str(said)
    # Nobody else, and no way around the site.
    assert ask(tls, address)[0].status in {302, 404}
    assert ask(tls, f"/stored/{file.storage_key}")[0].status == 404
    moved, _ = ask(plain, "/board/?x=1", encrypted=False)
    assert (moved.status, moved.getheader("Location")) == (301, f"https://{HOST}/board/?x=1")
    # A program that sends its token unencrypted is not led on as if nothing had happened.
    assert ask(plain, "/api/v1/", encrypted=False)[0].status == 403


def test_nginx_takes_no_large_body_and_passes_no_name_on_that_a_client_gives_itself(proxy):
    tls, _ = proxy

    assert ask(tls, "/account/login/", method="POST", body=b"x" * 28_000_000)[0].status == 413
    # Had the site believed the client it would have answered that the request was not encrypted.
    assert ask(tls, "/health/live", X_Forwarded_Proto="http")[0].status == 200
    assert ask(tls, "/metrics", X_Forwarded_For="127.0.0.1", X_Real_IP="127.0.0.1")[0].status == 403
