import os
import subprocess
import sys

from django.conf import settings


def run(**environment):
    """Set Django up in a fresh process with these settings in its environment."""
    program = "import django; django.setup(); from django.conf import settings; print(settings.VAR_DIR)"
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "arena_site.settings"} | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_wrong_settings_are_told_at_once():
    ended = run(LEASE_SECONDS="soon", CALL_SECONDS="later", HTTPS="perhaps", BOOTSTRAP_RESAMPLES="1")

    assert ended.returncode != 0
    for name in ("LEASE_SECONDS", "CALL_SECONDS", "HTTPS", "BOOTSTRAP_RESAMPLES"):
        assert name in ended.stderr


def test_a_relative_var_dir_becomes_absolute(tmp_path):
    ended = run(VAR_DIR=os.path.relpath(tmp_path, settings.BASE_DIR))

    assert ended.stdout.strip() == str(tmp_path)


def test_the_web_process_loads_no_model_runtime():
    program = (
        "import sys, django; django.setup(); import arena_site.urls; "
        "print(sorted({'torch', 'transformers', 'pocketsphinx', 'nltk'} & set(sys.modules)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "arena_site.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stdout.strip() == "[]"
