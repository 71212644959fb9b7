"""What can't work is said before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.exit_codes import OperationError
from operations.preflight import check_disk

pytestmark = pytest.mark.unit


def test_too_little_disk_is_said_with_both_figures(tmp_path: Path) -> None:
    check_disk(tmp_path / "not made yet", 1)
    with pytest.raises(OperationError, match=r"needs 1000000000 MB of disk, and \d+ MB are free"):
        check_disk(tmp_path / "not made yet", 1_000_000_000)
