"""What systems are told by default is pinned, and says nothing of persona, pace or length (S12, S33)."""

import hashlib
import re

import pytest

from inference.adapters import instructions

PINNED = {
    "default": "556e67788f9d3ce895b15c22d80ca99e97f790b5c9057852d594912b58aaeda7",
    "openai-playground-2024": "c16f9b2970d7cbda44b2aad647fcba6244d06d5b72b01dd302cb12c82741e0ca",
}
PACE = r"quick|fast|slow|pace|speed|brisk|hurr|brief|short|concise|long"


@pytest.mark.parametrize(("preset", "digest"), PINNED.items())
def test_a_preset_is_pinned_for_whoever_changes_it_changes_every_system(preset, digest):
    assert hashlib.sha256(instructions.text(preset).encode()).hexdigest() == digest


def test_the_default_names_no_pace_no_length_and_no_persona():
    assert not re.search(PACE, instructions.DEFAULT, re.IGNORECASE)
    assert "You are a" not in instructions.DEFAULT


def test_the_original_conditions_do_name_a_pace():
    assert re.search(PACE, instructions.text("openai-playground-2024"), re.IGNORECASE)


def test_a_text_of_ones_own_is_taken_as_it_is():
    assert instructions.text("Answer in rhymes.") == "Answer in rhymes."
    assert instructions.text("none") == ""
