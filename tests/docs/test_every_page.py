"""What the pages name is there (links, files, commands, modules, settings); the README names every page."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
PAGES = sorted([ROOT / "README.md", ROOT / "client" / "README.md", *(ROOT / "docs").glob("*.md")])
# Made on a machine, or the researcher's own.
NOT_HERE = re.compile(r"var/|prompts/|\d{4}-\d\d-\d\dT|client/starter/|weights/|services/test_|\.s2s-arena")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def files() -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


@pytest.fixture(scope="module")
def names(files) -> set[str]:
    """Every word of the code."""
    texts = [ROOT / name for name in files if name.endswith((".py", ".html", ".js", ".example", "Makefile"))]
    return {word for text in texts for word in re.findall(r"\w+", text.read_text())}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page, files, names):
    text = page.read_text()
    marked = set(re.findall(r"`([^`\n]+)`", FENCED.sub("", text)))

    lost = {f"link {to}" for to in re.findall(r"\]\(([^)#:]+)\)", text) if not (page.parent / to).exists()}
    lost |= {f"path {one}" for one in marked if is_path(one) and not is_here(one, files)}
    lost |= {
        f"name {one}"
        for one in marked
        if re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", one) and one not in names
    }
    lost |= {
        f"command {one}" for one in re.findall(r"manage\.py ([a-z_]+)", text) if one not in get_commands()
    }
    lost |= {
        f"module {one}"
        for one in re.findall(r"python -m ((?:benchmarks|inference|leaderboard)[\w.]*\w)", text)
        if not {f"{one.replace('.', '/')}.py", f"{one.replace('.', '/')}/__main__.py"} & files
    }

    assert lost == set()


def is_path(text: str) -> bool:
    return bool(re.fullmatch(r"[\w*-][\w.*-]*/[\w.*-][\w./*-]*", text)) and not NOT_HERE.match(text)


def is_here(text: str, files: set[str]) -> bool:
    """Whether a file or folder ends so: pages leave out what goes without saying."""
    ends = re.compile(r"(?:^|/)" + re.escape(text.rstrip("/")).replace(r"\*", "[^/]*") + r"(?:/|$)")
    return any(ends.search(name) for name in files)


def test_the_readme_names_every_page():
    text = (ROOT / "README.md").read_text()
    table = text.split("## Where to read on")[1].split("\n## ")[0]
    named = re.findall(r"\]\(docs/([\w.-]+)\)", table)

    assert sorted(named) == sorted(set(named))
    assert set(named) == {one.name for one in (ROOT / "docs").iterdir() if one.suffix in {".md", ".yaml"}}


def test_targets_of_make_are_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = {one for page in PAGES for one in re.findall(r"`make ([a-z-]+)", page.read_text())}

    assert said <= targets
