"""The way into a cluster that a kubeconfig describes."""

from __future__ import annotations

import base64
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class KubeconfigError(ValueError):
    """A kubeconfig that leads nowhere, or somewhere else than to the sandbox's cluster."""


@dataclass(frozen=True, kw_only=True)
class Administrator:
    """The sandbox's own certificate of a cluster administrator, which stands in for `aws eks get-token`.

    server: the only API server that it is for.
    """

    server: str
    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class Access:
    """An API server and who one is there.

    tls: trusts the server's authority and carries the client's certificate. token: a bearer token, or empty.
    namespace: where objects go that name none.
    """

    server: str
    tls: ssl.SSLContext
    token: str
    namespace: str


def parsed(text: str) -> dict[str, Any]:
    """A kubeconfig from its text, JSON or YAML, or from the path of one.

    Raises KubeconfigError.
    """
    if "\n" not in text and not text.lstrip().startswith("{"):
        path = Path(text).expanduser()
        if not path.is_file():
            raise KubeconfigError(f"{text!r} is neither a kubeconfig nor a file that holds one")
        text = path.read_text()
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise KubeconfigError(f"is neither JSON nor YAML: {error}") from None
    if not isinstance(document, dict):
        raise KubeconfigError("is not a mapping with clusters, users and contexts")
    return document


def active_cluster(config: dict[str, Any], context: str = "", cluster: str = "") -> dict[str, Any]:
    """The cluster that the kubeconfig leads to. Raises KubeconfigError."""
    return _entry(config, "clusters", "cluster", cluster or str(_context(config, context).get("cluster", "")))


def access(config: dict[str, Any], administrator: Administrator, context: str = "", cluster: str = "") -> Access:
    """The way in. Raises KubeconfigError, OSError where a file that it names is missing."""
    chosen = _context(config, context)
    target = active_cluster(config, context, cluster)
    server = str(target.get("server", "")).rstrip("/")
    if server != administrator.server:
        raise KubeconfigError(f"leads to {server or 'no server'}; the sandbox's cluster is {administrator.server}")
    authority = _material(target, "certificate-authority")
    if authority is None:
        raise KubeconfigError("has no certificate authority for the cluster, so the server can't be verified")
    tls = ssl.create_default_context(cadata=authority.decode())
    user = _entry(config, "users", "user", str(chosen.get("user", "")))
    _present_certificate(tls, user, administrator)
    return Access(
        server=server, tls=tls, token=str(user.get("token", "")), namespace=str(chosen.get("namespace", "default"))
    )


def _present_certificate(tls: ssl.SSLContext, user: dict[str, Any], administrator: Administrator) -> None:
    if "exec" in user:
        _require_eks_token(user["exec"])
        tls.load_cert_chain(administrator.certificate, administrator.key)
        return
    certificate, key = _material(user, "client-certificate"), _material(user, "client-key")
    if certificate and key:
        with tempfile.NamedTemporaryFile() as file:  # the ssl module reads certificates from files alone
            file.write(certificate + b"\n" + key)
            file.flush()
            tls.load_cert_chain(file.name)


def _require_eks_token(plugin: dict[str, Any]) -> None:
    command = [str(plugin.get("command", "")), *map(str, plugin.get("args") or ())]
    if command[0].rpartition("/")[2] != "aws" or "eks" not in command or "get-token" not in command:
        raise KubeconfigError(f"logs in by {' '.join(command)!r}; the sandbox stands in for `aws eks get-token` alone")


def _context(config: dict[str, Any], name: str) -> dict[str, Any]:
    return _entry(config, "contexts", "context", name or str(config.get("current-context", "")))


def _entry(config: dict[str, Any], section: str, item: str, name: str) -> dict[str, Any]:
    entries = {entry.get("name"): entry.get(item) or {} for entry in config.get(section) or ()}
    if name not in entries:
        raise KubeconfigError(f"has no {item} {name!r}; it has: {', '.join(map(str, entries)) or 'none'}")
    found: dict[str, Any] = entries[name]
    return found


def _material(section: dict[str, Any], name: str) -> bytes | None:
    """A certificate or key, which stands in the kubeconfig itself or in a file that it names."""
    if f"{name}-data" in section:
        return base64.b64decode(section[f"{name}-data"])
    return Path(section[name]).read_bytes() if name in section else None
