"""Every row of the catalogue has an entry, a command, and a test that drives its acceptance (S13, S15-S18).

The rows are those of the paper, of its successor, and the two more that today's libraries run.
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from inference import adapters, catalogue
from inference.adapters import registry
from inference.catalogue import machine
from inference.models import System
from inference.services import systems
from inference.taxonomy import taxonomy
from tests.systems import test_elsewhere, test_pipelines

ROOT = Path(__file__).resolve().parents[2]
# Each row, its entries in the catalogue, and the tests that ask it for the fifteen prompts and the edges.
ROWS = {
    "Cascade": (["cascade"], "test_pipelines"),
    "GPT-4o realtime": (["gpt-4o-realtime", "gpt-realtime"], "test_elsewhere test_realtime"),
    "SpeechGPT": (["speechgpt"], "test_elsewhere"),
    "GLM-4-Voice": (["glm-4-voice"], "test_elsewhere"),
    "FunAudioLLM-Qwen72B": (
        ["funaudiollm-qwen72b", "funaudiollm-qwen72b-open"],
        "test_elsewhere test_pipelines",
    ),
    "FunAudioLLM-GPT4o": (["funaudiollm-gpt4o"], "test_pipelines"),
    "LLaMA-Omni": (["llama-omni"], "test_elsewhere"),
    "Mini-Omni": (["mini-omni"], "test_elsewhere"),
    "Qwen2.5-Omni": (["qwen25-omni-chelsie", "qwen25-omni-ethan"], "test_omni"),
    "Qwen3-Omni": (["qwen3-omni-ethan", "qwen3-omni-chelsie", "qwen3-omni-aiden"], "test_omni"),
    "Kimi-Audio": (["kimi-audio"], "test_elsewhere"),
    "Mini-Omni2": (["mini-omni2"], "test_elsewhere"),
    "Doubao realtime": (["doubao-realtime"], "test_elsewhere"),
    "Moshi": (["moshika", "moshiko"], "test_omni"),
}
ENTRIES = {name: catalogue.read(name) for name in catalogue.names()}
# The acceptance tests of whole families, by adapter.
FAMILIES = {"realtime": "test_realtime", "audio_chat": "test_audio_chat", "omni": "test_omni"}


def asked(module):
    """The slugs that a module's acceptance test takes from the catalogue, or the family that it tries."""
    if module == "test_elsewhere":
        return {*test_elsewhere.PULLED, *test_elsewhere.UPLOADED}
    if module == "test_pipelines":
        return set(test_pipelines.WRITES)
    return {slug for slug, entry in ENTRIES.items() if FAMILIES.get(entry.adapter) == module}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_an_entry_a_command_and_a_test_of_its_acceptance(row):
    slugs, modules = ROWS[row]

    tested = set().union(*map(asked, modules.split()))
    for slug in slugs:
        assert machine.commands(ENTRIES[slug])[0] == f"python manage.py add_system {slug}"
        assert slug in tested
    for module in modules.split():
        tree = ast.parse((ROOT / "tests" / "systems" / f"{module}.py").read_text())
        tests = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
        assert "test_every_prompt_ends_as_it_should" in tests


@pytest.mark.parametrize("slug", ENTRIES)
def test_the_first_command_of_every_card_works(slug, db):
    added = systems.add(slug)

    system = System.objects.get(slug=slug)
    assert added
    assert (system.state, system.delivery) == ("live", ENTRIES[slug].delivery)
    # Declared languages that prompts have are those of the system, and nothing is skipped by them (S18).
    known = {one.code for one in taxonomy().languages}
    assert {one.code for one in system.languages.all()} == set(ENTRIES[slug].languages) & known


def test_an_entry_names_the_version_that_answers_and_no_two_are_the_same():
    identities = {(one.model.slug, one.version, one.voice) for one in ENTRIES.values()}

    assert len(identities) == len(ENTRIES)
    assert [
        slug for slug, one in ENTRIES.items() if one.delivery == "uploaded" and one.adapter != "uploaded"
    ] == []


# A device by number, an address or a host: what only whoever runs an adapter can know (S13).
PLACES = {
    "a device": re.compile(r"\bcuda:\d|CUDA_VISIBLE_DEVICES|\.cuda\(\d"),
    "an address": re.compile(r"(?:https?|wss?|socks5?)://(?!unnamed\b)[\w.-]+"),
    "a proxy or a mirror": re.compile(r"https?_proxy|HF_ENDPOINT|hf-mirror", re.IGNORECASE),
    "a host": re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\blocalhost\b"),
    "a folder": re.compile(r"(?<![\w.])/(?:home|root|mnt|data|workspace)/"),
}
# What an error or a comment says is no place that is gone to.
EXAMPLES = {"an address such as https://host/v1 is needed"}


def places(source):
    """What of a file's texts, comments and documentation aside, is a place."""
    tree = ast.parse(source)
    documented = [
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    ]
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented
    ]
    return [
        (what, text)
        for text in texts
        for what, pattern in PLACES.items()
        if pattern.search(text) and text not in EXAMPLES
    ]


def test_no_adapter_holds_a_place():
    folder = Path(adapters.__file__).parent

    found = {path.name: places(path.read_text()) for path in folder.rglob("*.py")}

    assert len(found) > 40
    assert {name: held for name, held in found.items() if held} == {}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("DEVICE = 'cuda:1'", "a device"),
        ("url = 'https://api.example.org/v1'", "an address"),
        ("environ['HTTPS_PROXY'] = proxy", "a proxy or a mirror"),
        ("host = '10.0.0.7'", "a host"),
        ("path = '/home/somebody/weights'", "a folder"),
    ],
)
def test_a_place_in_an_adapter_would_be_found(line, what):
    assert [found for found, _ in places(f'"""Doc: https://example.org."""\n{line}\n')] == [what]


# What keys look like: a provider's mark and a long secret, or a private key's first line (S15).
KEYS = [
    re.compile(rb"\bsk-(?:proj-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{20,}"),
    re.compile(rb"\bhf_[A-Za-z0-9]{30,}"),
    re.compile(rb"\bgh[pousr]_[A-Za-z0-9]{36,}"),
    re.compile(rb"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(rb"\bAIza[0-9A-Za-z_-]{35}"),
    re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
]
# Keys of our own loopback servers: they say so.
INVENTED = re.compile(rb"loopback|invented|example|never", re.IGNORECASE)
LARGEST = 2**20


def keys(content):
    """What in these bytes looks like a key that somebody could use."""
    found = [match[0] for pattern in KEYS for match in pattern.finditer(content)]
    return [key for key in found if not INVENTED.search(key)]


def committed():
    """The files of the working tree that git knows or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("This is no checkout of git.")
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file() and path.stat().st_size < LARGEST]


def test_no_file_holds_a_key():
    assert {path.relative_to(ROOT): found for path in committed() if (found := keys(path.read_bytes()))} == {}


@pytest.mark.parametrize(
    "secret",
    [
        "sk-" + "Ab3" * 16,
        "sk-proj-" + "aB9_" * 12,
        "hf_" + "Qx7" * 12,
        "ghp_" + "a1B2" * 9,
        "AKIA" + "Q7" * 8,
        "-----BEGIN " + "PRIVATE KEY-----",
    ],
)
def test_a_key_in_a_file_would_be_found(secret, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(f'{{"api_key": "{secret}"}}')

    assert keys(path.read_bytes()) == [secret.encode()]


def test_a_label_of_demonstration_weights_is_taken_from_the_card_and_shown(db, client, tmp_path):
    echo = (catalogue.FOLDER / "echo.toml").read_text("utf-8")
    path = tmp_path / "random-weights.toml"
    path.write_text(echo.replace('label = "baseline"', 'label = "demonstration"'))

    systems.add(str(path))

    for address in ("/systems/", "/systems/random-weights/"):
        assert "demonstration weights" in client.get(address).content.decode()
    # That it is never paired with real ones: tests/judging/services/test_issue.py.
    assert registry.load("echo", {}).queue == "api"
