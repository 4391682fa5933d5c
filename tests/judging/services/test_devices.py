"""The device check: what it asks, what it keeps, and how often."""

from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from inference.errors import Refused
from judging.models import DeviceCheck, HearingTrial
from judging.services import devices
from tests import factories

pytestmark = pytest.mark.django_db
HERE = "5a1e5f5e-0000-4000-8000-000000000001"


@pytest.fixture
def check(cleo):
    return devices.begin(cleo, device=HERE, output="wired", surroundings="quiet")


def take(check, *, right):
    """Take every trial, right where `right(trial)` says so."""
    devices.draw_trials(check, rng=Random(1))
    while trial := devices.next_trial(check):
        devices.sound(trial)
        devices.answer(trial, trial.target if right(trial) else 1 + trial.target % 3)
    check.refresh_from_db()
    return check


def refusal(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def test_beginning_again_corrects_the_check_under_way(check, cleo):
    again = devices.begin(cleo, device=HERE, output="loudspeakers", surroundings="noisy")

    assert (again.pk, again.output, again.surroundings) == (check.pk, "loudspeakers", "noisy")
    assert devices.under_way(cleo, HERE) == check
    assert devices.in_force(cleo, HERE) is None


def test_what_is_not_offered_is_refused(cleo):
    assert (
        refusal(lambda: devices.begin(cleo, device="", output="wired", surroundings="quiet"))
        == "device_unknown"
    )
    assert (
        refusal(lambda: devices.begin(cleo, device=HERE, output="tin", surroundings="quiet"))
        == "device_unstated"
    )


def test_a_check_asks_six_six_and_four_and_keeps_every_outcome(check):
    take(check, right=lambda trial: trial.number != 3)

    assert (check.huggins, check.antiphase) == ([True, True, False, True, True, True],) * 2
    assert check.room == [True, True, False, True]
    assert (check.result, check.at is None) == ("both", False)
    assert HearingTrial.objects.filter(answer__isnull=False).count() == 16


def test_one_test_alone_does_not_qualify(check):
    take(check, right=lambda trial: trial.kind == "huggins")

    assert check.result == "one"


def test_a_draw_is_made_once(check):
    devices.draw_trials(check, rng=Random(1))
    drawn = list(check.trials.values_list("target", "seed"))

    devices.draw_trials(check, rng=Random(2))
    assert list(check.trials.values_list("target", "seed")) == drawn
    assert {target for target, _ in drawn} == {1, 2, 3}


def test_an_answer_without_listening_is_refused_and_the_first_answer_stays(check):
    devices.draw_trials(check, rng=Random(1))
    trial = devices.next_trial(check)

    assert refusal(lambda: devices.answer(trial, 1)) == "not_heard"
    assert refusal(lambda: devices.answer(trial, 4)) == "choice_unknown"
    devices.sound(trial)
    devices.answer(trial, 0)
    devices.answer(trial, trial.target)
    trial.refresh_from_db()
    assert trial.answer == 0


def test_one_more_try_a_day_and_none_after_that(check, cleo):
    take(check, right=lambda trial: False)
    second = devices.begin(cleo, device=HERE, output="wired", surroundings="quiet")
    take(second, right=lambda trial: True)
    third = devices.begin(cleo, device=HERE, output="wired", surroundings="quiet")

    assert second.trials.filter(kind="room").count() == 0
    assert devices.tries_left(cleo) == 0
    assert refusal(lambda: devices.draw_trials(third, rng=Random(3))) == "no_more_tries"
    DeviceCheck.objects.filter(pk=check.pk).update(begun_at=timezone.now() - timedelta(days=1, minutes=1))
    assert devices.tries_left(cleo) == 1


def test_the_newest_check_of_the_device_is_in_force_for_fourteen_days(check, cleo):
    devices.decline(check)
    check.refresh_from_db()

    assert (check.result, devices.in_force(cleo, HERE)) == ("declined", check)
    assert devices.in_force(cleo, "another") is None
    DeviceCheck.objects.filter(pk=check.pk).update(at=timezone.now() - timedelta(days=14, minutes=1))
    assert devices.in_force(cleo, HERE) is None


def test_a_waived_check_holds_on_every_device(cleo):
    devices.waive(cleo)

    assert devices.in_force(cleo, HERE).result == "declined"
    assert devices.in_force(factories.user("other@example.org"), HERE) is None


@pytest.mark.parametrize("language", ["en", "zh-hans", "fr"])
def test_the_passage_is_speech_from_the_normaliser(language):
    assert devices.speech(language)[:4] == b"fLaC"
