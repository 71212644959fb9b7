"""One partner whose API services ask: by what credential, how much of it, and by what right it gets people's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.data_processor import DataProcessor
from components.naming import logical
from components.permissions import EncryptedResource
from components.secret import secret_without_value


@dataclass(frozen=True, kw_only=True)
class PartnerApiArgs:
    """partner: its short name, as services know it (`identity`).
    url: where its API begins, by HTTPS.
    networks: that it answers from; at least one.
    owner: team that answers for what is exchanged with it.
    requests_per_second: that each process may make, so that all together keep to what the partner takes; at least 1.
    connect_seconds, answer_seconds: how long a process waits for a connection, and for an answer.
    processor: what the partner is told of people, and by what right.
    key_arn: KMS key that encrypts its secrets.
    deletion_protection: keep them; when they are deleted by hand all the same, for 30 days more.
    """

    partner: str
    url: str
    networks: Sequence[IPv4Network]
    owner: str
    requests_per_second: int
    connect_seconds: int
    answer_seconds: int
    processor: DataProcessor
    key_arn: pulumi.Input[str]
    deletion_protection: bool

    def __post_init__(self) -> None:
        if not self.url.startswith("https://"):
            raise ValueError(f"url: '{self.url}' given; allowed: an address that begins with https://")
        if not self.networks:
            raise ValueError("networks: none given; allowed: at least one")
        for name in ("requests_per_second", "connect_seconds", "answer_seconds"):
            if (given := getattr(self, name)) < 1:
                raise ValueError(f"{name}: {given} given; allowed: at least 1")


class PartnerApi(Component):
    """Two secrets without a value, so that none passes through Pulumi's state.

    credential: what the partner knows us by. An operator puts the first, as the partner gave it; rotation replaces it.
    webhook: what proves that a call to us is the partner's. Rotation makes every one, the first included.
    """

    layer = "saas"

    def __init__(self, name: str, args: PartnerApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(owner=args.owner, data_class="personal"), opts)
        self.args = args
        self.processors.append(args.processor)
        self.credential = self._secret(
            logical(name, "credential"), f"What the partner {args.partner} knows us by", args
        )
        self.webhook = self._secret(
            logical(name, "webhook"), f"Proves that a call to us is the partner {args.partner}'s", args
        )
        self.register_outputs({"credential": self.credential.arn, "webhook": self.webhook.arn})

    @property
    def credential_to_read(self) -> EncryptedResource:
        """The credential, to give permissions on."""
        return EncryptedResource(arn=self.credential.arn, key_arn=self.args.key_arn)

    @property
    def webhook_to_read(self) -> EncryptedResource:
        """The webhook secret, to give permissions on."""
        return EncryptedResource(arn=self.webhook.arn, key_arn=self.args.key_arn)

    def _secret(self, name: str, description: str, args: PartnerApiArgs) -> aws.secretsmanager.Secret:
        return secret_without_value(
            self,
            name,
            description=description,
            key_arn=args.key_arn,
            deletion_protection=args.deletion_protection,
        )
