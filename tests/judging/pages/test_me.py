"""One's own page."""

import pytest

from judging.models import Pause
from judging.services import pauses

pytestmark = pytest.mark.django_db


def test_an_appeal_is_kept_without_what_no_column_holds(ben, as_user):
    pauses.begin(ben.annotator, cause=Pause.Cause.GOLD)

    answer = as_user(ben).post("/me/appeal", {"text": "I was\0 tired."})

    assert answer.status_code == 302
    assert Pause.objects.get().appeal == "I was tired."
