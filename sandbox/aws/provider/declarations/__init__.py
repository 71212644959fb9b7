"""The declarations, one module a service."""

from __future__ import annotations

from sandbox.aws.provider.declarations import ec2_network, ec2_routing, ec2_security

ALL = (*ec2_network.ALL, *ec2_routing.ALL, *ec2_security.ALL)
