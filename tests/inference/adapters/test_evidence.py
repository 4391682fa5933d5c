"""What is stored beside an answer."""

import hashlib
import platform

from inference.adapters import evidence


def test_evidence_names_all_that_shaped_an_answer_and_nothing_unknown():
    found = evidence.parameters(
        seed=7, libraries=["numpy", "no-such-library"], instructions="Speak.", temperature=0.2, top_k=None
    )

    assert found == {
        "seed": 7,
        "libraries": {"python": platform.python_version(), "numpy": found["libraries"]["numpy"]},
        "instructions_sha256": hashlib.sha256(b"Speak.").hexdigest(),
        "generation": {"temperature": 0.2},
    }
