"""The provider's own settings: what `aws:…` configuration and `pulumi_aws.Provider` may say."""

from __future__ import annotations

import difflib

from sandbox.aws.provider.checking import Failure
from sandbox.aws.provider.cloud import Cloud
from sandbox.aws.provider.connections import structured
from sandbox.aws.provider.sdk import provider_settings
from sandbox.provider.values import UNKNOWN, Properties

# What the engine adds of its own.
_ENGINE_SETTINGS = frozenset({"version", "pluginDownloadURL", "__internal"})


def failures(settings: Properties, cloud: Cloud) -> list[Failure]:
    """What is wrong with the settings: an unknown one, or an account that isn't the one allowed."""
    known = provider_settings()
    found = []
    for name in settings.keys() - known - _ENGINE_SETTINGS:
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"; the nearest that is: {nearest[0]}" if nearest else ""
        found.append(Failure(name, f"is not a setting of the aws provider{hint}"))
    allowed = structured(settings.get("allowedAccountIds", []))
    if allowed and allowed is not UNKNOWN and cloud.account not in allowed:
        found.append(Failure("allowedAccountIds", f"does not have this account, {cloud.account}"))
    return found


def replacing(old: Properties, new: Properties) -> list[str]:
    """The changed settings that name another cloud, so that every resource would be another one."""
    return [name for name in ("region",) if old.get(name) != new.get(name) and old.get(name) is not None]
