"""Who may sign a token: what runs with a role, by the access key that it was given."""

from __future__ import annotations

import msgspec

from sandbox.dataplane.credentials import instance_credentials, pod_credentials
from sandbox.dataplane.snapshot import Snapshot


class Principal(msgspec.Struct, frozen=True):
    """A secret access key, and the ARN under which the snapshot has its role's policies."""

    secret_access_key: str
    role: str


def principals(snapshot: Snapshot, key: bytes) -> dict[str, Principal]:
    """By access key id: the running instances that have a role, and the pods of each pod identity association.

    key: the sandbox's own, from which all credentials are derived.
    """
    found = {}
    for instance in snapshot.instances:
        if instance.state == "running" and instance.instance_profile_arn in snapshot.roles:
            credentials = instance_credentials(instance.id, key)
            found[credentials.access_key_id] = Principal(credentials.secret_access_key, instance.instance_profile_arn)
    for identity in snapshot.pod_identities:
        if identity.role_arn in snapshot.roles:
            credentials = pod_credentials(identity.id, key)
            found[credentials.access_key_id] = Principal(credentials.secret_access_key, identity.role_arn)
    return found
