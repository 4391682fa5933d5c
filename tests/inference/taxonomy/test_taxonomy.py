"""The taxonomy that comes with the product, and how names find their rows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import Refused
from inference.taxonomy import UnknownName, taxonomy
from inference.taxonomy.names import Names

SHARED = Path(__file__).resolve().parents[4] / "shared" / "taxonomy.json"

ROWS = taxonomy()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("tongue-twister", "tongue-twister"),
        ("Tongue_Twister", "tongue-twister"),
        ("  TONGUE   TWISTERS ", "tongue-twister"),
        ("pronounciation", "pronunciation"),
        ("identity/age", "identity"),
        ("Stand-up comedy/skit performance", "crosstalk"),
        ("querying symptoms", "health"),
        ("绕口令", "tongue-twister"),
    ],
)
def test_task_is_found_by_any_spelling_of_its_names(name, slug):
    assert ROWS.task(name).slug == slug


@pytest.mark.parametrize(
    ("name", "code"),
    [("EN", "en"), ("CN", "zh"), ("Chinese", "zh"), ("JP", "ja"), ("Thai", "th"), ("hi", "hi")],
)
def test_language_is_found_by_the_codes_of_the_published_sets(name, code):
    assert ROWS.language(name).code == code


def test_domain_is_found_by_the_abbreviations_of_the_tables():
    assert [ROWS.domain(name).slug for name in ("Edu.", "social companionship", "enter.", "med.")] == [
        "education",
        "social",
        "entertainment",
        "medical",
    ]


def test_unknown_task_names_the_near_ones():
    with pytest.raises(UnknownName) as caught:
        ROWS.task("emotoin")

    assert caught.value.near == ("emotion",)
    assert caught.value.message == 'There is no task called "emotoin". Did you mean emotion?'
    assert caught.value.code == "unknown_task"


def test_unknown_domain_without_near_names_lists_all():
    with pytest.raises(UnknownName, match="Known are education, entertainment, medical, social"):
        ROWS.domain("qqqq")


@pytest.mark.parametrize("name", ["", "  ", "-", "\ud800", "\0", "x" * 100_000])
def test_unusable_name_is_refused_with_a_printable_message(name):
    with pytest.raises(UnknownName) as caught:
        ROWS.task(name)

    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 500


@pytest.mark.parametrize(
    ("code", "paper", "number"),
    [
        ("L0", 1, 1),
        ("L1", 1, 2),
        ("L2", 1, 3),
        ("l3", 1, 4),
        ("L1", 2, 1),
        ("L2", 2, 2),
        (" l3 ", 2, 3),
        ("L4", 2, 4),
        (2, 2, 2),
        ("2", 1, 3),
        ("L0", None, 1),
        ("L4", None, 4),
        ("perception", None, 2),
    ],
)
def test_level_code_means_what_its_paper_says(code, paper, number):
    assert ROWS.level(code, paper=paper).number == number


@pytest.mark.parametrize("code", ["L1", "L2", "L3", 1, "2", "3"])
def test_level_code_that_differs_between_the_papers_is_not_guessed(code):
    with pytest.raises(Refused) as caught:
        ROWS.level(code, paper=None)

    assert caught.value.code == "ambiguous_level"


@pytest.mark.parametrize(("code", "paper"), [("L4", 1), ("L0", 2), ("L5", 2), ("L", 1), ("", 2), ("11", 2)])
def test_level_code_that_the_paper_does_not_have_is_refused(code, paper):
    with pytest.raises(Refused) as caught:
        ROWS.level(code, paper=paper)

    assert caught.value.code == "unknown_level"


def test_taxonomy_has_nineteen_tasks_in_four_domains_at_four_levels():
    by_domain = {domain.slug: len(ROWS.tasks_of(domain)) for domain in ROWS.domains}

    assert by_domain == {"education": 7, "social": 4, "entertainment": 7, "medical": 1}
    assert [level.number for level in ROWS.levels] == [1, 2, 3, 4]
    assert [language.code for language in ROWS.languages] == ["en", "zh", "ja", "th", "hi"]


@pytest.mark.parametrize("task", ROWS.tasks, ids=lambda task: task.slug)
def test_guidance_says_where_an_unmoved_voice_is_no_fault(task):
    lines = {level: task.guidance_at(level) for level in (None, 1, 2, 3, 4)}

    for level in (1, 2):
        assert lines[level].en.endswith("an unmoved voice is no fault.")
        assert lines[level].zh_hans.endswith("语气平淡不算缺点。")
    for level in (None, 3, 4):
        assert lines[level] == task.guidance
        assert "no fault" not in lines[level].en


def test_guidance_is_one_line_each_and_no_line_serves_two_tasks():
    lines = [
        line
        for task in ROWS.tasks
        for guidance in (task.guidance, *task.guidance_by_level.values())
        for line in (guidance.en, guidance.zh_hans)
    ]

    assert all("\n" not in line and 8 <= len(line) <= 130 for line in lines)
    assert len(lines) == 19 * 3 * 2
    assert (
        len({task.guidance.en for task in ROWS.tasks})
        == len({task.guidance.zh_hans for task in ROWS.tasks})
        == 19
    )


def test_delivery_label_is_found_by_its_misspelling():
    assert ROWS.delivery("fealful").value == "fearful"
    assert ROWS.delivery("children voice").value == "child"


def test_name_that_stands_for_two_things_is_refused():
    with pytest.raises(ValueError, match="stands for emotion and for role"):
        Names("task", {"emotion": ["mood"], "role": ["Mood"]})


def test_task_of_no_domain_is_refused():
    stray = replace(ROWS.tasks[0], domain="cooking")

    with pytest.raises(ValueError, match="cooking"):
        replace(ROWS, tasks=(stray,))


@given(st.text())
def test_any_text_is_a_task_or_refused(name):
    try:
        task = ROWS.task(name)
    except Refused:
        return

    assert task in ROWS.tasks


def test_published_names_and_aliases_all_resolve():
    if not SHARED.exists():
        pytest.skip("../shared/taxonomy.json is not here")
    facts = json.loads(SHARED.read_text("utf-8"))

    for kind, key, find in (
        ("tasks", "slug", ROWS.task),
        ("domains", "slug", ROWS.domain),
        ("languages", "code", ROWS.language),
    ):
        for fact in facts[kind]:
            names = {fact[key], fact["name"], *fact["aliases"], *fact.get("seed_folders", ())}
            assert {getattr(find(name), key) for name in names} == {fact[key]}
    for label in facts["prompt_labels"]["labels"]:
        assert {ROWS.delivery(name).value for name in (label["value"], *label["aliases"])} == {label["value"]}
    assert {code: ROWS.level(code, paper=1) for code in facts["level_map_v1_to_v2"]} == {
        old: ROWS.level(new, paper=2) for old, new in facts["level_map_v1_to_v2"].items()
    }
