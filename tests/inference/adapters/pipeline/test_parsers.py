"""Answers with fields and descriptions: a table of cases for each parser, and what holds for any answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.adapters.pipeline import parsers
from inference.adapters.pipeline.parsers import UnparsableError, parse
from inference.adapters.pipeline.turns import NEUTRAL

WORDS = st.text(min_size=1, max_size=200).filter(
    lambda text: (
        parsers.without_markup(text.strip())
        and not parsers._FIELD.search(text)
        and "think>" not in text
        and text.strip()[-1] not in ";；"
    )
)
STYLES = st.sampled_from(["happy", "Sad", "angry", "surprised", "fearful"])


@pytest.mark.parametrize(
    ("answer", "style", "words"),
    [
        ("生成风格: Happy.;播报内容: 你好呀", "Happy", "你好呀"),
        ("生成风格:sad;播报内容:Hello there.", "sad", "Hello there."),
        ("生成风格：angry；播报内容：别吵了！", "angry", "别吵了！"),
        ("生成风格 : happy ;\n播报内容 : Hi", "happy", "Hi"),
        (
            "生成风格: happy\n播报内容: first line\nsecond line\n\nthird",
            "happy",
            "first line\nsecond line\n\nthird",
        ),
        ("生成风格: happy;播报内容: one; two；three", "happy", "one; two；three"),
        ("生成风格: Happy。;播报内容: 好。", "Happy", "好。"),
        ("生成风格: happy.播报内容: no separator", "happy", "no separator"),
        ("播报内容: swapped; 生成风格: sad.", "sad", "swapped"),
        ("播报内容: no style", NEUTRAL, "no style"),
        ("生成风格: ;播报内容: empty style", NEUTRAL, "empty style"),
        ("生成风格: happy; no name of the content", "happy", "no name of the content"),
        ("生成风格: happy.\nno name of the content", "happy", "no name of the content"),
        ("好的：生成风格: happy;播报内容: after a preamble", "happy", "after a preamble"),
        ("生成风格: happy;播报内容: once;播报内容: twice", "happy", "once\ntwice"),
        ("<think>生成风格: sad;播报内容: a draft</think>生成风格: happy;播报内容: final", "happy", "final"),
        ("生成风格: happy;播报内容: 一句没有标点的话", "happy", "一句没有标点的话"),
    ],
)
def test_two_fields_are_read(answer, style, words):
    said = parse("two-field", answer)

    assert (said.style, said.words) == (style, words)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   ",
        "No fields at all.",
        "生成风格: happy",
        "生成风格: happy;播报内容: ",
        "播报内容: [laughter]",
        "生成风格",
    ],
)
def test_two_fields_without_words_are_not_guessed_at(answer):
    with pytest.raises(UnparsableError):
        parse("two-field", answer)


@pytest.mark.parametrize(
    ("answer", "style", "words"),
    [
        ("<speaking with concern>You could rest.", "speaking with concern", "You could rest."),
        ("  <calm> \n Breathe.\nThen rest.", "calm", "Breathe.\nThen rest."),
        ("Just words.", NEUTRAL, "Just words."),
        ("<warm><loud>Two of them.", "warm", "Two of them."),
        ("<|HAPPY|>A tag is no manner.", NEUTRAL, "A tag is no manner."),
        ("<|HAPPY|><|Speech|> <cheerful>Both.", "cheerful", "Both."),
        ("<cheerful><|HAPPY|>Tag behind.", "cheerful", "Tag behind."),
        ("It is <b>inside</b>.", NEUTRAL, "It is <b>inside</b>."),
        ("1 < 2 and 3 > 2", NEUTRAL, "1 < 2 and 3 > 2"),
        ("<3 to you", NEUTRAL, "<3 to you"),
        ("<laughter>Ha</laughter> funny.", NEUTRAL, "<laughter>Ha</laughter> funny."),
        ("< slow\n and low >Words", "slow and low", "Words"),
        ("<think>They are angry.</think><calm>Words", "calm", "Words"),
        ("They are angry.</think><calm>Words", "calm", "Words"),
    ],
)
def test_description_in_angle_brackets_is_read(answer, style, words):
    said = parse("angle-bracket", answer)

    assert (said.style, said.words) == (style, words)


@pytest.mark.parametrize("form", ["plain", "angle-bracket"])
@pytest.mark.parametrize(
    "answer", ["", " \n", "<think>cut in the middle of a thought", "[laughter] <strong></strong>"]
)
def test_answer_without_words_is_none(form, answer):
    with pytest.raises(UnparsableError):
        parse(form, answer)


def test_description_alone_is_no_answer():
    with pytest.raises(UnparsableError):
        parse("angle-bracket", "<speaking softly>")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ha [laughter] well.", "Ha well."),
        ("<laughter>Oh no</laughter>, <strong>you</strong> did.[breath]", "Oh no , you did."),
        ("x < y > z [sic]", "x < y > z [sic]"),
    ],
)
def test_markup_of_one_synthesiser_is_taken_out_for_others(text, left):
    assert parsers.without_markup(text) == left


@given(WORDS)
def test_plain_answer_is_spoken_as_it_is(words):
    assert parse("plain", words).words == words.strip()


@given(WORDS, STYLES, st.sampled_from([":", "：", " : "]), st.sampled_from([";", "；", ".;", "\n", " ; \n"]))
def test_two_fields_come_back_from_any_separators(words, style, colon, separator):
    answer = f"生成风格{colon}{style}{separator}播报内容{colon}{words}"

    said = parse("two-field", answer)

    assert (said.style, said.words) == (style, words.strip())


@given(WORDS, STYLES)
def test_swapped_fields_come_back(words, style):
    said = parse("two-field", f"播报内容: {words};生成风格: {style}.")

    assert (said.style, said.words) == (style, words.strip())


@given(
    st.text(alphabet="生成风格播报内容:：;； \n.ab<>|", max_size=60),
    st.sampled_from(["plain", "two-field", "angle-bracket"]),
)
def test_no_answer_breaks_a_parser_or_gets_a_field_name_spoken(answer, form):
    try:
        said = parse(form, answer)
    except UnparsableError:
        return

    assert parsers.without_markup(said.words)
    assert said.style.strip()
    if form == "two-field":
        assert not parsers._FIELD.search(said.words)


@given(
    WORDS.filter(lambda text: not text.lstrip().startswith("<")),
    st.text(alphabet="abc ", min_size=1).filter(str.strip),
)
def test_description_comes_back_before_any_words(words, manner):
    said = parse("angle-bracket", f"<{manner}>{words}")

    assert (said.style, said.words) == (" ".join(manner.split()), words.strip())
