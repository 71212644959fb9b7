"""The provider's own settings: what `aws:…` configuration and `pulumi_aws.Provider` may say."""

from __future__ import annotations

from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.connections import structured
from sandbox.provider.checking import Failure, unknown_settings
from sandbox.provider.values import UNKNOWN, Properties


def failures(settings: Properties, cloud: Cloud) -> list[Failure]:
    """What is wrong with the settings: an unknown one, or an account that isn't the one allowed."""
    found = unknown_settings("aws", settings)
    allowed = structured(settings.get("allowedAccountIds", []))
    if allowed and allowed is not UNKNOWN and cloud.account not in allowed:
        found.append(Failure("allowedAccountIds", f"does not have this account, {cloud.account}"))
    return found


def replacing(old: Properties, new: Properties) -> list[str]:
    """The changed settings that name another cloud, so that every resource would be another one."""
    return [name for name in ("region",) if old.get(name) != new.get(name) and old.get(name) is not None]
