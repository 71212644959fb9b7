"""What a resource that somebody changes stands in, and what the program sets of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.provider.cloud import Cloud
from tests.sandbox.aws.provider.test_lifecycle import CASES, POLICY, Site
from tests.sandbox.provider.engine_driver import EngineDriver


class DriftSite(Site):
    """With what the further types stand in."""

    def __init__(self, engine: EngineDriver, cloud: Cloud) -> None:
        super().__init__(engine)
        self.cloud = cloud

    @property
    def policy(self) -> str:
        name = "by-hand"
        arn = f"arn:aws:iam::{self.cloud.account}:policy/{name}"
        found = self.cloud.call("iam", "list_policies", Scope="Local")["Policies"]
        if all(policy["Arn"] != arn for policy in found):
            self.cloud.call("iam", "create_policy", PolicyName=name, PolicyDocument=POLICY)
        return arn

    @property
    def certificate(self) -> str:
        return self._once(
            "aws:acm/certificate:Certificate", "proved", domainName="prakerja.test", validationMethod="DNS"
        ).id

    @property
    def machine_inputs(self) -> dict[str, Any]:
        return {
            "ami": self.image,
            "instanceType": "t3.micro",
            "subnetId": self.subnet("a"),
            "vpcSecurityGroupIds": [self.group],
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
            "userData": "#cloud-config\n",
            "tags": {"Name": "maintenance"},
        }


# Types whose life test_lifecycle.py does not tell, with what the program sets.
MORE: dict[str, Callable[[DriftSite], dict[str, Any]]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda site: {"role": site.role, "policyArn": site.policy},
    "aws:acm/certificateValidation:CertificateValidation": lambda site: {"certificateArn": site.certificate},
    "aws:ec2/instance:Instance": lambda site: site.machine_inputs,
    "aws:rds/instance:Instance": lambda site: {
        "engine": "postgres",
        "engineVersion": "17.2",
        "autoMinorVersionUpgrade": False,
        "instanceClass": "db.t4g.small",
        "dbName": "prakerja",
        "port": 5432,
        "username": "master",
        "manageMasterUserPassword": True,
        "iamDatabaseAuthenticationEnabled": True,
        "multiAz": True,
        "dbSubnetGroupName": site.subnet_group,
        "vpcSecurityGroupIds": [site.group],
        "publiclyAccessible": False,
        "storageType": "gp3",
        "storageEncrypted": True,
        "allocatedStorage": 20,
        "maxAllocatedStorage": 50,
        "backupRetentionPeriod": 7,
        "backupWindow": "17:00-18:00",
        "maintenanceWindow": "sun:18:30-sun:19:30",
        "enabledCloudwatchLogsExports": ["postgresql"],
        "copyTagsToSnapshot": True,
        "deletionProtection": False,
        "skipFinalSnapshot": True,
        "applyImmediately": True,
        "tags": {"owner": "platform"},
    },
    "aws:autoscaling/group:Group": lambda site: {
        "minSize": 1,
        "maxSize": 1,
        "desiredCapacity": 1,
        "vpcZoneIdentifiers": site.subnets,
        "launchTemplate": {"id": site.template.id, "version": "1"},
        "targetGroupArns": [site.target_group],
        "healthCheckType": "ELB",
        "healthCheckGracePeriod": 300,
        "tags": [{"key": "owner", "value": "platform", "propagateAtLaunch": True}],
    },
}
# What the program sets beside what a life is told with.
SET_TOO: dict[str, Callable[[Site], dict[str, Any]]] = {
    "aws:kms/key:Key": lambda _: {"policy": POLICY},
    "aws:ec2/vpcEndpoint:VpcEndpoint": lambda _: {"policy": POLICY},
    "aws:secretsmanager/secret:Secret": lambda site: {"kmsKeyId": site.key.id},
    "aws:s3/bucketObjectv2:BucketObjectv2": lambda _: {"contentType": "application/x-tar"},
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _: {"updateDefaultVersion": True},
}
INPUTS: dict[str, Callable[[DriftSite], dict[str, Any]]] = {case.token: case.inputs for case in CASES} | MORE


def inputs_of(token: str, site: DriftSite) -> dict[str, Any]:
    """What the program sets, as far as one resource of its own is concerned."""
    return INPUTS[token](site) | (SET_TOO[token](site) if token in SET_TOO else {})
