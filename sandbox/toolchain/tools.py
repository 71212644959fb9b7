"""The tools that the sandbox needs and that are not Python packages, one declaration each."""

from __future__ import annotations

import platform
from dataclasses import dataclass

# The names release archives give to the machines that the sandbox runs on.
_PULUMI_ARCHITECTURE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


@dataclass(frozen=True, kw_only=True)
class Release:
    """An official release: where its archive and its published SHA-256 sums lie, and what is wanted of the archive.

    checksums: lines of a sum and a file's name, or the archive's sum alone.
    member: the executable in the archive, None where what is published is the executable itself.
    """

    directory: str
    archive: str
    checksums: str
    member: str | None


@dataclass(frozen=True, kw_only=True)
class GoBuild:
    """How to build a tool from a Go module that pins it.

    module: the folder of the module, from this one; its `go.mod` counts, unless an argument names another.
    multicall: where the tool is one of several in one executable, told by its name what to be: what that executable is
        kept as, under the cache's tools.
    minutes: on two free cores with an empty Go build cache, measured.
    megabytes: disk that the build needs, Go's module and build caches included, measured.
    """

    package: str
    arguments: tuple[str, ...]
    module: str = "."
    multicall: str | None = None
    minutes: float
    megabytes: int


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool: its name is that of its executable.

    same: how many leading numbers of the version another must share, not being older, to do as well.
    version_command: arguments that make it print its version.
    megabytes: disk that the kept executable and its download take.
    """

    name: str
    version: str
    same: int = 1
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
        archive=f"pulumi-v{_PULUMI}-linux-{_PULUMI_ARCHITECTURE}.tar.gz",
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
        archive=f"vegeta_{_VEGETA}_linux_{_ARCHITECTURE}.tar.gz",
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

_ACTIONLINT = "1.7.12"

ACTIONLINT = Tool(
    name="actionlint",
    version=_ACTIONLINT,
    version_command=("-version",),
    release=Release(
        directory=f"https://github.com/rhysd/actionlint/releases/download/v{_ACTIONLINT}",
        archive=f"actionlint_{_ACTIONLINT}_linux_{_ARCHITECTURE}.tar.gz",
        checksums=f"actionlint_{_ACTIONLINT}_checksums.txt",
        member="actionlint",
    ),
    build=GoBuild(
        package="github.com/rhysd/actionlint/cmd/actionlint",
        arguments=(
            "-modfile=actionlint.mod",
            f"-ldflags=-s -w -X github.com/rhysd/actionlint.version={_ACTIONLINT}",
        ),
        minutes=0.5,
        megabytes=100,
    ),
    megabytes=6,
)
"""Checks CI's workflows: only a test needs it."""

_KUBERNETES = "1.37.2"
_ETCD = "3.7.3"

# What the programs and kubectl say is their version; without it `kubectl version` fails.
_KUBERNETES_VERSIONS = " ".join(
    f"-X k8s.io/{package}.gitVersion=v{_KUBERNETES}" for package in ("component-base/version", "client-go/pkg/version")
)

# Without inlining and debugging information the build takes half of the time (8.6 CPU-minutes).
_KUBERNETES_BUILD = GoBuild(
    package=".",
    arguments=("-gcflags=all=-l -dwarf=false", f"-ldflags=-s -w {_KUBERNETES_VERSIONS}"),
    module="kubernetes",
    multicall=f"kubernetes/{_KUBERNETES}-etcd-{_ETCD}/kubernetes",
    minutes=5,
    megabytes=4200,
)


def _kubernetes_program(name: str, version_command: tuple[str, ...], megabytes: int) -> Tool:
    return Tool(
        name=name,
        version=_KUBERNETES,
        same=2,  # of programs that speak to each other, whose versions may differ by little
        version_command=version_command,
        release=Release(
            directory=f"https://dl.k8s.io/release/v{_KUBERNETES}/bin/linux/{_ARCHITECTURE}",
            archive=name,
            checksums=f"{name}.sha256",
            member=None,
        ),
        build=_KUBERNETES_BUILD,
        megabytes=megabytes,
    )


ETCD = Tool(
    name="etcd",
    version=_ETCD,
    version_command=("--version",),
    release=Release(
        directory=f"https://github.com/etcd-io/etcd/releases/download/v{_ETCD}",
        archive=f"etcd-v{_ETCD}-linux-{_ARCHITECTURE}.tar.gz",
        checksums="SHA256SUMS",
        member=f"etcd-v{_ETCD}-linux-{_ARCHITECTURE}/etcd",
    ),
    build=_KUBERNETES_BUILD,
    megabytes=60,
)
KUBE_APISERVER = _kubernetes_program("kube-apiserver", ("--version",), 100)
KUBE_CONTROLLER_MANAGER = _kubernetes_program("kube-controller-manager", ("--version",), 90)
KUBE_SCHEDULER = _kubernetes_program("kube-scheduler", ("--version",), 80)
KUBECTL = _kubernetes_program("kubectl", ("version", "--client"), 70)

KUBERNETES = (ETCD, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBE_SCHEDULER, KUBECTL)
"""A control plane and the command for it: needed only where something is placed in containers."""

TOOLS = (PULUMI, VEGETA, *KUBERNETES)
