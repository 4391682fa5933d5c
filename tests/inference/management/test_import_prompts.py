from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.models import Prompt, PromptSet
from tests import factories

pytestmark = pytest.mark.django_db

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "prompts"


def test_the_real_prompts_come_in_twice_without_a_change(capsys):
    if not REAL.is_dir():
        pytest.skip(
            "the real prompts are not here: they lie in ../shared, beside a developer's checkout only"
        )

    call_command("import_prompts", str(REAL))
    first = capsys.readouterr().out
    call_command("import_prompts", str(REAL))
    second = capsys.readouterr().out

    assert "prompts v1: 15 added, 0 updated, 0 unchanged, 0 refused." in first
    assert "prompts v1: 0 added, 0 updated, 15 unchanged, 0 refused." in second
    assert set(Prompt.objects.values_list("task__slug", flat=True)) == {
        "natural-sound",
        "singing",
        "tongue-twister",
    }
    assert Prompt.objects.filter(language=None, level=None).count() == 15


def test_what_is_true_of_the_whole_source_can_be_said(tmp_path, capsys):
    (tmp_path / "poetry").mkdir()
    (tmp_path / "poetry" / "one.wav").write_bytes(factories.wav())

    call_command(
        "import_prompts",
        str(tmp_path),
        "--set",
        "mine",
        "--language",
        "zh",
        "--level",
        "2",
        "--licence",
        "CC0-1.0",
    )

    prompt = Prompt.objects.get()
    assert (prompt.slug, prompt.language.code, prompt.level.number) == ("poetry/one", "zh", 2)
    assert PromptSet.objects.get().slug == "mine"
    assert "ask --set mine" in capsys.readouterr().out


def test_a_folder_that_is_no_task_is_named_with_its_line_and_the_exit_says_so(tmp_path, capsys):
    for folder in ("poetry", "nonsense"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.wav").write_bytes(factories.wav())

    with pytest.raises(CommandError, match="others are in"):
        call_command("import_prompts", str(tmp_path))

    shown = capsys.readouterr().out
    assert "line 1:" in shown
    assert "nonsense" in shown
    assert Prompt.objects.count() == 1


def test_a_source_of_no_known_shape_is_refused_with_the_known_ones(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")

    with pytest.raises(CommandError, match="Known shapes"):
        call_command("import_prompts", str(tmp_path))
