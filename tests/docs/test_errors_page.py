"""Every code of the API has a section in docs/errors.md with its status, its fault and what helps."""

from pathlib import Path

from inference.errors import codes

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_every_code_has_its_section_and_no_other_has_one():
    sections = PAGE.read_text().split("\n### ")[1:]
    said = {section.split("\n", 1)[0]: section for section in sections}

    assert set(said) == set(codes.CODES)
    for name, code in codes.CODES.items():
        assert f"{code.title}. Status {code.status or '–'}, fault {code.fault}." in said[name]
        assert f"What helps: {code.fix}" in said[name]


def test_what_the_audio_says_is_said_in_known_codes():
    assert set(codes.OF_AUDIO.values()) <= set(codes.CODES)
