"""What the rig of these tests promises itself."""

import tempfile
from pathlib import Path

from tests.faults.conftest import Rig


def test_no_broker_is_left_behind_where_a_process_has_ended_by_itself(committed_db):
    with tempfile.TemporaryDirectory(prefix="s2s-arena-faults-") as folder:
        rig = Rig(Path(folder))
        sweeper = rig.start_sweeper()
        sweeper.kill()
        sweeper.wait()

        rig.close()

        assert not rig.redis.running
