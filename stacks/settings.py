"""What an environment may set: one model a section of the stack file's `prakerja:` namespace.

A section is always a mapping (`prakerja:network: {...}`), never a bare value: Pulumi hands bare values to a program as
text, and their types are lost. What a section says on its own is checked here; what sections and service manifests
say about each other is checked in `checks.py`.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from stacks.saas_settings import (
    CloudflareSettings,
    DashboardSettings,
    MailService,
    PagerDutySettings,
    PartnerName,
    PartnerSettings,
    SendGridSettings,
)
from stacks.strict import StrictModel

# logs PutRetentionPolicy, retentionInDays: no other numbers are taken.
LogRetention = Literal[7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
# What the platform's machines and containers speak to; `ecr` is where nodes get images from, `eks-auth` where they get
# containers' credentials from.
EndpointService = Literal[
    "ec2messages", "ecr.api", "ecr.dkr", "eks-auth", "kms", "logs", "secretsmanager", "sqs", "ssm", "ssmmessages"
]
EmailAddress = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._+-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")]
# iam CreateRole: a name of 64 characters at most, after a path where it has one.
RoleName = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}$")]
# A load balancer takes 1,000 targets (Elastic Load Balancing, quotas for Application Load Balancers).
MAXIMUM_VMS_OF_A_SERVICE = 1000
# Horizontal scaling of a service in containers; far beyond what its part of a database's connections allows.
MAXIMUM_CONTAINERS_OF_A_SERVICE = 500
# RDS refuses a storage ceiling less than a tenth above the first allocation (RDS User Guide, storage autoscaling).
STORAGE_CEILING_RATIO = 1.1

ZoneName = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")]
ImageName = Annotated[str, StringConstraints(pattern=r"^al2023-ami-2023\.[0-9.]+-kernel-[0-9.]+-(x86_64|arm64)$")]
# Twelve characters and the environment's eight fit a target group's 32; without hyphens it is a database role too.
SERVICE_NAME_PATTERN = r"^[a-z][a-z0-9]{0,11}$"
ServiceName = Annotated[str, StringConstraints(pattern=SERVICE_NAME_PATTERN)]
SHORTEST_PREFIX = 16
SHORTEST_SERVICE_PREFIX = 12
LONGEST_SERVICE_PREFIX = 24
PRIVATE_NETWORKS = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
# Amazon VPC, subnet sizing: a VPC and a subnet have between 16 and 65,536 addresses.
VpcNetwork = Annotated[IPv4Network, AfterValidator(lambda network: _of_prefix(network, longest=28))]
# Elastic Load Balancing, subnets for your load balancer: a prefix of at most 27 bits, for 8 free addresses.
LoadBalancerNetwork = Annotated[IPv4Network, AfterValidator(lambda network: _of_prefix(network, longest=27))]

# Amazon EKS, CreateCluster, serviceIpv4Cidr: /12 to /24 within the private networks of RFC 1918.
ServiceNetwork = Annotated[IPv4Network, AfterValidator(lambda network: _of_services(network))]
# Karpenter's `instance-category`: general purpose and what has more processor or memory for the money.
NodeCategory = Literal["c", "m", "r"]


def _of_prefix(network: IPv4Network, *, longest: int) -> IPv4Network:
    if not SHORTEST_PREFIX <= network.prefixlen <= longest:
        raise ValueError(f"{network} has the wrong size; allowed: /{SHORTEST_PREFIX} to /{longest}")
    return network


def _of_services(network: IPv4Network) -> IPv4Network:
    if not SHORTEST_SERVICE_PREFIX <= network.prefixlen <= LONGEST_SERVICE_PREFIX:
        raise ValueError(
            f"{network} has the wrong size; allowed: /{SHORTEST_SERVICE_PREFIX} to /{LONGEST_SERVICE_PREFIX}"
        )
    if not any(network.subnet_of(private) for private in PRIVATE_NETWORKS):
        raise ValueError(f"{network} is not private; allowed: a part of {', '.join(map(str, PRIVATE_NETWORKS))}")
    return network


class EnvironmentSettings(StrictModel):
    """What the environment is."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,7}$")] = Field(
        description="Short name that begins the name of every resource: 1 to 8 lower-case letters and digits."
    )
    cost_centre: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,30}$")] = Field(
        description="Who pays; becomes the tag `cost-centre`. 2 to 31 lower-case letters, digits and hyphens."
    )
    deletion_protection: bool = Field(
        description="On: nothing stateful can be deleted, by Pulumi or by hand. Off: `pulumi destroy` leaves nothing."
    )


class ZoneSubnets(StrictModel):
    """The three subnets of one availability zone."""

    public: LoadBalancerNetwork = Field(
        description="Load balancer and NAT gateway; /27 or larger, as a load balancer needs."
    )
    private: VpcNetwork = Field(description="Virtual machines: no way in from the internet, NAT out.")
    data: VpcNetwork = Field(description="Databases: no way in from, or out to, the internet.")


class NetworkSettings(StrictModel):
    """The VPC and its subnets."""

    cidr: VpcNetwork = Field(description="The VPC's IPv4 network in CIDR notation, between /16 and /28.")
    nat: Literal["single", "per_zone"] = Field(
        description="One NAT gateway for all zones, or one in each, so that a zone's failure stays in the zone."
    )
    zones: dict[ZoneName, ZoneSubnets] = Field(
        min_length=2, description="Availability zones by name, at least two, each with its subnets."
    )

    interface_endpoints: tuple[EndpointService, ...] = Field(
        description="AWS services that machines reach within the VPC rather than through NAT; each costs by the hour "
        "and zone. May be empty."
    )

    @property
    def zone_names(self) -> tuple[str, ...]:
        """The zones in the order of their names."""
        return tuple(sorted(self.zones))


class LogSettings(StrictModel):
    """How long is kept what the platform writes down of itself."""

    retention_days: LogRetention = Field(
        description="Days that flow logs, the site's access logs and the logs of services, the firewall, the database "
        "and the cluster are kept; one of CloudWatch Logs' own choices."
    )
    audit_retention_days: int = Field(
        ge=90, le=3650, description="Days that the audit trail of the account is kept, 90 to 3,650."
    )
    firewall: bool = Field(description="Write down every request that the firewall saw, and what it did with it.")


class BackupSettings(StrictModel):
    """The daily copies in the backup vault, beside the database's own backups."""

    retention_days: int = Field(ge=1, le=3650, description="Days that each copy is kept, 1 to 3,650.")
    lock: bool = Field(
        description="Nobody deletes a copy sooner than that, unless the lock is lifted first (governance mode)."
    )


class AlarmSettings(StrictModel):
    """Who is told, and when it is too much."""

    emails: tuple[EmailAddress, ...] = Field(
        description="Addresses that alarms and spent budgets are told to; each confirms once, by a link in a mail."
    )
    monthly_limit_usd: int = Field(
        ge=1, le=10_000_000, description="US dollars that the account may cost in a month, from 1."
    )


class SiteSettings(StrictModel):
    """The public face."""

    domain: Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")] = Field(
        description="The site's domain name. A public DNS zone of that name is made; its parent must delegate to it."
    )
    allowed_sources: Annotated[tuple[IPv4Network, ...], Field(min_length=1)] = Field(
        description="IPv4 networks that may reach the site; `0.0.0.0/0` is everybody."
    )
    writes_per_address: int = Field(
        ge=10,
        le=2_000_000_000,
        description="POST requests that one address may make in five minutes, 10 to 2,000,000,000. Mobile networks put "
        "thousands of people behind one address.",
    )
    reserved_capacity_units: int = Field(
        default=0,
        ge=0,
        description="Capacity units (LCUs) that the load balancer has reserved, for a wave's opening; each is paid by "
        "the hour, used or not. 0 reserves none: it grows with the requests, too late for a jump.",
    )


class VmSettings(StrictModel):
    """The virtual machines that all services have in common."""

    image: ImageName = Field(
        description="Exact name of an Amazon Linux 2023 image, as `al2023-ami-2023.9.20251208.0-kernel-6.1-x86_64`."
    )
    instance_type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")] = Field(
        description="EC2 instance type of the image's architecture, such as `t3.small`."
    )
    root_volume_gib: int = Field(ge=8, le=1024, description="Size of the root volume in GiB, 8 to 1,024.")

    @property
    def architecture(self) -> Literal["x86_64", "arm64"]:
        """The image's processor architecture."""
        return "arm64" if self.image.endswith("-arm64") else "x86_64"


class DatabaseSettings(StrictModel):
    """The PostgreSQL instance."""

    engine_version: Annotated[str, StringConstraints(pattern=r"^\d{2}\.\d{1,2}$")] = Field(
        description="PostgreSQL's major and minor version, such as `18.1`. Never moved but by this setting."
    )
    instance_class: Annotated[str, StringConstraints(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = Field(
        description="RDS instance class of a family whose memory is known (t3, t4g, m*, r*), such as `db.m6g.large`."
    )
    max_connections: int = Field(
        ge=25, le=5000, description="PostgreSQL's `max_connections`, 25 to 5,000; the class's memory must bear it."
    )
    multi_az: bool = Field(description="A standby in a second zone that takes over by itself.")
    allocated_storage_gib: int = Field(ge=20, le=65536, description="First size of the gp3 storage in GiB, from 20.")
    max_allocated_storage_gib: int = Field(
        ge=22, le=65536, description="Size in GiB to which storage may grow by itself; at least 1.1 times the first."
    )
    backup_retention_days: int = Field(
        ge=1, le=35, description="Days that can be gone back to, to the second (point-in-time recovery), 1 to 35."
    )

    @model_validator(mode="after")
    def _storage_can_grow(self) -> Self:
        if self.max_allocated_storage_gib < STORAGE_CEILING_RATIO * self.allocated_storage_gib:
            raise ValueError(
                f"max_allocated_storage_gib is {self.max_allocated_storage_gib}; allowed: at least "
                f"{STORAGE_CEILING_RATIO} times allocated_storage_gib ({self.allocated_storage_gib})"
            )
        return self


class KubernetesSettings(StrictModel):
    """The cluster that containers run in."""

    version: Annotated[str, StringConstraints(pattern=r"^1\.\d{2}$")] = Field(
        description="Kubernetes' minor version, one that EKS supports, such as `1.35`. Never moved but by this "
        "setting; it can't go back."
    )
    service_cidr: ServiceNetwork = Field(
        description="IPv4 network of the cluster's own service addresses, /12 to /24, private, outside the VPC. It "
        "can't be changed later."
    )
    api_sources: tuple[IPv4Network, ...] = Field(
        description="IPv4 networks that may reach the cluster's API from outside the VPC; each caller is "
        "authenticated all the same. Empty: the API is reached within the VPC alone."
    )
    administrator_role: RoleName = Field(
        description="Name of the account's IAM role that deploys to the cluster and administers it, with its path if "
        "it has one. Nobody else is let in, whoever makes the cluster."
    )
    node_categories: Annotated[tuple[NodeCategory, ...], Field(min_length=1)] = Field(
        description="Categories of EC2 instances that nodes are chosen from; at least one."
    )
    maximum_cpus: int = Field(
        ge=4,
        le=10_000,
        description="Processor cores that all nodes may have together, 4 to 10,000: the ceiling of what they cost.",
    )


class CacheSettings(StrictModel):
    """The Valkey replication group."""

    engine_version: Annotated[str, StringConstraints(pattern=r"^\d{1,2}\.\d{1,2}$")] = Field(
        description="Valkey's major and minor version, such as `8.1`. Never moved but by this setting."
    )
    node_type: Annotated[str, StringConstraints(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$")] = Field(
        description="ElastiCache node type, such as `cache.t4g.small`."
    )
    replicas: int = Field(
        ge=0,
        le=5,
        description="Copies beside the primary, 0 to 5, in other zones; with one or more, a copy takes over by itself.",
    )
    snapshot_retention_days: int = Field(
        ge=0, le=35, description="Days that the daily snapshot is kept, 0 to 35; 0 takes none."
    )


class MailSettings(StrictModel):
    """The mail that the platform sends. Its domain is made a sender of SES, whoever sends."""

    sender: EmailAddress = Field(description="Address that mail comes from, of the site's own domain.")
    sent_by: MailService = Field(description="Who sends it.")
    per_second: int = Field(
        ge=1,
        le=10_000,
        description="Mails a second that the one who sends them grants the account, 1 to 10,000; shared out among the "
        "processes that send.",
    )
    sendgrid: SendGridSettings | None = Field(
        default=None, description="The second way, present where SendGrid sends or stands ready to."
    )

    @model_validator(mode="after")
    def _sender_is_set_up(self) -> Self:
        if self.sent_by == "sendgrid" and self.sendgrid is None:
            raise ValueError("sendgrid is missing; allowed: left out only where sent_by is not sendgrid")
        return self


class ContainerPlacement(StrictModel):
    """How many containers of a service there may be."""

    minimum: int = Field(ge=1, le=MAXIMUM_CONTAINERS_OF_A_SERVICE, description="Containers that always run, 1 to 500.")
    maximum: int = Field(
        ge=1, le=MAXIMUM_CONTAINERS_OF_A_SERVICE, description="Containers at most under load, 1 to 500."
    )

    @model_validator(mode="after")
    def _can_scale(self) -> Self:
        if self.maximum < self.minimum:
            raise ValueError(f"maximum is {self.maximum}; allowed: at least minimum ({self.minimum})")
        return self


class ServicePlacement(StrictModel):
    """Where one service runs in this environment: on virtual machines, in containers, or both."""

    vms: int = Field(
        ge=0,
        le=MAXIMUM_VMS_OF_A_SERVICE,
        description="Virtual machines that run the service, 0 to 1,000: its group's minimum, maximum and desired "
        "size. 0: there is no group.",
    )
    containers: ContainerPlacement | None = Field(
        default=None, description="Present where the service runs in containers too."
    )
    initial_container_share: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Per cent of the service's traffic that goes to containers when its rule is first made, 0 to 100. "
        "Later shares belong to those who shift traffic; changing this changes nothing that exists.",
    )


class Settings(StrictModel):
    """All that one environment sets. Every section is required, but for that of what no service uses."""

    environment: EnvironmentSettings = Field(description="What the environment is.")
    network: NetworkSettings = Field(description="The VPC and its subnets.")
    site: SiteSettings = Field(description="The public face.")
    vms: VmSettings = Field(description="What all virtual machines have in common.")
    database: DatabaseSettings = Field(description="The PostgreSQL instance.")
    cache: CacheSettings = Field(description="The Valkey replication group.")
    mail: MailSettings = Field(description="The mail that the platform sends.")
    kubernetes: KubernetesSettings | None = Field(
        default=None,
        description="The cluster that containers run in; present exactly where a service has containers.",
    )
    logs: LogSettings = Field(description="How long is kept what the platform writes down of itself.")
    backups: BackupSettings = Field(description="The daily copies in the backup vault.")
    alarms: AlarmSettings = Field(description="Who is told, and when it is too much.")
    edge: CloudflareSettings | None = Field(
        default=None, description="The edge before the load balancer; absent where requests come to it directly."
    )
    dashboards: DashboardSettings | None = Field(
        default=None, description="Dashboards of every service; absent where there are none."
    )
    paging: PagerDutySettings | None = Field(
        default=None, description="Who is called; absent where alarms go to `alarms.emails` alone."
    )
    partners: dict[PartnerName, PartnerSettings] = Field(
        default={}, description="The partners that services may ask, by name; without its partner a service does less."
    )
    services: dict[ServiceName, ServicePlacement] = Field(
        description="Placement of each service, by its name; exactly the services that have a manifest."
    )
