"""Where moto differs from AWS in what the platform needs: one module a gap, each naming the upstream fact.

Importing a module changes nothing; `apply` in each puts its correction in moto's place. A test in
`tests/sandbox/aws/server/test_upstream.py` shows for each that moto by itself still is wrong, and fails once it isn't.
"""

from __future__ import annotations

from sandbox.aws.server.corrections import (
    addresses,
    associations,
    auto_scaling,
    backups,
    balancer_capacity,
    budgets,
    cache_parameter_groups,
    cache_subnet_groups,
    cache_users,
    caches,
    certificates,
    container_images,
    databases,
    deliveries,
    dependencies,
    dns_records,
    eks_access_entries,
    eks_addons,
    eks_clusters,
    event_subscriptions,
    flow_logs,
    functions,
    images,
    instance_refresh,
    launch_templates,
    log_groups,
    mail,
    mail_configuration_sets,
    mail_identities,
    managed_policies,
    nat_gateways,
    pod_identities,
    policy_conditions,
    queues,
    rotations,
    security_groups,
    serialization,
    subnet_groups,
    target_groups,
    trust_stores,
)

CORRECTIONS = (
    addresses,
    associations,
    auto_scaling,
    backups,
    balancer_capacity,
    budgets,
    cache_parameter_groups,
    cache_subnet_groups,
    cache_users,
    caches,
    certificates,
    container_images,
    databases,
    deliveries,
    dependencies,
    dns_records,
    eks_access_entries,
    eks_addons,
    eks_clusters,
    event_subscriptions,
    flow_logs,
    functions,
    images,
    instance_refresh,
    launch_templates,
    log_groups,
    mail,
    mail_configuration_sets,
    mail_identities,
    managed_policies,
    nat_gateways,
    pod_identities,
    policy_conditions,
    queues,
    rotations,
    security_groups,
    serialization,
    subnet_groups,
    target_groups,
    trust_stores,
)


def apply_all() -> None:
    """Correct moto in this process. Once, before the first request."""
    for correction in CORRECTIONS:
        correction.apply()
