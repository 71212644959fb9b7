"""The managed platform's types, from create to delete: Kubernetes, cache, queues, image registry, mail.

What the sandbox's Kubernetes and its data plane would say is said here by a thread: that clusters and caches answer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.test_lifecycle import RETAGGED, TAGS, Case, Site, be_imported, live
from tests.sandbox.provider.engine_driver import CheckError, EngineDriver

pytestmark = pytest.mark.sandbox

SERVED = {
    "clusters": {"status": "ACTIVE", "endpoint": "https://127.0.0.1:6443", "certificate_authority": "Y2E="},
    "caches": {"status": "available"},
}


def say_that_they_answer(url: str, stopping: threading.Event) -> None:
    generation = 0
    while not stopping.is_set():
        snapshot = httpx.get(f"{url}/_sandbox/snapshot?after={generation}&timeout=1", timeout=10).json()
        generation = snapshot["generation"]
        for kind, told in SERVED.items():
            for one in snapshot[kind]:
                if one["status"].lower() == "creating":
                    httpx.post(f"{url}/_sandbox/{kind}/{one.get('id') or one['name']}", json=told).raise_for_status()


@pytest.fixture(scope="module")
def moto_endpoint(corrected_cloud: str) -> Iterator[str]:
    """The cloud server itself in moto's place."""
    stopping = threading.Event()
    teller = threading.Thread(target=say_that_they_answer, args=(corrected_cloud, stopping))
    teller.start()
    yield corrected_cloud
    stopping.set()
    teller.join()


def trust(service: str) -> str:
    actions = ["sts:AssumeRole", "sts:TagSession"]
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class PlatformSite(Site):
    """With what the platform's types stand in."""

    def role_of(self, service: str) -> str:
        return str(self._once("aws:iam/role:Role", service.split(".")[0], assumeRolePolicy=trust(service)).state["arn"])

    @property
    def cluster(self) -> str:
        return self._once("aws:eks/cluster:Cluster", "cluster", **cluster_inputs(self)).id

    @property
    def access_entry(self) -> str:
        principal = self.role_of("ec2.amazonaws.com")
        self._once("aws:eks/accessEntry:AccessEntry", "entry", clusterName=self.cluster, principalArn=principal)
        return principal

    def user(self, name: str) -> str:
        return self._once("aws:elasticache/user:User", name, **user_inputs(name)).id

    @property
    def user_group(self) -> str:
        return self._once(
            "aws:elasticache/userGroup:UserGroup",
            "users",
            userGroupId="users",
            engine="valkey",
            userIds=[self.user("a")],
        ).id

    @property
    def cache_subnets(self) -> str:
        return self._once("aws:elasticache/subnetGroup:SubnetGroup", "cache", subnetIds=self.subnets).id

    @property
    def queue(self) -> str:
        return self._once("aws:sqs/queue:Queue", "queue").id

    @property
    def repository(self) -> str:
        return self._once("aws:ecr/repository:Repository", "repository").id

    @property
    def mail_identity(self) -> str:
        return self._once("aws:sesv2/emailIdentity:EmailIdentity", "identity", emailIdentity="mail.test").id

    @property
    def configuration_set(self) -> str:
        return self._once("aws:sesv2/configurationSet:ConfigurationSet", "mail", configurationSetName="mail").id


@pytest.fixture
def site(engine: EngineDriver) -> Iterator[PlatformSite]:
    site = PlatformSite(engine)
    yield site
    site.clear()


def cluster_inputs(site: Site) -> dict[str, Any]:
    assert isinstance(site, PlatformSite)
    return {
        "version": "1.35",
        "roleArn": site.role_of("eks.amazonaws.com"),
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "computeConfig": {"enabled": True},
        "storageConfig": {"blockStorage": {"enabled": True}},
        "kubernetesNetworkConfig": {
            "ipFamily": "ipv4",
            "serviceIpv4Cidr": "10.100.0.0/16",
            "elasticLoadBalancing": {"enabled": True},
        },
        "vpcConfig": {
            "subnetIds": site.subnets,
            "endpointPrivateAccess": True,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["10.0.0.0/8"],
        },
        "encryptionConfig": {"provider": {"keyArn": site.key.state["arn"]}, "resources": ["secrets"]},
        "enabledClusterLogTypes": ["audit", "api"],
        "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": False},
        "deletionProtection": False,
        **TAGS,
    }


def user_inputs(name: str) -> dict[str, Any]:
    return {
        "userId": name,
        "userName": name,
        "engine": "valkey",
        "accessString": f"on ~{name}:* +@all",
        "authenticationMode": {"type": "iam"},
    }


def pod_identity(site: Any) -> dict[str, Any]:
    return {
        "clusterName": site.cluster,
        "namespace": "portal",
        "serviceAccount": "portal",
        "roleArn": site.role_of("pods.eks.amazonaws.com"),
    }


def replication_group(site: Any) -> dict[str, Any]:
    return {
        "description": "of a test",
        "engine": "valkey",
        "engineVersion": "8.1",
        "nodeType": "cache.t4g.small",
        "port": 6379,
        "numCacheClusters": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "autoMinorVersionUpgrade": False,
        "subnetGroupName": site.cache_subnets,
        "securityGroupIds": [site.group],
        "userGroupIds": [site.user_group],
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "atRestEncryptionEnabled": True,
        "kmsKeyId": site.key.state["arn"],
        "snapshotRetentionLimit": 7,
        "snapshotWindow": "17:00-18:00",
        "maintenanceWindow": "sun:19:30-sun:20:30",
        "logDeliveryConfigurations": [
            {
                "destination": "cache",
                "destinationType": "cloudwatch-logs",
                "logFormat": "json",
                "logType": "slow-log",
            }
        ],
        **TAGS,
    }


REDRIVE = {"deadLetterTargetArn": "arn:aws:sqs:ap-southeast-3:123456789012:dead", "maxReceiveCount": 3}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
PULL = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["ecr:BatchGetImage"]}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def lifecycle(count: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def sns_events(site: Site, *events: str) -> dict[str, Any]:
    return {"enabled": True, "matchingEventTypes": list(events), "snsDestination": {"topicArn": site.topic}}


CASES = [
    Case(
        "aws:eks/cluster:Cluster",
        cluster_inputs,
        lambda site: {
            "version": "1.36",
            "vpcConfig": {
                "subnetIds": site.subnets[:2],
                "endpointPrivateAccess": True,
                "endpointPublicAccess": False,
            },
            "enabledClusterLogTypes": ["audit", "scheduler"],
            "upgradePolicy": {"supportType": "EXTENDED"},
            "zonalShiftConfig": {"enabled": True},
            **RETAGGED,
        },
        {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.101.0.0/16", "elasticLoadBalancing": {"enabled": True}}},
    ),
    Case(
        "aws:eks/addon:Addon",
        lambda site: {
            "clusterName": site.cluster,  # type: ignore[attr-defined]
            "addonName": "metrics-server",
            "addonVersion": "v0.8.0-eksbuild.1",
            "resolveConflictsOnUpdate": "OVERWRITE",
            **TAGS,
        },
        lambda _: {"addonVersion": "v0.8.0-eksbuild.2", "configurationValues": "{}", **RETAGGED},
        {"addonName": "another"},
    ),
    Case(
        "aws:eks/accessEntry:AccessEntry",
        lambda site: {
            "clusterName": site.cluster,  # type: ignore[attr-defined]
            "principalArn": site.role_of("ec2.amazonaws.com"),  # type: ignore[attr-defined]
            "type": "STANDARD",
            "kubernetesGroups": ["readers"],
            **TAGS,
        },
        lambda _: {"kubernetesGroups": ["writers"], **RETAGGED},
        {"type": "EC2"},
    ),
    Case(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        lambda site: {
            "clusterName": site.cluster,  # type: ignore[attr-defined]
            "principalArn": site.access_entry,  # type: ignore[attr-defined]
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "accessScope": {"type": "cluster"},
        },
        replacing={"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"},
    ),
    Case(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        lambda site: {**pod_identity(site), **TAGS},
        lambda _: {"disableSessionTags": True, **RETAGGED},
        {"namespace": "registration"},
    ),
    Case(
        "aws:elasticache/subnetGroup:SubnetGroup",
        lambda site: {"subnetIds": site.subnets, **TAGS},
        lambda site: {"subnetIds": site.subnets[:2], **RETAGGED},
        {"name": "another"},
    ),
    Case(
        "aws:elasticache/parameterGroup:ParameterGroup",
        lambda _: {"family": "valkey8", "parameters": [{"name": "maxmemory-policy", "value": "allkeys-lru"}], **TAGS},
        lambda _: {"parameters": [{"name": "timeout", "value": "60"}], **RETAGGED},
        {"family": "valkey9"},
    ),
    Case(
        "aws:elasticache/user:User",
        lambda _: {**user_inputs("portal"), **TAGS},
        lambda _: {"accessString": "on ~portal:* +get", **RETAGGED},
        {"userId": "another", "userName": "another"},
    ),
    Case(
        "aws:elasticache/userGroup:UserGroup",
        lambda site: {
            "userGroupId": "services",
            "engine": "valkey",
            "userIds": [site.user("a"), site.user("b")],  # type: ignore[attr-defined]
            **TAGS,
        },
        lambda site: {"userIds": [site.user("c"), site.user("a")], **RETAGGED},  # type: ignore[attr-defined]
        {"userGroupId": "another"},
    ),
    Case(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        replication_group,
        lambda site: {
            "description": "changed",
            "nodeType": "cache.t4g.medium",
            "numCacheClusters": 3,
            "multiAzEnabled": False,
            "snapshotRetentionLimit": 1,
            "maintenanceWindow": "mon:19:30-mon:20:30",
            "logDeliveryConfigurations": None,
            "applyImmediately": True,
            **RETAGGED,
        },
        {"subnetGroupName": "another"},
    ),
    Case(
        "aws:sqs/queue:Queue",
        lambda site: {
            "kmsMasterKeyId": site.key.state["arn"],
            "messageRetentionSeconds": 1_209_600,
            "receiveWaitTimeSeconds": 20,
            "visibilityTimeoutSeconds": 60,
            **TAGS,
        },
        lambda _: {
            "messageRetentionSeconds": 345_600,
            "receiveWaitTimeSeconds": None,
            "visibilityTimeoutSeconds": 30,
            **RETAGGED,
        },
        {"name": "another"},
    ),
    Case(
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda site: {"queueUrl": site.queue, "policy": policy(DENY)},  # type: ignore[attr-defined]
        lambda _: {"policy": policy({**DENY, "Sid": "TlsOnly"})},
        {"queueUrl": "another"},
    ),
    Case(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        lambda site: {
            "queueUrl": site.queue,  # type: ignore[attr-defined]
            "redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"}),
        },
        lambda _: {"redriveAllowPolicy": json.dumps({"redrivePermission": "allowAll"})},
        {"queueUrl": "another"},
    ),
    Case(
        "aws:ecr/repository:Repository",
        lambda site: {
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": site.key.state["arn"]}],
            **TAGS,
        },
        lambda _: {
            "imageTagMutability": "MUTABLE",
            "imageScanningConfiguration": {"scanOnPush": False},
            "forceDelete": True,
            **RETAGGED,
        },
        {"encryptionConfigurations": [{"encryptionType": "AES256"}]},
    ),
    Case(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        lambda site: {"repository": site.repository, "policy": lifecycle(50)},  # type: ignore[attr-defined]
        lambda _: {"policy": lifecycle(30)},
        {"repository": "another"},
    ),
    Case(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        lambda site: {"repository": site.repository, "policy": policy(PULL)},  # type: ignore[attr-defined]
        lambda _: {"policy": policy({**PULL, "Sid": "Pull"})},
        {"repository": "another"},
    ),
    Case(
        "aws:sesv2/emailIdentity:EmailIdentity",
        lambda site: {
            "emailIdentity": "prakerja.test",
            "configurationSetName": site.configuration_set,  # type: ignore[attr-defined]
            "dkimSigningAttributes": {"nextSigningKeyLength": "RSA_2048_BIT"},
            **TAGS,
        },
        lambda _: {
            "configurationSetName": None,
            "dkimSigningAttributes": {"nextSigningKeyLength": "RSA_1024_BIT"},
            **RETAGGED,
        },
        {"emailIdentity": "another.test"},
    ),
    Case(
        "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
        lambda site: {
            "emailIdentity": site.mail_identity,  # type: ignore[attr-defined]
            "mailFromDomain": "kirim.mail.test",
            "behaviorOnMxFailure": "REJECT_MESSAGE",
        },
        lambda _: {"mailFromDomain": "balik.mail.test", "behaviorOnMxFailure": None},
        {"emailIdentity": "another.test"},
        stays=True,
    ),
    Case(
        "aws:sesv2/configurationSet:ConfigurationSet",
        lambda _: {
            "configurationSetName": "own",
            "deliveryOptions": {"tlsPolicy": "REQUIRE"},
            "reputationOptions": {"reputationMetricsEnabled": True},
            "sendingOptions": {"sendingEnabled": True},
            "suppressionOptions": {"suppressedReasons": ["BOUNCE", "COMPLAINT"]},
            **TAGS,
        },
        lambda _: {
            "deliveryOptions": {"tlsPolicy": "OPTIONAL"},
            "reputationOptions": {"reputationMetricsEnabled": False},
            "sendingOptions": {"sendingEnabled": False},
            "suppressionOptions": {"suppressedReasons": ["BOUNCE"]},
            **RETAGGED,
        },
        {"configurationSetName": "another"},
    ),
    Case(
        "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
        lambda site: {
            "configurationSetName": site.configuration_set,  # type: ignore[attr-defined]
            "eventDestinationName": "events",
            "eventDestination": sns_events(site, "BOUNCE"),
        },
        lambda site: {"eventDestination": sns_events(site, "BOUNCE", "COMPLAINT")},
        {"eventDestinationName": "another"},
    ),
]
EACH = [pytest.param(case, id=case.token) for case in CASES]


@pytest.mark.parametrize("case", EACH)
def test_a_resource_lives_from_create_to_delete(case: Case, engine: EngineDriver, site: PlatformSite) -> None:
    live(case, engine, site)


@pytest.mark.parametrize("case", EACH)
def test_an_import_finds_the_inputs_that_made_the_resource(
    case: Case, engine: EngineDriver, site: PlatformSite
) -> None:
    be_imported(case, engine, site)


def test_a_cluster_says_where_it_answers_and_whose_it_is(engine: EngineDriver, site: PlatformSite) -> None:
    cluster = engine.made("aws:eks/cluster:Cluster", "it", **cluster_inputs(site))
    assert cluster.state["endpoint"] == "https://127.0.0.1:6443"
    assert cluster.state["certificateAuthority"] == {"data": "Y2E="}
    assert cluster.state["identities"][0]["oidcs"][0]["issuer"].startswith("https://oidc.eks.")
    assert cluster.state["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-")
    cluster.delete()


def test_a_cluster_that_asks_for_encryption_later_gets_it_and_keeps_it(
    engine: EngineDriver, site: PlatformSite, cloud: Cloud
) -> None:
    inputs = cluster_inputs(site)
    encryption = inputs.pop("encryptionConfig")
    cluster = engine.made("aws:eks/cluster:Cluster", "it", **inputs)
    assert all(kind.endswith("ADD") for kind in cluster.paths(encryptionConfig=encryption).values())
    cluster.update(encryptionConfig=encryption)
    [config] = cloud.call("eks", "describe_cluster", name=cluster.id)["cluster"]["encryptionConfig"]
    assert config["provider"] == {"keyArn": encryption["provider"]["keyArn"]}
    other = {**encryption, "provider": {"keyArn": "arn:aws:kms:ap-southeast-3:123456789012:key/1"}}
    assert all(kind.endswith("REPLACE") for kind in cluster.paths(encryptionConfig=other).values())
    cluster.delete()


def test_a_queue_sends_what_nobody_could_deal_with_to_its_dead_letter_queue(engine: EngineDriver, cloud: Cloud) -> None:
    dead = engine.made("aws:sqs/queue:Queue", "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.state["arn"], "maxReceiveCount": 1})
    queue = engine.made("aws:sqs/queue:Queue", "it", redrivePolicy=redrive, visibilityTimeoutSeconds=0)
    assert queue.read() == (queue.checked, queue.state)
    cloud.call("sqs", "send_message", QueueUrl=queue.id, MessageBody="poison")
    for _ in range(2):
        cloud.call("sqs", "receive_message", QueueUrl=queue.id)
    assert cloud.call("sqs", "receive_message", QueueUrl=dead.id)["Messages"][0]["Body"] == "poison"
    queue.delete()
    dead.delete()


def test_a_registry_s_login_is_the_one_that_its_token_holds(engine: EngineDriver, site: PlatformSite) -> None:
    login = engine.invoke("aws:ecr/getAuthorizationToken:getAuthorizationToken", registryId="123456789012")
    assert login["userName"] == "AWS"
    assert login["password"]
    assert login["proxyEndpoint"] == "https://123456789012.dkr.ecr.ap-southeast-3.amazonaws.com"


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (
            "aws:sqs/queue:Queue",
            {"visibilityTimeoutSeconds": 43_201},
            {"visibilityTimeoutSeconds": "must be from 0 to 43200, not 43201"},
        ),
        (
            "aws:sqs/queue:Queue",
            {"name": "queue", "fifoQueue": True},
            {"name": "must end with .fifo where fifoQueue is true, and only there"},
        ),
        (
            "aws:elasticache/user:User",
            {**user_inputs("one"), "userName": "other"},
            {"userName": "must be the same as userId where the user logs in by IAM"},
        ),
        (
            "aws:ecr/repository:Repository",
            {"encryptionConfigurations": [{"encryptionType": "kms"}]},
            {"encryptionConfigurations[0].encryptionType": "must be one of AES256, KMS, KMS_DSSE, not 'kms'"},
        ),
    ],
)
def test_what_cannot_work_is_refused_in_the_preview(
    engine: EngineDriver, token: str, inputs: dict[str, Any], failures: dict[str, str]
) -> None:
    with pytest.raises(CheckError) as refused:
        engine.resource(token, "it", **inputs)
    assert refused.value.failures == failures
