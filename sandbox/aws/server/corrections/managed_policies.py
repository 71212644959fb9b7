"""AWS's own IAM policies: there when somebody attaches or reads one.

moto 5.2.5: it either has none of them or (`MOTO_IAM_LOAD_MANAGED_POLICIES`) all of the more than thousand from its
start, which cost 4 MB in each write of the cloud's state.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy

from sandbox.aws.server.corrections.patching import replace

_upstream_attach_role_policy = IAMBackend.attach_role_policy
_upstream_get_policy = IAMBackend.get_policy


def apply() -> None:
    replace(IAMBackend, attach_role_policy=_attach_role_policy, get_policy=_get_policy)


def _attach_role_policy(backend: IAMBackend, policy_arn: str, role_name: str) -> None:
    _make_known(backend, policy_arn)
    _upstream_attach_role_policy(backend, policy_arn, role_name)


def _get_policy(backend: IAMBackend, policy_arn: str) -> ManagedPolicy:
    _make_known(backend, policy_arn)
    return _upstream_get_policy(backend, policy_arn)


def _make_known(backend: IAMBackend, policy_arn: str) -> None:
    if policy_arn in backend.managed_policies:
        return
    name = policy_arn.rpartition("/")[2]
    if name in _published():
        policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _published()[name])
        if policy.arn == policy_arn:
            backend.managed_policies[policy_arn] = policy
            backend.aws_managed_policies.append(policy)


@cache
def _published() -> dict[str, Any]:
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies
