"""A checkout that has nothing but what operations read, in a temporary directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.checkout import Checkout
from sandbox.state import SandboxState

PROD = """\
# yaml-language-server: $schema=stacks/settings.schema.json
secretsprovider: awskms://alias/prakerja
encryptedkey: AQICAHg=
config:
  aws:region: ap-southeast-3
  prakerja:environment: prod
  prakerja:services:
    portal: {vms: 60}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """The settings of prod and dev, and a sandbox directory with ports."""
    (tmp_path / "Pulumi.yaml").write_text("name: prakerja\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(PROD)
    (tmp_path / "Pulumi.dev.yaml").write_text(PROD.replace("prod", "dev").replace("60", "3"))
    state = SandboxState(tmp_path / ".sandbox")
    state.create()
    state.choose_ports()
    return Checkout(repository=tmp_path, state=state)
