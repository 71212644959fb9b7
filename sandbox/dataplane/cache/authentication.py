"""Who may log in to a cache: IAM users by a token, as on ElastiCache."""

from __future__ import annotations

from datetime import datetime

from sandbox.dataplane.cache.facts import CacheFacts, CacheLogin
from sandbox.dataplane.policies import allows
from sandbox.dataplane.proxies.tokens import RefusedError, signer


def authenticate(user: str, password: str, facts: CacheFacts, now: datetime) -> CacheLogin:
    """Check a log-in and return the user's. Raises RefusedError."""
    login = facts.users.get(user)
    if login is None:
        raise RefusedError("the user group has no such user")
    if login.no_password:
        return login
    if not login.iam:
        raise RefusedError("the user logs in by a password; the sandbox knows IAM users only")
    principal = signer(
        password,
        host=facts.replication_group,
        service="elasticache",
        user=("User", user),
        principals=facts.principals,
        now=now,
    )
    for arn in (facts.arn, login.arn):
        if not allows(facts.policies[principal.role], "elasticache:Connect", arn):
            raise RefusedError(f"the role does not allow elasticache:Connect on {arn}")
    return login
