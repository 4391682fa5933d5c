"""What runs in the environments of research projects must run on Python 3.10, which this project does not.

There is no such interpreter here, so the modules are read: their grammar, and every name of the standard
library that they use, against what later versions brought. (`vermin --target=3.10-` says the same.)
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
# What later versions brought, as far as such modules could want it: modules, and names within modules.
LATER_MODULES = {"tomllib", "compression", "annotationlib", "concurrent.interpreters"}
LATER_NAMES = {
    "asyncio": {"Barrier", "Runner", "TaskGroup", "timeout", "timeout_at"},
    "contextlib": {"chdir"},
    "copy": {"replace"},
    "datetime": {"UTC"},
    "enum": {"EnumCheck", "FlagBoundary", "ReprEnum", "StrEnum", "member", "nonmember", "verify"},
    "hashlib": {"file_digest"},
    "http": {"HTTPMethod"},
    "inspect": {"getmembers_static", "markcoroutinefunction", "BufferFlags"},
    "itertools": {"batched"},
    "logging": {"getHandlerByName", "getHandlerNames", "getLevelNamesMapping"},
    "math": {"cbrt", "exp2", "fma", "sumprod"},
    "operator": {"call", "is_none", "is_not_none"},
    "re": {"NOFLAG", "PatternError", "RegexFlag.NOFLAG"},
    "typing": {
        "LiteralString", "Never", "NotRequired", "ReadOnly", "Required", "Self", "TypeAliasType", "TypeIs",
        "TypeVarTuple", "Unpack", "assert_never", "assert_type", "dataclass_transform", "get_overloads",
        "get_protocol_members", "is_protocol", "is_typeddict", "override", "reveal_type",
    },
    "warnings": {"deprecated"},
}  # fmt: skip
LATER_BUILTINS = {"BaseExceptionGroup", "EncodingWarning", "ExceptionGroup", "PythonFinalizationError"}
LATER_METHODS = {"add_note", "full_match", "from_uri", "relative_to_with_walk_up"}
RESEARCH = sorted((ROOT / "inference" / "adapters" / "research").glob("*.py"))


def of_a_worker() -> list[Path]:
    """The files of this project that the worker loads, and those of the research adapters."""
    code = (
        "import sys\nimport inference.worker.__main__, inference.catalogue.machine\n"
        "from inference.adapters import evidence, extras\n"
        "ours = [one for name, one in sys.modules.items() if name.partition('.')[0] == 'inference']\n"
        "print(*(one.__file__ for one in ours if one.__file__))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted({*map(Path, done.stdout.split()), *RESEARCH})


def too_new(tree: ast.Module) -> list[str]:
    """Name what Python 3.10 has not, wherever no question about the version stands before it."""
    found: list[str] = []
    modules: dict[str, str] = {}
    asked = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "sys.version_info" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in (one for one in ast.walk(tree) if id(one) not in asked):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name in LATER_MODULES]
            modules.update({one.asname or one.name: one.name for one in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module:
            later = LATER_NAMES.get(node.module, set())
            found += [f"{node.module}.{one.name}" for one in node.names if one.name in later]
        elif isinstance(node, ast.Name) and node.id in LATER_BUILTINS:
            found.append(node.id)
        elif isinstance(node, ast.Attribute):
            module = modules.get(ast.unparse(node.value), "")
            if node.attr in LATER_NAMES.get(module, set()) or node.attr in LATER_METHODS:
                found.append(f"{ast.unparse(node)}")
    return found


def test_what_a_research_environment_loads_runs_on_python_310():
    files = of_a_worker()

    found = {
        str(path.relative_to(ROOT)): too_new(ast.parse(path.read_text("utf-8"), feature_version=(3, 10)))
        for path in files
    }

    assert len(files) > 20
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from enum import StrEnum", ["enum.StrEnum"]),
        ("import tomllib", ["tomllib"]),
        ("import datetime\nnow(datetime.UTC)", ["datetime.UTC"]),
        ("import datetime as d\nnow(d.UTC)", ["d.UTC"]),
        ("raise ExceptionGroup('', [])", ["ExceptionGroup"]),
        ("error.add_note('')", ["error.add_note"]),
        ("import sys\nif sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli", []),
    ],
)
def test_what_is_too_new_is_seen(code, names):
    assert too_new(ast.parse(code)) == names


def test_grammar_that_is_too_new_is_seen():
    with pytest.raises(SyntaxError):
        ast.parse("try:\n    pass\nexcept* ValueError:\n    pass", feature_version=(3, 10))
