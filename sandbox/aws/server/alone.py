"""A cloud without a data plane: what the data plane would report is taken for done, though nothing runs.

For previews, which need what a program makes to be there and not to serve: databases and caches are available, what was
to run on machines has succeeded, targets are healthy, addresses of terminated machines are free. Clusters are left to
the sandbox's Kubernetes, which has an API server for previews too. Such a cloud is thrown away with its process.
"""

from __future__ import annotations

from moto.ec2.models import ec2_backends
from moto.elasticache.models import elasticache_backends
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends
from moto.ssm.models import ssm_backends

from sandbox.aws.server.cloud import ACCOUNT, REGION
from sandbox.aws.server.corrections import addresses, associations, caches, target_groups

_HEALTHY = target_groups.Report("healthy")


def take_for_done() -> bool:
    """Report all that is waited for. Call it with the cloud's lock held. Whether anything changed."""
    done = [*_databases(), *_caches(), *_associations(), *_terminated_instances()]
    _targets()  # health isn't part of the snapshot and isn't kept
    return bool(done)


def _databases() -> list[str]:
    waiting = [found for found in rds_backends[ACCOUNT][REGION].databases.values() if found.status == "creating"]
    for database in waiting:
        database.status = "available"
    return [database.db_instance_identifier for database in waiting]


def _caches() -> list[str]:
    backend = elasticache_backends[ACCOUNT][REGION]
    waiting = [name for name, group in backend.replication_groups.items() if group.status == "creating"]
    return [name for name in waiting if caches.report(backend, name, "available")]


def _associations() -> list[str]:
    backend = ssm_backends[ACCOUNT][REGION]
    waiting = [name for name, found in associations.associations_of(backend).items() if found.last.status == "Pending"]
    return [name for name in waiting if associations.report(backend, name, "Success", "nothing runs in this cloud")]


def _terminated_instances() -> list[str]:
    backend = ec2_backends[ACCOUNT][REGION]
    ended = [found for found in backend.all_instances() if found.state == "terminated"]
    return [found.id for found in ended if not addresses.is_released(found) and addresses.release(backend, found.id)]


def _targets() -> None:
    for group in elbv2_backends[ACCOUNT][REGION].target_groups.values():
        for target in group.targets.values():
            target_groups.report(group.arn, f"{target['Id']}:{target['Port']}", _HEALTHY)
