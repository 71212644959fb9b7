"""The declarations, one module a service."""

from __future__ import annotations

from sandbox.aws.provider.declarations import (
    acm,
    ec2_network,
    ec2_routing,
    ec2_security,
    elbv2,
    elbv2_listeners,
    iam,
    kms,
    route53,
    s3,
    secretsmanager,
)

ALL = (
    *acm.ALL,
    *ec2_network.ALL,
    *ec2_routing.ALL,
    *ec2_security.ALL,
    *elbv2.ALL,
    *elbv2_listeners.ALL,
    *iam.ALL,
    *kms.ALL,
    *route53.ALL,
    *s3.ALL,
    *secretsmanager.ALL,
)
