"""Does a spoken answer say who speaks? Names of systems and makers, and phrases that announce one (J97).

Pure: a text goes in, what was found comes out. A find is a reason to ask a moderator, never a verdict.

The words are lists beside this module: `names` (mean nothing else; with what recognisers make of them),
`everyday_names` (also everyday words: they count after one of the `announcers` alone), `empty_names` (parts
of names that name nobody) and `phrases` (regular expressions).
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from importlib.resources import files

_LONGEST_NAME = 5
_SHORTEST_NAME = {True: 2, False: 4}


def find(text: str, *, names: Iterable[str] = ()) -> list[str]:
    """List what in a text tells who speaks, as it was matched; empty where nothing does.

    Args:
        text: what was said, in any script.
        names: of models, systems, makers and teams here, beside those that are known anyway.
    """
    plain = _plain(text)
    squeezed = plain.replace(" ", "")
    grams = _grams(plain)
    found = [name for name in _known(frozenset(names)) if _named(name, grams, squeezed)]
    found += [match.group(0).strip() for phrase in _phrases() if (match := phrase.search(plain))]
    return sorted(set(found))


def _plain(text: str) -> str:
    """Lower-case letters and digits with single spaces, without accents; Chinese without any."""
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    flat = re.sub(r"[^\w]+|_", " ", flat)
    flat = re.sub(r"(?<=[\u3400-\u9fff])(?=[a-z0-9])|(?<=[a-z0-9])(?=[\u3400-\u9fff])", " ", flat)
    # Chinese has no spaces; those that a recogniser puts between its signs mean nothing.
    flat = re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", flat)
    return " ".join(flat.split())


def _grams(plain: str) -> frozenset[str]:
    """Every run of up to five words, written together."""
    words = plain.split()
    return frozenset(
        "".join(words[start : start + length])
        for length in range(1, _LONGEST_NAME + 1)
        for start in range(len(words) - length + 1)
    )


def _named(name: str, grams: Collection[str], squeezed: str) -> bool:
    return name in squeezed if _is_chinese(name) else name in grams


def _is_chinese(text: str) -> bool:
    return any("\u3400" <= sign <= "\u9fff" for sign in text)


def _words(name: str) -> list[str]:
    return files("inference.identity").joinpath("words", f"{name}.txt").read_text("utf-8").splitlines()


@lru_cache(maxsize=8)
def _known(names: frozenset[str]) -> tuple[str, ...]:
    """The names to look for, written together; and those of their parts that mean something by themselves."""
    empty, everyday = set(_words("empty_names")), set(_words("everyday_names"))
    found = set(_words("names"))
    for name in names:
        words = _plain(name).split()
        telling = [word for word in words if word not in empty and not word.isdigit()]
        if telling:
            found |= {"".join(words), "".join(telling), *telling}
    long_enough = {name for name in found if len(name) >= _SHORTEST_NAME[_is_chinese(name)]}
    return tuple(sorted(long_enough - everyday - empty))


@lru_cache(maxsize=1)
def _phrases() -> tuple[re.Pattern[str], ...]:
    announcers, names = ("|".join(_words(name)) for name in ("announcers", "everyday_names"))
    edge = r"(?:\b|(?<=[\u3400-\u9fff])|(?=[\u3400-\u9fff]))"
    announced = rf"{edge}(?:{announcers}) ?(?:a |an |the |one )?(?:{names}){edge}"
    return tuple(re.compile(phrase) for phrase in (*_words("phrases"), announced))
