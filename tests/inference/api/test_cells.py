"""S4, S5: every principal at every route, about what is missing and what is another's; what a body sets."""

import ast
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from inference.api.fields import Body
from inference.models import ApiToken, Scope
from tests.inference.api.client import Program
from tests.inference.api.test_matrix import MISSING, ROUTES, ask, declared, objects_of

ROOT = Path(__file__).parents[3]
# Never a program's to say.
NOT_THEIRS = {
    *("id", "pk", "public_id", "team", "team_id", "created_by", "is_staff", "is_superuser", "cleared_kinds"),
    *("fingerprint", "frozen_at", "first_public_at", "approved", "rank", "round", "waiting_on", "problems"),
    *("check_code", "checks", "storage_key", "digest", "prefix", "expires_at", "revoked_at", "ciphertext"),
    *("key_id", "wrapped_key", "codenamed_at", "is_partial", "expected", "label", "reveal_at_moment"),
}
# Whoever may switch their own webhook on and off.
STATE_IS_SAID_BY = {"WebhookChange"}


def principals(lab, ben, mo):
    """Who asks: ten and more, each with how far they get."""
    people = {"stranger": Client(), "annotator": Client(), "moderator": Client()}
    people["annotator"].force_login(ben)
    people["moderator"].force_login(mo)
    tokens = {str(scope): Program(lab.team, lab.by, scopes=[scope]) for scope in Scope.values}
    tokens["bare"] = Program(lab.team, lab.by, scopes=())
    expired, revoked = (Program(lab.team, lab.by) for _ in range(2))
    old = timezone.now() - timezone.timedelta(days=1)
    ApiToken.objects.filter(pk=expired.shown.token.pk).update(expires_at=old)
    ApiToken.objects.filter(pk=revoked.shown.token.pk).update(revoked_at=old)
    wrong = Client(headers={"Authorization": "Bearer s2s_nobody"})
    return people, tokens, {"expired": expired.http, "revoked": revoked.http, "wrong": wrong}


def expected(who, name):
    """The code of the no that a principal gets at a route of this kind; empty: it is let in."""
    if who == "open":
        return ""
    if name in {"stranger", "annotator", "moderator"}:
        return "token_needed"
    return "" if who in {"token", name} else "scope_missing"


def test_every_cell_is_as_declared(lab, rivals, prompt_set, ben, mo):
    theirs = MISSING | objects_of(rivals, prompt_set)
    cells, wrong = 0, []
    for route in ROUTES:
        who = declared(route)
        people, tokens, none = principals(lab, ben, mo)
        everybody = people | {name: program.http for name, program in tokens.items()} | none
        for name, client in everybody.items():
            codes = []
            for values in (MISSING, theirs) if "<" in route.pattern else (MISSING,):
                answer = ask(client, route, values)
                code = answer.json().get("code", "") if answer.status_code >= 400 else ""
                codes.append((answer.status_code, code))
                cells += 1
                no = {"expired": "token_expired", "revoked": "token_invalid", "wrong": "token_invalid"}.get(
                    name
                )
                no = no or expected(who, name)
                if no and code != no:
                    wrong.append((str(route), name, code, no))
                if not no and answer.status_code in {401, 403, 500}:
                    wrong.append((str(route), name, answer.status_code, "let in"))
            # What is another's looks like what is not there.
            if len(set(codes)) > 1 and who != "open":
                wrong.append((str(route), name, codes))
    assert wrong == []
    assert cells >= 1_500, cells


def bodies(of=Body):
    """Every kind of body there is."""
    for kind in of.__subclasses__():
        yield kind
        yield from bodies(kind)


FILES = [path for app in ("inference", "leaderboard") for path in sorted((ROOT / app / "api").glob("*.py"))]


def test_no_body_sets_what_is_not_its_senders():
    # All of them are loaded: the addresses were read.
    assert len(FILES) > 10
    kinds = {kind.__name__: kind for kind in bodies()}
    assert len(kinds) > 12
    for name, kind in kinds.items():
        fields = set(kind().fields)
        assert not fields & NOT_THEIRS, (name, fields & NOT_THEIRS)
        assert "state" not in fields or name in STATE_IS_SAID_BY
        for field in NOT_THEIRS:
            form = kind(data={field: "x"})
            assert not form.is_valid(), (name, field)
            assert field in form.errors, (name, field)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_body_that_is_read_refuses_fields_that_are_not_listed(path):
    """`read(SomeBody, request)` takes kinds of Body only; `request.data` is read where it is named here."""
    kinds = {kind.__name__ for kind in bodies()}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "read":
            assert isinstance(node.args[0], ast.Name)
            assert node.args[0].id in kinds | {"kind"}
        if isinstance(node, ast.Attribute) and node.attr == "data" and isinstance(node.value, ast.Name):
            assert node.value.id != "request" or path.name in {"fields.py", "jobs.py", "once.py"}
