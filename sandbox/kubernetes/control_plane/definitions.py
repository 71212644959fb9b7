"""The kinds of object that EKS Auto Mode adds to a cluster, one YAML file each in the folder of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sandbox.kubernetes.control_plane.client import ApiServer

_DIRECTORY = Path(__file__).with_suffix("")


def read() -> list[dict[str, Any]]:
    """The CustomResourceDefinitions."""
    return [yaml.safe_load(file.read_text()) for file in sorted(_DIRECTORY.glob("*.yaml"))]


def install(api: ApiServer) -> None:
    """Apply them all. Raises ApiError. The API server begins to serve them a moment later."""
    for definition in read():
        name = definition["metadata"]["name"]
        api.apply(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}", definition)


def paths() -> list[str]:
    """Where the API server lists the objects of each, once it serves them."""
    specs = [definition["spec"] for definition in read()]
    return [f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}" for spec in specs]
