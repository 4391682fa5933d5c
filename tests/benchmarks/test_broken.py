"""U3 in short: broken sounds over HTTP, from four uploaders at once, in an order of chance."""

from benchmarks import broken
from inference.models import Upload

FILES = 160


def test_every_broken_file_is_taken_or_refused_with_a_code(served):
    found = broken.send(served, broken.uploaders(), files=FILES, run=3)

    assert found["wrong"] == []
    # The same file of one uploader is sent once.
    assert FILES * 0.9 < found["files"] <= FILES
    assert len(found["outcomes"]) > 5
    states = Upload.objects.values_list("state", "check_code")
    assert {state for state, _ in states} <= {"complete", "refused"}
    assert Upload.objects.filter(state="complete").count() == found["outcomes"]["complete"]
