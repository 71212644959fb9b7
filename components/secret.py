"""A secret that the program makes room for and never sees: its value is put by whoever first needs it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component, DataClass

# secretsmanager DeleteSecret, RecoveryWindowInDays: 7 to 30; 0 is the provider's way of asking for none.
RECOVERY_WINDOW_DAYS = 30
NO_RECOVERY_WINDOW = 0


def secret_without_value(
    component: Component, name: str, *, description: str, key_arn: pulumi.Input[str], deletion_protection: bool
) -> aws.secretsmanager.Secret:
    """A stateful child of `component` that somebody else gives its value.

    description: what the value is for. key_arn: KMS key that encrypts it.
    deletion_protection: keep it; when it is deleted by hand all the same, for 30 days more.
    """
    return aws.secretsmanager.Secret(
        name,
        description=description,
        kms_key_id=key_arn,
        # A deleted secret's name stays taken for the window; without one, destroy and up can follow each other.
        recovery_window_in_days=RECOVERY_WINDOW_DAYS if deletion_protection else NO_RECOVERY_WINDOW,
        opts=component.stateful_child(name, protect=deletion_protection),
    )


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """description: what the value is for.
    data_class: the data that it opens.
    key_arn: KMS key that encrypts it.
    deletion_protection: keep it; when it is deleted by hand all the same, for 30 days more.
    """

    description: str
    data_class: DataClass
    key_arn: pulumi.Input[str]
    deletion_protection: bool


class Secret(Component):
    """A secret without a value, so that none passes through Pulumi's state."""

    layer = "foundation"

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class=args.data_class), opts)
        self.secret = secret_without_value(
            self,
            name,
            description=args.description,
            key_arn=args.key_arn,
            deletion_protection=args.deletion_protection,
        )
        self.arn = self.secret.arn
        self.register_outputs({"arn": self.arn})
