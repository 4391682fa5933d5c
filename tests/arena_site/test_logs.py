"""Log lines: fields for machines, one line for people, and nothing in them that is not ours to tell."""

import ast
import json
import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from arena_site import logs
from inference import context
from inference.adapters import secrets
from inference.services import jobs
from tests import factories

RESERVED = {"time", "level", "logger", "process_id", "event", "message", "exception", "request"}


def record(message, *args, error=None):
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("inference.jobs", logging.WARNING, __file__, 1, message, args, info)


def as_json(*args, **kwargs):
    return json.loads(logs.JsonFormatter().format(record(*args, **kwargs)))


def as_line(*args, **kwargs):
    return logs.LineFormatter().format(record(*args, **kwargs)).split(" ", 1)[1]


def test_values_of_a_call_become_fields():
    with context.bound(request="r1", job=7):
        line = as_json("attempt_failed job=%s attempt=%s code=%s", 7, 9, "no audio job=8\n")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line.pop("process_id") > 0
    assert line == {
        "level": "WARNING",
        "logger": "inference.jobs",
        "event": "attempt_failed",
        "request": "r1",
        "job": 7,
        "attempt": 9,
        "code": "no audio job=8\n",
    }


def test_event_without_values_keeps_its_sentence():
    line = as_json("orphans_kept: this role may not look.")

    assert (line["event"], line["message"]) == ("orphans_kept", "this role may not look.")


def test_lines_of_other_peoples_code_are_messages_without_addresses_and_secrets(monkeypatch):
    monkeypatch.setattr(secrets, "_known", {"sk-very-secret"})

    line = as_json("Task %s failed for ada@example.org with sk-very-secret", "x")

    assert line["message"] == f"Task x failed for [e-mail] with {secrets.MASK}"
    assert "event" not in line


def test_exception_is_told_without_addresses():
    error = ValueError("Key (email)=(ada@example.org) exists")

    line = as_json("chore_failed chore=%s", "seal", error=error)
    text = as_line("chore_failed chore=%s", "seal", error=error)

    assert line["chore"] == "seal"
    assert "ValueError: Key (email)=([e-mail]) exists" in text
    assert "ada@" not in line["exception"] + text


def test_line_for_people_cannot_be_forged():
    with context.bound(request="r1"):
        line = as_line("request_done path=%s status=%d", "/a\n2026 ERROR fake", 200)

    assert line == ('WARNING inference.jobs request_done path="/a\\n2026 ERROR fake" status=200 request=r1')


def test_every_call_of_ours_names_an_event():
    odd = []
    for app in ("arena_site", "inference", "judging", "leaderboard"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if called_on_a_logger(node) and (says := first_text(node)) is not None:
                    call = logs.CALL.fullmatch(says)
                    fields = logs.FIELD.findall(call["fields"]) if call else []
                    if call is None or RESERVED & set(fields):
                        odd.append(f"{path}:{node.lineno}: {says}")

    assert odd == []


def called_on_a_logger(node) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "logger"
    )


def first_text(call):
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return texts[0] if texts else None


def done(caplog):
    (line,) = [one for one in caplog.records if one.name == "arena_site.middleware"]
    return logs.parts(line)


def test_request_is_logged_without_its_query_and_named_in_its_answer(client, db, caplog):
    caplog.set_level(logging.INFO)

    answer = client.get("/methods/?token=hush", headers={"X-Request-ID": "forged"})

    event, fields, _ = done(caplog)
    assert (event, fields["method"], fields["path"], fields["status"]) == (
        "request_done",
        "GET",
        "/methods/",
        200,
    )
    assert fields["ms"] >= 0
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


@pytest.mark.parametrize(
    "address",
    [
        reverse("account_confirm_email", args=["hush-1"]),
        reverse("account_reset_password_from_key", kwargs={"uidb36": "hush", "key": "hush-2"}),
    ],
)
def test_request_is_logged_without_the_secrets_of_its_address(address, client, db, caplog):
    caplog.set_level(logging.INFO)

    client.get(address)

    assert "hush" not in caplog.text


def test_lines_of_a_job_name_it_and_its_try_whoever_writes_them(db):
    job = factories.job(factories.system(), factories.prompt())
    (lease,) = jobs.claim(queues=["api"], worker="test").leases

    with lease.named():
        line = as_json("Somebody else's code is worried")

    assert (line["job"], line["attempt"]) == (job.pk, job.attempt_set.get().pk)
