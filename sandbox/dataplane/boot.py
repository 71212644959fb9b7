"""The environment of a service's process, on a machine and in a pod alike."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.dataplane.addresses import loopback_twin
from sandbox.dataplane.cloud import REGION
from sandbox.dataplane.credentials import Credentials
from sandbox.state import LOOPBACK, SandboxState


def service_environment(
    variables: Mapping[str, str],
    *,
    state: SandboxState,
    credentials: Credentials | None,
    address: str,
    served_by: str,
    release: str,
) -> dict[str, str]:
    """What a service is started with: its own variables, and what only the place where it runs can tell.

    variables: as the program wrote them for AWS. What they say of certificates and of the site's address is replaced.
    credentials: None for a pod without a pod identity association, which has no access to AWS.
    address: the private `10.x.y.z` of the machine or pod. served_by: the header X-Served-By that its answers carry.
    release: the header X-Release.
    """
    ports = state.ports()
    authority = str(state.secrets / "ca.pem")
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "AWS_REGION": REGION,
        **variables,
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{ports.aws}",
        "SENDGRID_ENDPOINT_URL": f"http://{LOOPBACK}:{ports.aws}/sendgrid",
        "PARTNER_ENDPOINT_URL": f"http://{LOOPBACK}:{ports.aws}/partners",
        **_access_key(credentials),
        "PRAKERJA_LISTEN_HOST": loopback_twin(address),
        "PRAKERJA_SERVED_BY": served_by,
        "PRAKERJA_RELEASE": release,
        "PRAKERJA_DATABASE_CA_BUNDLE": authority,
        "PRAKERJA_CACHE_CA_BUNDLE": authority,
        "PRAKERJA_SITE_URL": f"http://{LOOPBACK}:{ports.site}",
    }


def _access_key(credentials: Credentials | None) -> dict[str, str]:
    if credentials is None:
        return {}
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
    }
