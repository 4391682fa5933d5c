"""Every text that a person sees is there in both languages: collected anew from the code."""

import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
CODE = ("arena_site", "inference", "judging", "leaderboard", "templates", "locale", "client")
# What a translation has to keep: named and plain places for values, and tags.
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|</?\w+")


def read(file) -> dict:
    return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # the one way to all texts


def compiled() -> dict:
    with (CATALOGUE / "django.mo").open("rb") as file:
        return read(file)


def words(key) -> str:
    return key[0] if isinstance(key, tuple) else key


def test_translations_every_text_of_the_code_is_translated(tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("GNU gettext collects the texts. On Debian: apt-get install gettext")
    for name in CODE:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    subprocess.run(
        [
            sys.executable,
            "manage.py",
            "makemessages",
            "--all",
            "--no-obsolete",
            "--no-wrap",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    fresh = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

    missing = subprocess.run(
        ["msgattrib", "--no-obsolete", "--no-wrap", "--untranslated", str(fresh)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    fuzzy = subprocess.run(
        ["msgattrib", "--no-obsolete", "--no-wrap", "--only-fuzzy", str(fresh)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert re.findall(r'^msgid "(.+)"$', missing + fuzzy, flags=re.MULTILINE) == []


def test_translations_what_is_compiled_is_what_was_written(tmp_path):
    if not shutil.which("msgfmt"):
        pytest.skip("GNU gettext compiles the texts. On Debian: apt-get install gettext")
    again = tmp_path / "again.mo"
    subprocess.run(["msgfmt", "--check", "-o", str(again), str(CATALOGUE / "django.po")], check=True)

    with again.open("rb") as file:
        assert read(file) == compiled()


def test_translations_keep_the_places_of_values():
    wrong = {
        words(key): text
        for key, text in compiled().items()
        if words(key)
        and not isinstance(key, tuple)
        and sorted(PLACES.findall(words(key))) != sorted(PLACES.findall(text))
    }

    assert wrong == {}
