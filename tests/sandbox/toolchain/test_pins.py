"""One version of Pulumi everywhere: the SDK, the CLI's release, and the module it is built from."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from sandbox import toolchain
from sandbox.toolchain.tools import PULUMI, VEGETA

pytestmark = pytest.mark.unit

MODULE = Path(toolchain.__file__).parent


def test_the_cli_has_the_sdks_version() -> None:
    assert importlib.metadata.version("pulumi") == PULUMI.version


def test_the_go_module_pins_the_same_version() -> None:
    required = (MODULE / "go.mod").read_text()
    for module in ("pkg", "sdk"):
        assert f"github.com/pulumi/pulumi/{module}/v3 v{PULUMI.version} " in required
    assert f"tool {PULUMI.build.package}\n" in required


def test_what_is_built_says_its_version() -> None:
    assert any(argument.endswith(f"version.Version=v{PULUMI.version}") for argument in PULUMI.build.arguments)


def test_the_load_generators_module_pins_its_version() -> None:
    required = (MODULE / "vegeta.mod").read_text()
    assert f"github.com/tsenart/vegeta/v12 v{VEGETA.version} " in required
    assert f"tool {VEGETA.build.package}\n" in required
