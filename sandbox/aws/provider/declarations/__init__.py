"""The declarations, one module a service."""

from __future__ import annotations

from sandbox.aws.provider.declarations import (
    acm,
    autoscaling,
    ec2_instances,
    ec2_network,
    ec2_routing,
    ec2_security,
    ec2_templates,
    elbv2,
    elbv2_listeners,
    iam,
    kms,
    rds,
    route53,
    s3,
    secretsmanager,
    ssm,
)

ALL = (
    *acm.ALL,
    *autoscaling.ALL,
    *ec2_instances.ALL,
    *ec2_network.ALL,
    *ec2_routing.ALL,
    *ec2_security.ALL,
    *ec2_templates.ALL,
    *elbv2.ALL,
    *elbv2_listeners.ALL,
    *iam.ALL,
    *kms.ALL,
    *rds.ALL,
    *route53.ALL,
    *s3.ALL,
    *secretsmanager.ALL,
    *ssm.ALL,
)
