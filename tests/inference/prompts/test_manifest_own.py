"""The arena's own manifest: a line a prompt."""

import pytest

from inference.manifest import PromptRow, Stated
from tests.inference.prompts.sources import outcomes, put, write_lines

FULL = {
    "id": "rain/door",
    "audio": "clips/door.wav",
    "text": "Who is at the door?",
    "language": "en",
    "answer_language": "zh",
    "domain": "social",
    "task": "emotion",
    "level": 4,
    "delivery_label": "fearful",
    "subtask": "fright",
    "tags": ["door", "night", "door"],
    "split": "hidden",
    "licence": "CC-BY-4.0",
    "origin": "recorded",
    "origin_detail": "by Ada, at home",
    "clean_original": None,
    "speaker_consent": "signed form 12",
}


@pytest.fixture
def root(tmp_path):
    return put(tmp_path, "clips/door.wav", "clips/wind.wav", "clips/tap.wav")


def short(**fields: object) -> dict[str, object]:
    return {"id": "door", "audio": "clips/door.wav", "task": "emotion"} | fields


def only_message(root, fields):
    rows, bad = outcomes(write_lines(root / "manifest.jsonl", fields))
    assert rows == []
    assert list(bad) == [1]
    return bad[1]


def test_manifest_line_with_every_field_becomes_a_row(root):
    rows, bad = outcomes(write_lines(root / "manifest.jsonl", FULL))

    assert bad == {}
    assert rows == [
        PromptRow(
            line=1,
            id="rain/door",
            audio=root.resolve() / "clips" / "door.wav",
            text="Who is at the door?",
            language="en",
            answer_language="zh",
            domain="social",
            task="emotion",
            level=4,
            delivery_label="fearful",
            subtask="fright",
            tags=("door", "night"),
            split="hidden",
            licence="CC-BY-4.0",
            origin="recorded",
            origin_detail="by Ada, at home",
            speaker_consent="signed form 12",
        )
    ]


def test_manifest_line_with_the_least_leaves_the_rest_open(root):
    rows, bad = outcomes(write_lines(root / "manifest.jsonl", short()))

    assert bad == {}
    (row,) = rows
    assert (row.text, row.language, row.answer_language, row.level, row.licence) == ("", None, None, None, "")
    assert (row.domain, row.split, row.origin) == ("social", "public", "")


def test_manifest_is_found_in_its_folder(root):
    write_lines(root / "manifest.jsonl", short())

    rows, bad = outcomes(root)

    assert [row.id for row in rows] == ["door"]
    assert bad == {}


def test_stated_fills_what_a_line_leaves_open_and_overrides_nothing(root):
    path = write_lines(
        root / "manifest.jsonl", short(language="ja", level=1, split="public"), short(id="wind")
    )

    rows, _ = outcomes(path, stated=Stated(language="CN", level=2, licence="CC0-1.0", split="hidden"))

    assert [(row.language, row.level, row.licence, row.split) for row in rows] == [
        ("ja", 1, "CC0-1.0", "public"),
        ("zh", 2, "CC0-1.0", "hidden"),
    ]


def test_bad_lines_are_named_and_do_not_stop_the_good_ones(root):
    path = write_lines(
        root / "manifest.jsonl",
        short(),
        '{"id": "cut off',
        "",
        short(id="wind", task="emotoin"),
        "[1, 2]",
        b"\xff\xfe",
        short(id="tap", audio="clips/tap.wav"),
    )

    rows, bad = outcomes(path)

    assert [(row.id, row.line) for row in rows] == [("door", 1), ("tap", 7)]
    assert list(bad) == [2, 4, 5, 6]
    assert bad[2].startswith("This is not JSON")
    assert "Did you mean emotion?" in bad[4]
    assert "one JSON object" in bad[5]
    assert bad[6] == "This is not UTF-8 text."


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"audio": "clips/door.wav", "task": "emotion"}, "The field id is missing."),
        ({"id": "door", "task": "emotion"}, "The field audio is missing."),
        ({"id": "door", "audio": "clips/door.wav"}, "The field task is missing."),
        (short(leval=2), "There is no field 'leval'. Did you mean level?"),
        (
            short(level="L2"),
            "level is a bare number from 1 to 4: codes such as L2 differ between the papers.",
        ),
        (short(domain="medical"), "The task emotion belongs to social, not to medical."),
        (short(audio="clips/none.wav"), "There is no audio at 'clips/none.wav'."),
        (short(audio="clips"), "There is no audio at 'clips'."),
        (short(origin="recorded"), "A recorded voice needs speaker_consent: say how the speaker agreed."),
        (short(text="bell\x07"), "text holds control signs."),
        (short(clean_original="door"), "A prompt cannot be the noise variant of itself."),
        (
            short(clean_original="gone"),
            "Its clean original gone is not among the good, clean prompts here.",
        ),
    ],
)
def test_bad_line_says_what_to_mend(root, fields, message):
    assert only_message(root, fields) == message


@pytest.mark.parametrize(
    "fields",
    [
        short(level=0),
        short(level=5),
        short(level=True),
        short(level=2.5),
        short(split="training"),
        short(origin="dreamt"),
        short(language="Klingon"),
        short(answer_language="Klingon"),
        short(tags="one"),
        short(tags=[""]),
        short(tags=[3]),
        short(text=7),
        short(text="x" * 5000),
        short(id=""),
        short(id=3),
        short(id="a b"),
        short(id="../a"),
        short(id="/a"),
        short(id="é"),
        short(id="x" * 201),
    ],
)
def test_line_with_a_value_out_of_range_is_bad(root, fields):
    assert only_message(root, fields)


@pytest.mark.parametrize(
    "audio", ["", "/etc/passwd", "../secret.wav", "clips/../../secret.wav", "a\0b", "x" * 5000]
)
def test_audio_outside_the_manifest_s_folder_is_not_reached(root, audio):
    put(root.parent, "secret.wav")

    assert "audio" in only_message(root, short(audio=audio))


def test_audio_behind_a_link_that_leads_out_is_not_reached(root, tmp_path_factory):
    outside = put(tmp_path_factory.mktemp("outside"), "secret.wav")
    (root / "clips" / "link.wav").symlink_to(outside / "secret.wav")

    assert "leads out" in only_message(root, short(audio="clips/link.wav"))


def test_repeated_id_is_fine_when_identical_and_bad_when_not(root):
    path = write_lines(root / "manifest.jsonl", short(), short(), short(text="Another one."))

    rows, bad = outcomes(path)

    assert [row.line for row in rows] == [1]
    assert bad == {3: "The id door was given on line 1 to another prompt."}


def test_noise_variant_follows_its_original_wherever_it_stands(root):
    path = write_lines(
        root / "manifest.jsonl",
        short(id="noisy", audio="clips/wind.wav", clean_original="door"),
        short(),
        short(id="noisier", audio="clips/tap.wav", clean_original="noisy"),
    )

    rows, bad = outcomes(path)

    assert [(row.id, row.clean_original) for row in rows] == [("door", ""), ("noisy", "door")]
    assert list(bad) == [3]


def test_windows_line_ends_and_a_byte_order_mark_are_read(root):
    path = root / "manifest.jsonl"
    write_lines(path, short(), short(id="wind"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    rows, bad = outcomes(path)

    assert [(row.id, row.line) for row in rows] == [("door", 1), ("wind", 2)]
    assert bad == {}


def test_separator_signs_inside_a_text_do_not_end_its_line(root):
    line = '{"id": "door", "audio": "clips/door.wav", "task": "emotion", "text": "one\u2028two\u0085three"}'

    rows, bad = outcomes(write_lines(root / "manifest.jsonl", line))

    assert bad == {}
    assert [row.text for row in rows] == ["one\u2028two\u0085three"]


def test_overlong_line_is_bad_and_the_next_is_read(root):
    path = write_lines(root / "manifest.jsonl", short(text="x" * 70_000), short(id="wind"))

    rows, bad = outcomes(path)

    assert [row.id for row in rows] == ["wind"]
    assert "65536 is the most" in bad[1]
