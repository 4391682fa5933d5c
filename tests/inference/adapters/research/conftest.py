import importlib
import sys

import pytest

from inference.adapters.research import upstream
from tests.fakes.research import checkouts


@pytest.fixture
def checkout(request, tmp_path, monkeypatch):
    """Make a project's checkout, as if this process had never loaded any; afterwards all is as before."""
    pytest.importorskip("torch", reason="torch is not installed; run scripts/torch")
    project = request.param
    folder = checkouts.make(project, tmp_path / project)
    monkeypatch.setenv(upstream.VARIABLE, str(folder))
    monkeypatch.setattr(upstream, "_held", {})
    monkeypatch.setattr(upstream, "_entered", [])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(importlib.import_module(f"tests.fakes.research.{project}"), "loads", [])
    names = {path.split("/")[0].removesuffix(".py") for path in checkouts.MODULES[project]} - {"inference"}
    aside = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}
    yield project
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]
    sys.modules.update(aside)
