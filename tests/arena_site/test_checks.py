"""System checks of our own."""

import pytest

from arena_site import checks


def test_the_sites_own_limits_are_in_order():
    assert checks.limits_are_in_order(None) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LEASE_SECONDS", 500, "LEASE_SECONDS (500) must be above 0 and below DEADLINE_SECONDS (240)."),
        ("CALL_SECONDS", 180, "CALL_SECONDS (180) must be above 0 and below ANSWER_SECONDS (180)."),
        ("ANSWER_SECONDS", 240, "ANSWER_SECONDS (240) must be above 0 and below DEADLINE_SECONDS (240)."),
        (
            "WATCHDOG_SECONDS",
            10,
            "WATCHDOG_PATIENCE_SECONDS (10) must be above 0 and below WATCHDOG_SECONDS (10).",
        ),
        ("SWEEP_SECONDS", 60, "SWEEP_SECONDS (60) must be above 0 and below LEASE_SECONDS (60)."),
        ("HEARTBEAT_SECONDS", 0, "HEARTBEAT_SECONDS (0) must be above 0 and below LEASE_SECONDS (60)."),
    ],
)
def test_a_limit_out_of_order_is_reported(settings, name, value, says):
    settings.LEASE_SECONDS, settings.DEADLINE_SECONDS = 60, 240
    settings.CALL_SECONDS, settings.ANSWER_SECONDS = 120, 180
    settings.WATCHDOG_PATIENCE_SECONDS = 10
    setattr(settings, name, value)

    (found,) = checks.limits_are_in_order(None)

    assert (found.id, found.msg) == ("arena.E001", says)


def test_a_lease_that_one_missed_beat_would_lose_is_reported(settings):
    settings.HEARTBEAT_SECONDS, settings.LEASE_SECONDS = 25, 60

    (found,) = checks.limits_are_in_order(None)

    assert found.id == "arena.E002"


def test_a_chore_that_is_not_there_is_reported(settings):
    settings.SWEEPER_CHORES = {
        "inference.services.sweep.ring_again": 1.0,
        "inference.services.sweep.polish": 1.0,
    }

    (found,) = checks.chores_exist(None)

    assert found.id == "arena.E003"
    assert "inference.services.sweep.polish" in found.msg


def test_a_slot_that_looks_too_seldom_for_the_watchdog_is_reported(settings):
    settings.POLL_SECONDS, settings.WATCHDOG_PATIENCE_SECONDS = 20.0, 10.0

    (found,) = checks.workers_look_often_enough(None)

    assert (found.id, found.hint) == ("arena.W001", "Keep POLL_SECONDS at 10 or less.")


def test_too_little_memory_for_any_adapter_is_reported(settings):
    settings.ADAPTER_MEMORY_BYTES = 1_000_000

    (found,) = checks.adapters_have_room(None)

    assert found.id == "arena.E005"


def test_the_sites_own_settings_raise_no_complaint():
    assert checks.adapters_have_room(None) == checks.workers_look_often_enough(None) == []
