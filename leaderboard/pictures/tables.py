"""Tables as files: CSV, JSON and LaTeX from the same rows."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Rows = Sequence[Mapping[str, Any]]
# Cells that a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SPECIAL: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def as_csv(rows: Rows) -> str:
    """Write rows with a head; text that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_harmless(value) for value in row.values()] for row in rows)
    return out.getvalue()


def as_json(rows: Rows) -> str:
    """Write rows as a list of objects."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"


def as_latex(rows: Rows) -> str:
    """Write rows as a tabular that needs booktabs; numbers stand right."""
    if not rows:
        return "% no rows\n"
    form = "".join("l" if isinstance(value, str) else "r" for value in rows[0].values())
    lines = [rf"\begin{{tabular}}{{{form}}}", r"\toprule", _latex_row(rows[0].keys()), r"\midrule"]
    lines += [_latex_row(row.values()) for row in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _latex_row(values: Any) -> str:
    return " & ".join(_latex(value) for value in values) + r" \\"


def _latex(value: Any) -> str:
    if value is None:
        return "--"
    text = f"{value:.1f}" if isinstance(value, float) and abs(value) >= 1 else str(value)
    return text.translate(_SPECIAL)


FORMS: Final[Mapping[str, tuple[str, Callable[[Rows], str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
    "tex": ("application/x-tex; charset=utf-8", as_latex),
}
