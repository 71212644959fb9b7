"""How much can go wrong by a change to a resource: which types hold something, open something, or permit something."""

from __future__ import annotations

from enum import StrEnum

from operations.preview.changes import Action, Change


class Risk(StrEnum):
    """The sections of a report, the gravest first."""

    STATE = "state"
    EXPOSURE = "exposure"
    REPLACEMENT = "replacement"
    OTHER = "other"
    TAGS = "tags"


# What would be lost with them, or can't be had again: data, keys, evidence, addresses that others have written down.
STATEFUL = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:backup/vault:Vault",
        "aws:cloudtrail/trail:Trail",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
        "aws:ebs/volume:Volume",
        "aws:ec2/eip:Eip",
        "aws:ec2/vpc:Vpc",
        "aws:ecr/repository:Repository",
        "aws:efs/fileSystem:FileSystem",
        "aws:eks/cluster:Cluster",
        "aws:elasticache/cluster:Cluster",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:kms/key:Key",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:route53/zone:Zone",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:sesv2/emailIdentity:EmailIdentity",
        "aws:sns/topic:Topic",
        "aws:sqs/queue:Queue",
        "cloudflare:index/zone:Zone",
        "kubernetes:apps/v1:StatefulSet",
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:PersistentVolume",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:core/v1:Secret",
    }
)

# Who may do what.
_PERMISSION_PREFIXES = ("aws:iam/", "kubernetes:rbac.authorization.k8s.io/")
_PERMISSIONS = frozenset(
    {
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "aws:elasticache/user:User",
        "aws:elasticache/userGroup:UserGroup",
        "aws:kms/grant:Grant",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:lambda/permission:Permission",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:backup/vaultPolicy:VaultPolicy",
        "kubernetes:core/v1:ServiceAccount",
    }
)

# Who can reach what: before the site the edge does all of that, by its records, rules and rooms. The keys and
# certificates are those by which it shows the load balancer that it is the edge.
_EXPOSURE_PREFIXES = (
    "aws:wafv2/",
    "cloudflare:",
    "tls:",
    "aws:vpc/securityGroup",
    "aws:ec2/securityGroup",
    "aws:ec2/networkAcl",
)
_EXPOSURE = frozenset(
    {
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/trustStore:TrustStore",
        "aws:route53/record:Record",
        "aws:s3/bucketAcl:BucketAcl",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "kubernetes:core/v1:Service",
        "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding",
        "kubernetes:networking.k8s.io/v1:Ingress",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    }
)

# What guards the state of others, and who is told when something is wrong.
_SAFEGUARD_PREFIXES = ("pagerduty:",)
_SAFEGUARDS = frozenset(
    {
        "aws:backup/plan:Plan",
        "aws:backup/selection:Selection",
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:secretsmanager/secretRotation:SecretRotation",
        "aws:sns/topicSubscription:TopicSubscription",
        "grafana:alerting/contactPoint:ContactPoint",
        "grafana:alerting/notificationPolicy:NotificationPolicy",
    }
)

# Inputs of any type by which something is opened, permitted or no longer guarded: by name, in lower case.
_TELLING_INPUTS = frozenset(
    {
        "accesspolicies",
        "assumerolepolicy",
        "backupretentionperiod",
        "cidrblocks",
        "deletionprotection",
        "deletionwindowindays",
        "enabledeletionprotection",
        "enablekeyrotation",
        "forcedelete",
        "forcedestroy",
        "iaminstanceprofile",
        "iamdatabaseauthenticationenabled",
        "internal",
        "isenabled",
        "kmskeyid",
        "metadataoptions",
        "minimumprotocolversion",
        "policy",
        "protect",
        "publiclyaccessible",
        "recoverywindowindays",
        "retentionindays",
        "securitygroupids",
        "securitygroups",
        "serversideencryptionconfiguration",
        "skipfinalsnapshot",
        "snapshotretentionlimit",
        "sslpolicy",
        "storageencrypted",
        "transitencryptionenabled",
        "versioningconfiguration",
        "vpcsecuritygroupids",
    }
)
# Parts of an input that are telling where the input as a whole isn't.
_TELLING_PATHS = ("endpointPublicAccess", "publicAccessCidrs", "hostNetwork", "privileged", "securityContext")
_TAGS = frozenset({"tags", "tagsAll", "volumeTags"})


def risk_of(change: Change) -> Risk:
    """The section that a change belongs to."""
    ends = change.action in {Action.DELETE, Action.REPLACE} or change.replacement_unknown
    if ends and change.type in STATEFUL:
        return Risk.STATE
    if change.action is Action.UPDATE and change.properties and {found.input for found in change.properties} <= _TAGS:
        return Risk.TAGS
    if _tells_of_exposure(change):
        return Risk.EXPOSURE
    return Risk.REPLACEMENT if ends else Risk.OTHER


def _tells_of_exposure(change: Change) -> bool:
    if change.type in _PERMISSIONS | _EXPOSURE | _SAFEGUARDS or change.type.startswith(
        _PERMISSION_PREFIXES + _EXPOSURE_PREFIXES + _SAFEGUARD_PREFIXES
    ):
        return True
    return any(
        found.input.lower() in _TELLING_INPUTS or any(part in found.path for part in _TELLING_PATHS)
        for found in change.properties
    )
