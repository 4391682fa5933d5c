import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_form_without_its_token_is_answered_in_the_house_design():
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@example.org"})

    assert answer.status_code == 403
    assert "this page is old" in answer.content.decode()
    assert "DEBUG" not in answer.content.decode()


def test_a_request_for_another_site_is_answered_in_the_house_design():
    answer = Client().get("/", headers={"host": "elsewhere.example"})

    assert answer.status_code == 400
    assert "could not be understood" in answer.content.decode()
