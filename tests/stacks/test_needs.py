"""What a service may do is what its manifest says that it needs, and nothing more, wherever it runs.

What is allowed is worked out here from the manifests' and the stack files' own text, and compared with what the
program would make: neither knows of the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.components.recorder import RecordedResource, Recording
from tests.stacks.environments import REPOSITORY, stack_file

pytestmark = pytest.mark.unit

AWS = "ap-southeast-3:123456789012"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
MANIFESTS: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.safe_load(path.read_text()) for path in sorted((REPOSITORY / "app").glob("*/service.yaml"))
}
Connection = tuple[str, str, int]
Permission = tuple[str, str, str]


@pytest.fixture(params=["dev", "prod"])
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def recording(environment: str, request: pytest.FixtureRequest) -> Recording:
    made: Recording = request.getfixturevalue(environment)
    return made


def subnets(environment: str, tier: str) -> list[str]:
    zones = stack_file(environment)["config"]["prakerja:network"]["zones"]
    return [zone[tier] for zone in zones.values()]


def partners(environment: str, manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that a service asks, as the environment's stack file has them."""
    had = stack_file(environment)["config"].get("prakerja:partners", {})
    return {name: had[name] for name in manifest["needs"].get("partners", ()) if name in had}


def connections_needed_into(environment: str, manifest: dict[str, Any]) -> set[Connection]:
    if manifest["kind"] == "worker":
        return set()
    return {(subnet, "TCP", manifest["port"]) for subnet in subnets(environment, "public")}


def connections_needed_out(environment: str, manifest: dict[str, Any]) -> set[Connection]:
    needs = manifest["needs"]
    data = subnets(environment, "data")
    needed: set[Connection] = set()
    if "database" in needs:
        needed |= {(subnet, "TCP", 5432) for subnet in data}
    if needs.get("cache"):
        needed |= {(subnet, "TCP", 6379) for subnet in data}
    asked = partners(environment, manifest)
    if needs.get("secrets") or needs.get("queues") or needs.get("mail") or asked:
        needed.add(("0.0.0.0/0", "TCP", 443))
    needed |= {(network, "TCP", 443) for partner in asked.values() for network in partner["networks"]}
    if needed:
        # Names are resolved, and whatever is logged into is logged into with the pod's own identity.
        services = stack_file(environment)["config"]["prakerja:kubernetes"]["service_cidr"]
        dns = services.removesuffix(".0.0/16") + ".0.10/32"
        needed |= {(dns, "UDP", 53), (dns, "TCP", 53), ("169.254.170.23/32", "TCP", 80)}
    return needed


def mail_permissions_needed(environment: str, sent_by: str | None) -> set[Permission]:
    mail = stack_file(environment)["config"]["prakerja:mail"]
    if (sent_by or mail["sent_by"]) == "sendgrid":
        arn = f"arn:aws:secretsmanager:{AWS}:{environment}-sendgrid-api-key"
        key = f"arn:aws:kms:{AWS}:{environment}-internal"
        return {
            ("secretsmanager:GetSecretValue", arn, ""),
            ("secretsmanager:DescribeSecret", arn, ""),
            ("kms:Decrypt", key, "kms:ViaService=secretsmanager.ap-southeast-3.amazonaws.com"),
        }
    sender = mail["sender"]
    through = (f"identity/{sender.rpartition('@')[2]}", f"configuration-set/{environment}-mail")
    return {("ses:SendEmail", f"arn:aws:ses:{AWS}:{one}", f"ses:FromAddress={sender}") for one in through}


def permissions_for_sessions(environment: str) -> set[Permission]:
    """What any machine needs for people to have sessions on it."""
    group = f"arn:aws:cloudwatch:{AWS}:{environment}-sessions:*"
    within_session = "kms:EncryptionContext:aws:ssm:SessionId=false"
    return {
        *((f"logs:{action}", group, "") for action in ("CreateLogStream", "PutLogEvents", "DescribeLogStreams")),
        ("logs:DescribeLogGroups", f"arn:aws:logs:{AWS}:log-group:*", ""),
        ("kms:Decrypt", f"arn:aws:kms:{AWS}:{environment}-personal", within_session),
    }


def permissions_needed(
    environment: str, service: str, manifest: dict[str, Any], *, sent_by: str | None = None
) -> set[Permission]:
    """Action, resource, and on what condition. sent_by: who sends mail, where it is not whom the stack file says."""
    needs = manifest["needs"]
    personal = f"arn:aws:kms:{AWS}:{environment}-personal"
    needed: set[Permission] = set()

    def key(action: str, through: str) -> Permission:
        return (f"kms:{action}", personal, f"kms:ViaService={through}.ap-southeast-3.amazonaws.com")

    if "database" in needs:
        needed.add(("rds-db:connect", f"arn:aws:rds-db:{AWS}:dbuser:db-ABCDEFGHIJKL/{service}", ""))
    if needs.get("cache"):
        of_cache = f"arn:aws:elasticache:{AWS}:{environment}-cache"
        needed |= {("elasticache:Connect", arn, "") for arn in (of_cache, f"{of_cache}-{service}")}
    for queue in needs.get("queues", {}).get("write", ()):
        arn = f"arn:aws:sqs:{AWS}:{environment}-queue-{queue}"
        needed |= {("sqs:SendMessage", arn, ""), key("Decrypt", "sqs"), key("GenerateDataKey", "sqs")}
    for queue in needs.get("queues", {}).get("read", ()):
        arn = f"arn:aws:sqs:{AWS}:{environment}-queue-{queue}"
        needed |= {(f"sqs:{action}", arn, "") for action in ("ReceiveMessage", "ChangeMessageVisibility")}
        needed |= {("sqs:DeleteMessage", arn, ""), key("Decrypt", "sqs")}
    if needs.get("mail"):
        needed |= mail_permissions_needed(environment, sent_by)
    for secret in needs.get("secrets", ()):
        arn = f"arn:aws:secretsmanager:{AWS}:{environment}-{secret}"
        needed |= {(f"secretsmanager:{action}", arn, "") for action in ("GetSecretValue", "DescribeSecret")}
        needed.add(key("Decrypt", "secretsmanager"))
    for partner in partners(environment, manifest):
        # Nobody calls a worker, so it has nothing to prove a call with.
        for secret in ("credential", "webhook") if manifest["kind"] == "http" else ("credential",):
            arn = f"arn:aws:secretsmanager:{AWS}:{environment}-partner-{partner}-{secret}"
            needed |= {(f"secretsmanager:{action}", arn, "") for action in ("GetSecretValue", "DescribeSecret")}
        needed.add(key("Decrypt", "secretsmanager"))
    return needed


def connections(rules: list[dict[str, Any]], side: str) -> set[Connection]:
    """What the rules of a network policy allow. A rule without a side or without ports would allow everything."""
    allowed = set()
    for rule in rules:
        assert rule.keys() == {side, "ports"}
        assert rule[side]
        assert rule["ports"]
        for peer in rule[side]:
            assert peer.keys() == {"ipBlock"}
            allowed |= {(peer["ipBlock"]["cidr"], port["protocol"], int(port["port"])) for port in rule["ports"]}
    return allowed


def policies_of(recording: Recording, role: RecordedResource) -> Iterator[RecordedResource]:
    """A role's inline policies; more than those it must not have."""
    for policy in recording.of_type("aws:iam/rolePolicy:RolePolicy"):
        if policy.inputs["role"] == role.name:
            yield policy


def permissions(policies: Iterator[RecordedResource]) -> set[Permission]:
    allowed = set()
    for policy in policies:
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            assert statement["Effect"] == "Allow"
            tests = [one for operator in statement.get("Condition", {}).values() for one in operator.items()]
            conditions = ",".join(f"{name}={value}" for name, value in tests)
            allowed |= {(action, statement["Resource"], conditions) for action in statement["Action"]}
    return allowed


@pytest.mark.parametrize("service", MANIFESTS)
def test_pods_take_and_make_the_connections_that_the_manifest_needs_and_no_others(
    recording: Recording, environment: str, service: str
) -> None:
    policy = recording.one(NETWORK_POLICY, f"{environment}-{service}").inputs
    assert policy["metadata"]["namespace"] == service
    spec = policy["spec"]
    assert spec["podSelector"] == {}, "every pod of the namespace"
    assert spec["policyTypes"] == ["Ingress", "Egress"], "what no rule speaks of is refused both ways"
    manifest = MANIFESTS[service]
    assert connections(spec["ingress"], "from") == connections_needed_into(environment, manifest)
    assert connections(spec["egress"], "to") == connections_needed_out(environment, manifest)


@pytest.mark.parametrize("service", MANIFESTS)
def test_pods_may_ask_of_aws_what_the_manifest_needs_and_nothing_else(
    recording: Recording, environment: str, service: str
) -> None:
    role = recording.one("aws:iam/role:Role", f"{environment}-{service}-pods")
    assert "managedPolicyArns" not in role.inputs
    attached = recording.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert role.name not in {one.inputs["role"] for one in attached}
    allowed = permissions(policies_of(recording, role))
    assert allowed == permissions_needed(environment, service, MANIFESTS[service])


@pytest.mark.parametrize("service", MANIFESTS)
def test_machines_may_ask_of_aws_what_pods_may_fetch_their_artefact_write_their_log_and_have_sessions(
    recording: Recording, environment: str, service: str
) -> None:
    fleets = {one.name for one in recording.of_type("aws:autoscaling/group:Group")}
    placed = stack_file(environment)["config"]["prakerja:services"][service]["vms"] > 0
    assert (f"{environment}-{service}" in fleets) == placed
    if not placed:
        return
    role = recording.one("aws:iam/role:Role", f"{environment}-{service}")
    allowed = permissions(policies_of(recording, role))
    internal = f"arn:aws:kms:{AWS}:{environment}-internal"
    log = f"arn:aws:cloudwatch:{AWS}:{environment}-{service}-log:*"
    needed = permissions_needed(environment, service, MANIFESTS[service]) | permissions_for_sessions(environment)
    assert allowed == needed | {
        ("s3:GetObject", f"arn:aws:s3:{AWS}:{environment}-artefacts/artefacts/*", ""),
        ("kms:Decrypt", internal, "kms:ViaService=s3.ap-southeast-3.amazonaws.com"),
        *((f"logs:{action}", log, "") for action in ("CreateLogStream", "PutLogEvents")),
    }


@pytest.mark.parametrize("service", MANIFESTS)
def test_only_the_services_own_pods_in_this_cluster_take_on_its_role(
    recording: Recording, environment: str, service: str
) -> None:
    role = recording.one("aws:iam/role:Role", f"{environment}-{service}-pods")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:{AWS}:{environment}-cluster",
            "aws:RequestTag/kubernetes-namespace": service,
            "aws:RequestTag/kubernetes-service-account": service,
        }
    }
    association = recording.one(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation", f"{environment}-{service}-pods"
    ).inputs
    account = recording.one("kubernetes:core/v1:ServiceAccount", f"{environment}-{service}").inputs["metadata"]
    assert (association["namespace"], association["serviceAccount"]) == (account["namespace"], account["name"])
    pod = recording.one("kubernetes:apps/v1:Deployment", f"{environment}-{service}").inputs["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == account["name"]


def test_data_stores_are_open_to_the_cluster_for_the_services_that_need_them_alone(
    recording: Recording, environment: str
) -> None:
    ports = {"database": 5432, "cache": 6379}
    needed = {store for store in ports if any(one["needs"].get(store) for one in MANIFESTS.values())}
    group = f"{environment}-cluster-security-group"
    rules = recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    from_cluster = {
        (one.inputs["securityGroupId"], int(one.inputs["fromPort"]))
        for one in rules
        if one.inputs.get("referencedSecurityGroupId") == group
    }
    assert from_cluster == {(f"{environment}-{store}-id", ports[store]) for store in needed}
