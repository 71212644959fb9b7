"""Ways into the cluster, as clients of Kubernetes read them."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

_NAME = "prakerja-sandbox"


def write(file: Path, directory: Path, user: str, server: str) -> None:
    """Write a kubeconfig that holds the certificates of `user` (a file's name in the cluster's directory) itself.

    It is JSON, of which YAML is a superset; mode 0600; replaced at one instant.
    """
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": _NAME,
                "cluster": {"server": server, "certificate-authority-data": _encoded(directory / "ca.pem")},
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _encoded(directory / f"{user}.pem"),
                    "client-key-data": _encoded(directory / f"{user}.key"),
                },
            }
        ],
        "contexts": [{"name": _NAME, "context": {"cluster": _NAME, "user": user}}],
        "current-context": _NAME,
    }
    temporary = file.with_name(f"{file.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        json.dump(document, output, indent=1)
    temporary.replace(file)


def _encoded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
