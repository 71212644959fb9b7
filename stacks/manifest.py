"""The service manifest, `app/<service>/service.yaml`: what a service is and needs, wherever it runs.

One schema for both runtimes and two kinds: `http` serves requests behind the site's load balancer, `worker` takes its
work elsewhere. The folder's name is the service's name, and so its database role.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import pulumi
import yaml
from pydantic import Field, StringConstraints, ValidationError

from stacks.faults import describe_faults, unknown_name
from stacks.saas_settings import PartnerName
from stacks.settings import SERVICE_NAME_PATTERN
from stacks.strict import StrictModel

# Elastic Load Balancing, quotas for Application Load Balancers: condition values in one rule, characters in one value.
CONDITION_VALUES_OF_A_RULE = 5
PATH_PATTERN_LENGTH = 128

DataClass = Literal["public", "internal", "personal"]
SecretName = Literal["identity-key"]
# A queue of the platform; the services that send to it and take from it say so.
QueueName = Literal["identity", "mailfeedback", "notification"]
# Queues that AWS writes to, and with what; no service does.
MAIL_FEEDBACK: QueueName = "mailfeedback"
FED_BY_AWS: Mapping[QueueName, str] = {MAIL_FEEDBACK: "what SES tells of mail that came back"}
PathPattern = Annotated[
    str,
    StringConstraints(pattern=r"""^/[A-Za-z0-9_\-.$/~"'@:+&*?]*$""", max_length=PATH_PATTERN_LENGTH),
]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9/_.-]*$", max_length=PATH_PATTERN_LENGTH)]


class Routes(StrictModel):
    """Which requests of the site the service answers."""

    priority: int = Field(ge=1, le=50000, description="Place among the site's rules, 1 (first asked) to 50,000.")
    paths: Annotated[tuple[PathPattern, ...], Field(min_length=1, max_length=CONDITION_VALUES_OF_A_RULE)] = Field(
        description="1 to 5 path patterns; `*` stands for any characters, `?` for one."
    )


class Resources(StrictModel):
    """What one instance of the service needs where instances share a machine."""

    cpu_millicores: int = Field(ge=50, le=16000, description="Thousandths of a processor core, 50 to 16,000.")
    memory_mib: int = Field(ge=64, le=65536, description="Memory in MiB, 64 to 65,536.")


class DatabaseNeed(StrictModel):
    """The service keeps tables of its own in PostgreSQL."""

    pool_size: int = Field(ge=1, le=100, description="Connections that one instance holds at most, 1 to 100.")


class QueuesNeed(StrictModel):
    """The service hands on work, or takes it."""

    read: tuple[QueueName, ...] = Field(default=(), description="Queues that the service takes messages from.")
    write: tuple[QueueName, ...] = Field(default=(), description="Queues that the service sends messages to.")


class Needs(StrictModel):
    """What the service must be able to reach. Permissions follow from this, and from nothing else."""

    database: DatabaseNeed | None = Field(default=None, description="Present where the service uses PostgreSQL.")
    cache: bool = Field(default=False, description="The service reads and writes the cache.")
    mail: bool = Field(default=False, description="The service sends mail in the site's name.")
    queues: QueuesNeed = Field(default=QueuesNeed(), description="Queues that the service takes from or sends to.")
    secrets: tuple[SecretName, ...] = Field(default=(), description="Secrets that the service may read.")
    partners: tuple[PartnerName, ...] = Field(
        default=(), description="Partners that the service asks, in environments that have them."
    )


class Scaling(StrictModel):
    """When containers become more, and fewer again. Virtual machines have a fixed number."""

    cpu_percent: int = Field(
        ge=10,
        le=95,
        description="Average use of the processor time asked for, in per cent, 10 to 95: above it containers are "
        "added, up to the environment's maximum.",
    )


class HttpObjectives(StrictModel):
    """What a service that answers requests promises; alert rules and the error budget follow from it."""

    availability_percent: float = Field(
        ge=90,
        lt=100,
        description="Share of requests over 30 days that are answered without an error of ours, 90 to 100.",
    )
    latency_milliseconds: int = Field(
        ge=10, le=60_000, description="Time within which 99 of 100 requests are answered, 10 to 60,000."
    )


class WorkerObjectives(StrictModel):
    """What a service that takes its work from elsewhere promises; alert rules follow from it."""

    delay_seconds: int = Field(
        ge=1, le=86_400, description="Time that a piece of work may wait until it is taken up, 1 to 86,400."
    )


class _Manifest(StrictModel):
    schema_version: Literal[1] = Field(description="Version of this format.")
    owner: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")] = Field(
        description="Team that answers for the service; becomes the tag `owner`."
    )
    data_class: DataClass = Field(description="The most sensitive data that the service handles.")
    port: int = Field(ge=1024, le=65535, description="TCP port that the service listens on, 1,024 to 65,535.")
    health_path: UrlPath = Field(
        description="Answers 200 while the process is well. Never asks the service's dependencies: an instance that "
        "fails this is replaced, and a database's failover must not replace them all."
    )
    resources: Resources = Field(description="What one instance needs where instances share a machine.")
    scaling: Scaling = Field(description="When containers become more, and fewer again.")
    needs: Needs = Field(default=Needs(), description="What the service must be able to reach.")
    drain_seconds: int = Field(
        ge=0, le=3600, description="Seconds that a leaving instance is given to finish its work, 0 to 3,600."
    )

    @property
    def pool_size(self) -> int:
        """Database connections that one instance holds at most."""
        return self.needs.database.pool_size if self.needs.database else 0


class HttpManifest(_Manifest):
    """A service that answers requests of the site."""

    kind: Literal["http"] = Field(description="Serves requests behind the load balancer.")
    readiness_path: UrlPath = Field(description="Answers 200 while the service's dependencies can be reached too.")
    routes: Routes = Field(description="Which requests of the site the service answers.")
    objectives: HttpObjectives = Field(description="What the service promises.")


class WorkerManifest(_Manifest):
    """A service that takes its work from elsewhere."""

    kind: Literal["worker"] = Field(description="Runs without being asked by the load balancer.")
    objectives: WorkerObjectives = Field(description="What the service promises.")


Manifest = HttpManifest | WorkerManifest
KINDS: dict[str, type[HttpManifest] | type[WorkerManifest]] = {"http": HttpManifest, "worker": WorkerManifest}


class ManifestError(pulumi.RunError):
    """Manifests that can't be used. Pulumi shows the message, one line a fault, and no traceback."""


def read_manifests(directory: Path) -> dict[str, Manifest]:
    """The manifests of `directory`'s services, by name, in the order of their names.

    Raises ManifestError with all faults at once.
    """
    manifests: dict[str, Manifest] = {}
    faults: list[str] = []
    for path in sorted(directory.glob("*/service.yaml")):
        read = _read(path, place=f"{directory.name}/{path.parent.name}/{path.name}: ")
        if isinstance(read, list):
            faults += read
        else:
            manifests[path.parent.name] = read
    if not manifests and not faults:
        faults.append(f"{directory.name}/*/service.yaml: no service found")
    faults += _shared_priorities(manifests)
    faults += _one_sided_queues(manifests)
    if faults:
        raise ManifestError("\n".join(faults))
    return manifests


def _read(path: Path, *, place: str) -> Manifest | list[str]:
    """One manifest, or what is wrong with it."""
    name = path.parent.name
    if not re.fullmatch(SERVICE_NAME_PATTERN, name):
        return [f"{place}'{name}' can't name a service; allowed: 1 to 12 lower-case letters and digits, a letter first"]
    try:
        document = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        return [f"{place}not YAML: {' '.join(str(error).split())}"]
    if not isinstance(document, dict):
        return [f"{place}not a mapping"]
    kind = document.get("kind")
    if kind not in KINDS:
        return [f"{place}kind: {unknown_name(str(kind), KINDS)}"]
    try:
        return KINDS[kind].model_validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        return describe_faults(error, model=KINDS[kind], place=place)


def _shared_priorities(manifests: dict[str, Manifest]) -> list[str]:
    owners: dict[int, str] = {}
    faults = []
    for name, manifest in manifests.items():
        if not isinstance(manifest, HttpManifest):
            continue
        first = owners.setdefault(manifest.routes.priority, name)
        if first != name:
            faults.append(
                f"app/{name}/service.yaml: routes.priority: {manifest.routes.priority} is {first}'s already; "
                "allowed: a number that no other service has"
            )
    return faults


def queues_of(manifests: Mapping[str, Manifest]) -> list[QueueName]:
    """Every queue that a service needs, in the order of their names."""
    return sorted({queue for one in manifests.values() for queue in (*one.needs.queues.read, *one.needs.queues.write)})


def _one_sided_queues(manifests: dict[str, Manifest]) -> list[str]:
    """A queue that nobody reads fills up, and one that nobody writes to stays empty.

    One that AWS writes to is written to by nobody else.
    """
    read = {queue for one in manifests.values() for queue in one.needs.queues.read}
    written = {queue for one in manifests.values() for queue in one.needs.queues.write}
    faults = [
        f"app/{name}/service.yaml: needs.queues.write.{index}: '{queue}' is for {FED_BY_AWS[queue]}; "
        "allowed: a queue that services write to"
        for name, one in manifests.items()
        for index, queue in enumerate(one.needs.queues.write)
        if queue in FED_BY_AWS
    ]
    return faults + [
        f"app/{name}/service.yaml: needs.queues.{side}.{index}: no service {lacks} '{queue}'; "
        "allowed: a queue that one service at least reads and one writes"
        for name, one in manifests.items()
        for side, queues, others, lacks in (
            ("read", one.needs.queues.read, written | FED_BY_AWS.keys(), "writes to"),
            ("write", one.needs.queues.write, read | FED_BY_AWS.keys(), "reads"),
        )
        for index, queue in enumerate(queues)
        if queue not in others
    ]
