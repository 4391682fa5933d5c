"""What the leak suite shares: systems full of canaries, the search for them, and a crawl (J98; X1, X3)."""

import base64
import io
import re
import struct
import uuid
from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from inference.models import AudioFile, Response, System
from inference.services import media
from tests import factories

CLIPS = ("prompt", "left", "right")
# Everybody sees these, signed in or not: they name all systems and makers, and hold nothing of a ballot.
PUBLIC = (
    "/static/",
    "/systems",
    "/balance/",
    "/boards",
    "/api/",
    "/admin/",
    "/methods",
    "/health",
    "/metrics",
    "/account/logout",
    "/join/languages/",
)
KINDS = ("model", "maker", "system", "voice", "version", "text", "team", "codename", "file", "tag", "config")


def canary(number: int, kind: str) -> str:
    """A word that occurs nowhere else: `canary(3, "voice")`."""
    return f"zq{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}vux{kind}"


def spellings(word: str) -> set[bytes]:
    """A word as it is, quoted, as hex, backwards, and as it looks within base64 wherever it stands."""
    plain = word.encode()
    coded = {base64.b64encode(b" " * shift + plain)[4:-4] for shift in range(3)}
    return {plain, quote(word).encode(), plain.hex().encode(), plain[::-1], *coded}


def leaks(content: bytes, words: list[str]) -> list[str]:
    """The words that some content holds in whatever spelling."""
    texts = (content, content.lower())
    return [word for word in words if any(one in text for text in texts for one in spellings(word))]


def tagged_wav(samples: np.ndarray, tag: str, *, rate: int) -> bytes:
    """A WAV file with a LIST chunk that says who made it."""
    plain = factories.wav(samples, rate=rate)
    text = tag.encode() + b"\0" * (1 + len(tag) % 2)
    chunk = b"INFOISFT" + struct.pack("<I", len(text)) + text
    listed = b"LIST" + struct.pack("<I", len(chunk)) + chunk
    return b"RIFF" + struct.pack("<I", len(plain) - 8 + len(listed)) + plain[8:] + listed


def system(number: int) -> System:
    """A live system with a canary wherever a system can be named."""

    def word(kind: str) -> str:
        return canary(number, kind)

    team = factories.team(name=word("team"), slug=word("team"), contact_email=f"a@{word('team')}.example")
    model = factories.model(
        word("model"), name=word("model"), provider=word("maker"), card=word("model"), team=team,
        url=f"https://{word('maker')}.example/",
    )  # fmt: skip
    return factories.system(
        word("system"),
        model=model,
        version=word("version"),
        voice=word("voice"),
        config={"voice": word("config")},
    )


def answer(by: System, number: int, prompt, *, rng: np.random.Generator, rate: int) -> Response:
    """An answer whose raw file, key, transcript and parameters hold canaries, and its real playback file."""
    data = tagged_wav(speech(rng, rate=rate), canary(number, "tag"), rate=rate)
    raw = factories.raw_audio(data)
    key = default_storage.save(f"audio/{canary(number, 'file')}-{uuid.uuid4().hex}", ContentFile(data))
    AudioFile.objects.filter(pk=raw.pk).update(storage_key=key)
    raw.refresh_from_db()
    made = media.playback_at(raw, target_lufs=-26)
    return factories.response(
        by,
        prompt,
        playback=made,
        own_transcript=canary(number, "text"),
        parameters={"by": canary(number, "config")},
    )


def speech(rng: np.random.Generator, *, rate: int) -> np.ndarray:
    """Something like a syllable or two: the same kind of sound for every system."""
    length = int(rate * rng.uniform(0.5, 0.9))
    envelope = np.interp(np.arange(length), np.linspace(0, length, 6), rng.uniform(0.1, 1, 6))
    wave = np.sin(2 * np.pi * rng.uniform(90, 300) * np.arange(length) / rate)
    return (0.2 * envelope * wave).astype(np.float32)


def of(response) -> bytes:
    """Everything that an answer sends: status, headers in order, cookies, body."""
    heads = "".join(f"{name}: {value}\n" for name, value in response.items()) + str(response.cookies)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{response.status_code}\n{heads}".encode() + body


def crawl(browser, starts: list[str], *, limit: int, public: bool = False) -> Iterator[tuple[str, bytes]]:
    """Follow every link from these pages; yields addresses and what came. What is public only where told."""
    skipped = ("/static/", "/account/logout", "/metrics") if public else PUBLIC
    waiting, seen = list(starts), set(starts)
    while waiting and len(seen) <= limit:
        at = waiting.pop(0)
        got = of(browser.get(at))
        yield at, got
        for to in _links(at, got) if b"text/html" in got[:2000] else ():
            if to not in seen and to != "/" and not to.startswith(skipped):
                seen.add(to)
                waiting.append(to)


def _links(at: str, got: bytes) -> Iterator[str]:
    for link in re.findall(r'(?:href|src|action)="([^"#]+)', got.decode("utf-8", "replace")):
        to = urlsplit(urljoin(at, link))
        if not to.scheme and not to.netloc:
            yield to.path + (f"?{to.query}" if to.query else "")


def ballot_visit(browser, at: str) -> Iterator[tuple[str, bytes]]:
    """Everything that can be asked of a ballot: its page, clips, wrong methods, wrong forms, errors."""
    early = {"mark": str(uuid.uuid4()), "verdict-overall": ""}
    for clip in CLIPS:
        yield at + clip, of(browser.get(at + clip))
        yield "HEAD " + at + clip, of(browser.head(at + clip))
        yield "RANGE " + at + clip, of(browser.get(at + clip, headers={"range": "bytes=0-9"}))
    for act in ("ahead", "heard", "vote", "skip", "report", "continue-here"):
        yield "GET " + at + act, of(browser.get(at + act))
        yield "POST " + at + act, of(browser.post(at + act, early))
        yield "JSON " + at + act, of(browser.post(at + act, "{", content_type="application/json"))
    yield at + "nothing", of(browser.get(at + "nothing"))


def as_sound(content: bytes) -> io.BytesIO:
    """The body of an answer that `of` gave, as a file."""
    return io.BytesIO(content[content.index(b"fLaC") :])
