"""Runs a Pulumi program without an engine and keeps every resource that it asks for, with its options.

Each run has its own runtime state: nothing is left for the next one.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import ROOT, get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

ACCOUNT = "123456789012"
REGION = "ap-southeast-3"
MASTER_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1-AbCdEf"
CALL_ANSWERS: dict[str, dict[str, Any]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"userName": "AWS", "password": "token"},
    "aws:ec2/getAmi:getAmi": {"id": "ami-0123456789abcdef0"},
}


@dataclass(frozen=True, kw_only=True)
class RecordedResource:
    """A resource as the engine would have been asked for it."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    protect: bool
    retain_on_delete: bool
    delete_before_replace: bool
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    dependencies: frozenset[str]
    provider: str
    secret_outputs: tuple[str, ...]


@dataclass(kw_only=True)
class Recording:
    """What a program asked for and exported."""

    resources: list[RecordedResource] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def of_type(self, type_: str) -> list[RecordedResource]:
        """All resources of a type, in the order of their names. An unknown type is a slip of the test: it fails."""
        found = sorted((one for one in self.resources if one.type == type_), key=lambda one: one.name)
        assert found, f"no {type_} among {sorted({one.type for one in self.resources})}"
        return found

    def one(self, type_: str, name: str | None = None) -> RecordedResource:
        """The only resource of a type, or the only one of that name."""
        found = [one for one in self.of_type(type_) if name is None or one.name == name]
        assert len(found) == 1, f"{len(found)} of {type_} {name or ''}: {[one.name for one in found]}"
        return found[0]

    def custom(self) -> Iterator[RecordedResource]:
        """The resources that a provider makes, components left out."""
        return (one for one in self.resources if one.custom)

    def urns(self) -> list[str]:
        """Every resource's identity."""
        return sorted(one.urn for one in self.resources)


class _Answers(mocks.Mocks):
    """A cloud's answers: what was asked for, an id, an ARN, and what only the cloud knows."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        service = args.typ.split(":")[1].split("/")[0]
        known = {"arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{args.name}", "name": args.name, **args.inputs}
        return f"{args.name}-id", {**known, **_only_the_cloud_knows(args)}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        return CALL_ANSWERS[args.token], []


def _only_the_cloud_knows(args: mocks.MockResourceArgs) -> dict[str, Any]:
    name = args.name
    answers: dict[str, dict[str, Any]] = {
        "aws:rds/instance:Instance": {
            "address": f"{name}.rds.internal",
            "identifier": name,
            "resourceId": "db-ABCDEFGHIJKL",
            "masterUserSecrets": [{"secretArn": MASTER_SECRET}],
        },
        "aws:s3/bucket:Bucket": {"bucket": f"{name}-bucket"},
        "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": f"{name}-version"},
        "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 7},
        "aws:ec2/eip:Eip": {"publicIp": "198.51.100.1", "allocationId": f"{name}-allocation"},
        "aws:kms/key:Key": {"keyId": f"{name}-key"},
        "aws:lb/loadBalancer:LoadBalancer": {
            "dnsName": f"{name}.elb.internal",
            "zoneId": "Z0",
            "arnSuffix": f"app/{name}/0123456789abcdef",
        },
        "aws:lb/targetGroup:TargetGroup": {"arnSuffix": f"targetgroup/{name}/0123456789abcdef"},
        "aws:route53/zone:Zone": {"zoneId": "Z1"},
        "aws:route53/record:Record": {"fqdn": f"{name}.fqdn"},
        "aws:acm/certificate:Certificate": {
            "domainValidationOptions": [
                {"resourceRecordName": "_a.test", "resourceRecordType": "CNAME", "resourceRecordValue": "_b.test"}
            ]
        },
        "aws:eks/cluster:Cluster": {
            "endpoint": f"https://{name}.eks.internal",
            "certificateAuthority": {"data": "Q0E="},
            "vpcConfig": {**args.inputs.get("vpcConfig", {}), "clusterSecurityGroupId": f"{name}-security-group"},
        },
        "aws:elasticache/replicationGroup:ReplicationGroup": {"primaryEndpointAddress": f"{name}.cache.internal"},
        "aws:sesv2/configurationSet:ConfigurationSet": {
            "arn": f"arn:aws:ses:{REGION}:{ACCOUNT}:configuration-set/{name}"
        },
        "aws:sqs/queue:Queue": {"url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"},
        "aws:ecr/repository:Repository": {
            "registryId": ACCOUNT,
            "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}",
        },
        "aws:sesv2/emailIdentity:EmailIdentity": {
            "arn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{args.inputs.get('emailIdentity')}",
            "dkimSigningAttributes": {"tokens": [f"token{number}" for number in range(1, 4)]},
        },
        "pagerduty:index/serviceIntegration:ServiceIntegration": {"integrationKey": f"{name}-key"},
        "cloudflare:index/zone:Zone": {"nameServers": ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"]},
        "tls:index/privateKey:PrivateKey": {"privateKeyPem": f"PRIVATE KEY {name}"},
        "tls:index/selfSignedCert:SelfSignedCert": {"certPem": f"CERTIFICATE {name}"},
        "tls:index/certRequest:CertRequest": {"certRequestPem": f"CERTIFICATE REQUEST {name}"},
        "tls:index/locallySignedCert:LocallySignedCert": {"certPem": f"CERTIFICATE {name}"},
        "docker-build:index:Image": {"ref": f"{name}@sha256:{'cd' * 32}"},
        "aws:ssm/association:Association": {"associationId": f"{name}-association"},
    }
    return answers.get(args.typ, {})


class _RecordingMonitor(mocks.MockMonitor):
    def __init__(self, recording: Recording) -> None:
        super().__init__(_Answers())
        self._recording = recording

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call] # the SDK's mocks have no types
        if request.type != "pulumi:pulumi:Stack":
            self._recording.resources.append(
                RecordedResource(
                    urn=response.urn,
                    type=request.type,
                    name=request.name,
                    parent=request.parent,
                    custom=request.custom,
                    inputs=rpc.deserialize_properties(request.object),
                    protect=request.protect,
                    retain_on_delete=request.retainOnDelete,
                    delete_before_replace=request.deleteBeforeReplace,
                    ignore_changes=tuple(request.ignoreChanges),
                    replace_on_changes=tuple(request.replaceOnChanges),
                    dependencies=frozenset(request.dependencies),
                    provider=request.provider,
                    secret_outputs=tuple(request.additionalSecretOutputs),
                )
            )
        return response


def record(program: Callable[[], object], *, config: dict[str, str] | None = None, stack: str = "test") -> Recording:
    """Run `program` as a Pulumi program. What it raises is raised here."""
    recording = Recording()
    gc.disable()  # as the program does; half of a run would go into it
    try:
        contextvars.copy_context().run(_run, program, config or {}, stack, recording)
    finally:
        gc.enable()
    return recording


def _run(program: Callable[[], object], config: dict[str, str], stack: str, recording: Recording) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    ROOT.set(None)
    mocks.set_mocks(_Answers(), project="prakerja", stack=stack, monitor=_RecordingMonitor(recording))
    pulumi.runtime.set_all_config(config)

    async def run() -> None:
        program()

    async def run_and_export() -> None:
        await run_pulumi_func(run)
        root = get_root_resource()
        assert isinstance(root, Stack)
        for name, value in root.outputs.items():
            recording.exports[name] = await pulumi.Output.from_input(value).future()

    try:
        loop.run_until_complete(run_and_export())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
