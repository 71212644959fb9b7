"""The four steps by which Secrets Manager replaces a secret, for partners' credentials and webhook secrets.

Secrets Manager calls the function once for each step, and again, with the same token, for one that failed or was cut
short: each step looks at what is there already. The new version is AWSPENDING until the last step makes it AWSCURRENT,
and what was current AWSPREVIOUS.

- A credential: the partner itself makes the new one, so asking for it and keeping it is one step. It becomes the
  current one only once the partner has given a token for it.
- A webhook secret: made here. The partner is told by people, in its own portal; until then it signs with the previous
  one, which those who verify accept too.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import boto3

from app.credential_rotation.registration import Credential, Patience, get_token, renew

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# Which secrets may be rotated, and how each: a JSON object, by ARN.
ROTATIONS = "PRAKERJA_ROTATIONS"
CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
WEBHOOK_KEY_BYTES = 32

_log = logging.getLogger(__name__)


class RotationError(Exception):
    """The step can't be taken; Secrets Manager tries it again later."""


@dataclass(frozen=True, kw_only=True)
class Rotated:
    """How a secret is rotated.

    kind: what it is.
    patience: with its partner.
    """

    kind: Literal["credential", "webhook"]
    patience: Patience


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """One rotation of one secret.

    token: names the rotation, and the version that it makes.
    """

    client: SecretsManagerClient
    arn: str
    token: str
    rotated: Rotated

    def create(self) -> None:
        """Have a new value, and keep it as the pending one."""
        if self._value(self.token) is not None:
            return
        self.client.put_secret_value(
            SecretId=self.arn,
            ClientRequestToken=self.token,
            SecretString=self._new_value(),
            VersionStages=[PENDING],
        )

    def set(self) -> None:
        """Nothing is left to tell: a credential comes from the partner, and of a webhook secret people tell it."""
        self._pending_value()

    def test(self) -> None:
        """Make sure that the pending value can be used.

        Where rotation is only being switched on, there is no new value, and that in use is tried, if there is one yet.
        """
        value = self._value(self.token) or self._current_value()
        if value is None:
            _log.info("%s: no value has been put yet", self.arn)
        elif self.rotated.kind == "credential":
            get_token(Credential.from_json(value), self.rotated.patience)
        elif len(bytes.fromhex(value)) != WEBHOOK_KEY_BYTES:
            raise RotationError(f"the webhook secret is not of {WEBHOOK_KEY_BYTES} bytes")

    def finish(self) -> None:
        """Make the pending value the current one."""
        self._pending_value()
        current = self._current_version()
        if current == self.token:
            return
        moved = {"RemoveFromVersionId": current} if current else {}
        self.client.update_secret_version_stage(
            SecretId=self.arn, VersionStage=CURRENT, MoveToVersionId=self.token, **moved
        )
        _log.info("%s: version %s is the current one", self.arn, self.token)

    def _new_value(self) -> str:
        if self.rotated.kind == "webhook":
            return secrets.token_hex(WEBHOOK_KEY_BYTES)
        current = self._current_value()
        if current is None:
            raise RotationError("there is no credential to replace; needed: the first one, as the partner gave it")
        return renew(Credential.from_json(current), self.rotated.patience).to_json()

    def _pending_value(self) -> str:
        value = self._value(self.token)
        if value is None:
            raise RotationError(f"version {self.token} has no value")
        return value

    def _current_value(self) -> str | None:
        current = self._current_version()
        return self._value(current) if current else None

    def _current_version(self) -> str | None:
        stages = self.client.describe_secret(SecretId=self.arn).get("VersionIdsToStages", {})
        return next((version for version, names in stages.items() if CURRENT in names), None)

    def _value(self, version: str) -> str | None:
        try:
            return self.client.get_secret_value(SecretId=self.arn, VersionId=version)["SecretString"]
        except self.client.exceptions.ResourceNotFoundException:
            return None


STEPS: Mapping[str, Callable[[Rotation], None]] = {
    "createSecret": Rotation.create,
    "setSecret": Rotation.set,
    "testSecret": Rotation.test,
    "finishSecret": Rotation.finish,
}


def rotate(event: Mapping[str, Any], _context: object) -> None:
    """Take one step. Raises what keeps it from being taken, which Lambda writes down and Secrets Manager tries again.

    event: `SecretId` (an ARN), `ClientRequestToken` and `Step`, as Secrets Manager sends them.
    """
    logging.getLogger().setLevel(logging.INFO)
    arn, step = event["SecretId"], event["Step"]
    if step not in STEPS:
        raise RotationError(f"step '{step}'; allowed: {', '.join(STEPS)}")
    rotated = _rotated(os.environ.get(ROTATIONS, "{}"))
    if arn not in rotated:
        raise RotationError(f"{arn} is not one of the secrets that are rotated here")
    _log.info("%s: %s of version %s", arn, step, event["ClientRequestToken"])
    STEPS[step](
        Rotation(
            client=boto3.client("secretsmanager"), arn=arn, token=event["ClientRequestToken"], rotated=rotated[arn]
        )
    )


def _rotated(text: str) -> dict[str, Rotated]:
    return {
        arn: Rotated(
            kind=how["kind"],
            patience=Patience(connect_seconds=how["connect_seconds"], answer_seconds=how["answer_seconds"]),
        )
        for arn, how in json.loads(text).items()
    }
