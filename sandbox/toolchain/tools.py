"""The tools that the sandbox needs and that are not Python packages, one declaration each."""

from __future__ import annotations

import platform
from dataclasses import dataclass

# The names release archives give to the machines that the sandbox runs on.
_RELEASE_ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}
_GO_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Release:
    """An official release: where its archive and its published SHA-256 sums lie, and what is wanted of the archive."""

    directory: str
    archive: str
    checksums: str
    member: str


@dataclass(frozen=True, kw_only=True)
class GoBuild:
    """How to build a tool from its Go module, pinned by a `.mod` and a `.sum` file beside this one: `go.mod`, unless
    an argument names another.

    minutes: on two free cores with an empty Go build cache, measured.
    megabytes: disk that the build needs, Go's module and build caches included, measured.
    """

    package: str
    arguments: tuple[str, ...]
    minutes: float
    megabytes: int


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool: its name is that of its executable; any version of the same major, not older, will do.

    version_command: arguments that make it print its version.
    megabytes: disk that the kept executable and its download take.
    """

    name: str
    version: str
    version_command: tuple[str, ...]
    release: Release
    build: GoBuild
    megabytes: int

    @property
    def variable(self) -> str:
        """The environment variable that names an executable to use instead."""
        return f"PRAKERJA_{self.name.upper().replace('-', '_')}"


_PULUMI = "3.259.0"  # the Python SDK's version in uv.lock; a test holds them together

PULUMI = Tool(
    name="pulumi",
    version=_PULUMI,
    version_command=("version",),
    release=Release(
        directory=f"https://github.com/pulumi/pulumi/releases/download/v{_PULUMI}",
        archive=f"pulumi-v{_PULUMI}-linux-{_RELEASE_ARCHITECTURES.get(platform.machine(), platform.machine())}.tar.gz",
        checksums=f"pulumi-{_PULUMI}-checksums.txt",
        member="pulumi/pulumi",
    ),
    build=GoBuild(
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        # Without inlining the build takes two thirds of the time.
        arguments=(
            "-gcflags=all=-l",
            f"-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{_PULUMI}",
        ),
        minutes=4,
        megabytes=3000,
    ),
    megabytes=350,
)

_VEGETA = "12.13.0"

VEGETA = Tool(
    name="vegeta",
    version=_VEGETA,
    version_command=("-version",),
    release=Release(
        directory=f"https://github.com/tsenart/vegeta/releases/download/v{_VEGETA}",
        archive=f"vegeta_{_VEGETA}_linux_{_GO_ARCHITECTURES.get(platform.machine(), platform.machine())}.tar.gz",
        checksums=f"vegeta_{_VEGETA}_checksums.txt",
        member="vegeta",
    ),
    build=GoBuild(
        package="github.com/tsenart/vegeta/v12",
        arguments=("-modfile=vegeta.mod", f"-ldflags=-s -w -X main.Version={_VEGETA}"),
        minutes=0.5,
        megabytes=300,
    ),
    megabytes=20,
)
"""The load generator: only benches and end-to-end tests need it."""

TOOLS = (PULUMI, VEGETA)
