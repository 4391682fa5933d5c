"""The catalogue's files, and that each system answers real prompts."""

from collections import defaultdict
from pathlib import Path

import pytest

from inference import catalogue
from inference.adapters import registry
from inference.adapters.base import MemoryStages, Reply
from inference.audio import ingest
from inference.catalogue import machine
from inference.errors import Refused
from tests.inference.adapters import sounds

REAL = Path(__file__).parents[4] / "shared" / "data" / "prompts"
ALL = [catalogue.read(name) for name in catalogue.names()]
# What runs anywhere: no key, no weights, no network.
ENTRIES = [one for one in ALL if one.label == "baseline"]
SLUGS = [one.slug for one in ENTRIES]
GOOD = (catalogue.FOLDER / "eliza-us.toml").read_text("utf-8")


def refusal(name, text):
    with pytest.raises(Refused) as refused:
        catalogue.parse(name, text)
    return refused.value


def answer(entry, clips):
    adapter = registry.load(entry.adapter, entry.config)
    return list(adapter.respond(clips, seed=1, stages=[MemoryStages() for _ in clips]))


def test_catalogue_holds_an_echo_and_five_distinct_cascades():
    cascades = [one for one in ENTRIES if one.adapter == "offline"]

    assert "echo" in catalogue.names()
    assert len(cascades) >= 5
    assert len({one.config["voice"] for one in cascades}) == len(cascades)
    assert len({one.config["words_per_minute"] for one in cascades}) == len(cascades)
    assert len({one.config["engine"] for one in cascades}) >= 3


@pytest.mark.parametrize("entry", ENTRIES, ids=SLUGS)
def test_baseline_runs_anywhere_and_says_what_it_hears(entry):
    assert (entry.delivery, entry.needs.weights, entry.needs.gpu_gigabytes) == ("called", (), 0)
    assert machine.secret_names(entry) == ()
    assert entry.hears == entry.speaks == (("any",) if entry.slug == "echo" else ("en",))
    assert entry.languages == (() if entry.slug == "echo" else ("en",))
    assert entry.voice.removeprefix("eSpeak NG ") == entry.config.get("voice", "")


def test_engines_that_insult_stay_out():
    assert {one.config.get("engine") for one in ENTRIES}.isdisjoint({"rude", "iesha"})


def test_systems_of_one_model_share_its_card_and_differ_in_version():
    by_model = defaultdict(list)
    for entry in ALL:
        by_model[entry.model.slug].append(entry)

    for entries in by_model.values():
        assert len({one.model.card for one in entries}) == 1
        assert {one.model for one in entries} == {entries[0].model}
        assert len({one.version for one in entries}) == len(entries)


@pytest.mark.parametrize("entry", ENTRIES, ids=SLUGS)
def test_answer_of_every_system_is_taken_in_by_the_arena(entry):
    (reply,) = answer(entry, [sounds.spoken("Good morning, tell me a story.")])

    taken = ingest.ingest(reply.clip.wav())

    assert taken.raw.sample_rate == reply.clip.rate


@pytest.mark.skipif(
    not REAL.is_dir(), reason="the real prompts (../shared/data/prompts) are not on this machine"
)
def test_every_system_answers_every_real_prompt():
    clips = [ingest.decode(path.read_bytes()) for path in sorted(REAL.rglob("*.mp3"))]

    outcomes = {entry.slug: answer(entry, clips) for entry in ENTRIES}

    assert len(clips) == 15
    assert all(isinstance(one, Reply) for replies in outcomes.values() for one in replies)
    assert {slug: len(replies) for slug, replies in outcomes.items()} == dict.fromkeys(SLUGS, 15)


def test_unknown_system_is_answered_with_near_ones():
    with pytest.raises(Refused) as refused:
        catalogue.read("elisa-us")

    assert refused.value.code == "unknown_system"
    assert refused.value.message.startswith("The catalogue has no system 'elisa-us'. Did you mean eliza-us")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('version = "1 (US voice)"', "", "version: field required"),
        ("label =", "lable =", "label: field required; there is no field lable (Did you mean label?)"),
        ('label = "baseline"', 'label = "best"', "label: input should be '', 'baseline' or 'demonstration'"),
        ('hears = ["en"]', "hears = []", "hears: tuple should have at least 1 item"),
        ('hears = ["en"]', 'hears = ["English"]', "hears.0: string should match pattern"),
        ('hears = ["en"]', 'hears = ["any", "en"]', "value error, any stands alone, not with any, en"),
        ('provider = "', 'prowider = "', "model.provider: field required; there is no field model.prowider"),
        ("[model]", "[model", "not TOML"),
    ],
)
def test_wrong_entry_is_refused_with_a_sentence_naming_the_field(old, new, sentence):
    assert old in GOOD

    refused = refusal("eliza-us", GOOD.replace(old, new))

    assert refused.code == "bad_catalogue_entry"
    assert sentence in refused.message


def test_slug_of_an_entry_is_the_name_of_its_file():
    assert catalogue.parse("another-name", GOOD).slug == "another-name"
    assert "slug" in refusal("Not A Slug", GOOD).message
