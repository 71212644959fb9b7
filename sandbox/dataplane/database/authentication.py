"""Who may log in to a database: the master user by its password, everybody else by an IAM token, as on RDS."""

from __future__ import annotations

import hmac
from datetime import datetime

from sandbox.dataplane.cloud import REGION
from sandbox.dataplane.database.facts import ProxyFacts
from sandbox.dataplane.database.parameters import SUPERUSER
from sandbox.dataplane.policies import allows
from sandbox.dataplane.proxies.tokens import RefusedError, signer

ACCOUNT = "123456789012"


def authenticate(user: str, password: str, facts: ProxyFacts, *, encrypted: bool, now: datetime) -> None:
    """Check a log-in. Raises RefusedError."""
    if user == SUPERUSER:
        raise RefusedError("RDS lets nobody log in as its own user")
    if user == facts.master_username:
        if not hmac.compare_digest(password.encode(), facts.master_password.encode()):
            raise RefusedError("the password is not the one in Secrets Manager")
        return
    if not facts.iam_authentication:
        raise RefusedError("IAM authentication is not enabled for the database instance")
    if not encrypted:
        raise RefusedError("an IAM token is accepted over TLS only")
    principal = signer(
        password,
        host=f"{facts.address}:{facts.port}",
        service="rds-db",
        user=("DBUser", user),
        principals=facts.principals,
        now=now,
    )
    arn = f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:{facts.resource_id}/{user}"
    if not allows(facts.policies[principal.role], "rds-db:connect", arn):
        raise RefusedError(f"the role does not allow rds-db:connect on {arn}")
