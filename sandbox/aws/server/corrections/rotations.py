"""Secrets are given a schedule of rotation, whether they have a value or not, and no function runs.

moto 5.2.5: RotateSecret fails with an UnboundLocalError for a secret without a value, and runs the function in Docker
for one that has a value, which has a new version without a value then.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.utils import get_backend
from moto.secretsmanager.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceNotFoundException,
    SecretNotFoundException,
)
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from sandbox.aws.server.corrections.patching import replace

_DAYS = range(1, 1001)


def apply() -> None:
    replace(SecretsManagerBackend, rotate_secret=_rotate)


def _rotate(
    backend: SecretsManagerBackend,
    secret_id: str,
    client_request_token: str | None = None,  # noqa: ARG001 - names the rotation, and none begins
    rotation_lambda_arn: str | None = None,
    rotation_rules: dict[str, Any] | None = None,
    rotate_immediately: bool = True,  # noqa: ARG001 - moto's own signature
) -> str:
    secret = backend.secrets.get(secret_id)
    if not isinstance(secret, FakeSecret):
        raise SecretNotFoundException
    if secret.is_deleted():
        raise InvalidRequestException("You tried to perform the operation on a secret that's currently marked deleted.")
    arn = rotation_lambda_arn or secret.rotation_lambda_arn
    if not arn:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    try:
        get_backend(backend.account_id, backend.region_name).get_function(arn)
    except Exception as error:
        raise ResourceNotFoundException(f"Lambda function '{arn}' does not exist.") from error
    days = (rotation_rules or {}).get("AutomaticallyAfterDays", secret.auto_rotate_after_days)
    if days not in _DAYS:
        raise InvalidParameterException("RotationRules.AutomaticallyAfterDays must be within 1-1000.")
    secret.rotation_requested = True
    secret.rotation_enabled = True
    secret.rotation_lambda_arn = arn
    secret.auto_rotate_after_days = days
    return str(secret.to_short_dict())
