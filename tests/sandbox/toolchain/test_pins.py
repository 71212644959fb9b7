"""One version of each tool everywhere: its release, the module it is built from, and for Pulumi the SDK."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

from sandbox import toolchain
from sandbox.toolchain.tools import ETCD, KUBERNETES, PULUMI, VEGETA

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


def test_the_kubernetes_module_pins_each_of_its_parts() -> None:
    required = (MODULE / "kubernetes" / "go.mod").read_text()
    version = KUBERNETES[-1].version
    assert f"k8s.io/kubernetes v{version}\n" in required
    assert f"go.etcd.io/etcd/server/v3 v{ETCD.version}\n" in required
    parts = re.findall(r"^\t(k8s\.io/\S+) => (\S+) (\S+)$", required, re.MULTILINE)
    assert len(parts) == 33
    assert all(part == replacement and pin == f"v0{version[1:]}" for part, replacement, pin in parts)


def test_the_one_executable_can_be_each_of_kubernetes_programs() -> None:
    known = re.findall(r'case "(\S+)":', (MODULE / "kubernetes" / "main.go").read_text())
    assert sorted(known) == sorted(tool.name for tool in KUBERNETES)
