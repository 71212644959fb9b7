"""What `pulumi import` shows to copy is Python for the SDK, and says no more than was imported."""

from __future__ import annotations

import ast

import pytest

from sandbox.engine.definitions import UnreadableError, as_python
from sandbox.provider.sdk import UnknownTypeError

pytestmark = pytest.mark.unit

PCL = r"""
package aws {
    baseProviderName = "aws"
}

resource "targets" "aws:lb/targetGroup:TargetGroup" {
    __logicalName = "vm-targets"
    healthCheck ={

        healthyThreshold = 2,

        path = "/healthz"
    }
    port = 8080
    tags ={
        "cost-centre" = "prakerja",
        healthCheck = "a \"quoted\" $${word}"
    }
    vpcId = net.id
}
"""


def test_properties_have_the_sdk_s_names_and_the_keys_of_maps_stay() -> None:
    written = as_python(PCL.replace("net.id", "net"))
    assert written == (
        "import pulumi\nimport pulumi_aws as aws\n\n"
        "targets = aws.lb.TargetGroup(\n"
        '    "vm-targets",\n'
        '    health_check={"healthy_threshold": 2, "path": "/healthz"},\n'
        "    port=8080,\n"
        '    tags={"cost-centre": "prakerja", "healthCheck": "a \\"quoted\\" ${word}"},\n'
        "    vpc_id=net,\n"
        ")\n"
    )
    ast.parse(written)


def test_resources_of_several_sdks_are_written_with_an_import_each() -> None:
    written = as_python(
        'resource a "cloudflare:index/dnsRecord:DnsRecord" {\n zoneId = "z"\n}\n'
        'resource b "grafana:oss/folder:Folder" {\n title = "t"\n}\n'
    )
    assert written.startswith(
        "import pulumi\nimport pulumi_cloudflare as cloudflare\nimport pulumiverse_grafana as grafana\n"
    )
    assert 'cloudflare.DnsRecord(\n    "a",\n    zone_id="z",\n)' in written
    assert 'grafana.oss.Folder(\n    "b",\n    title="t",\n)' in written


def test_options_are_kept() -> None:
    written = as_python('resource a "aws:ec2/vpc:Vpc" {\n options {\n protect = true\n ignoreChanges = ["tags"]\n }\n}')
    assert 'opts=pulumi.ResourceOptions(protect=True, ignore_changes=["tags"])' in written


@pytest.mark.parametrize("value", ["net.id", 'secret("x")', '"${net.id}"'])
def test_what_an_import_never_has_is_refused(value: str) -> None:
    with pytest.raises(UnreadableError):
        as_python(PCL.replace("net.id", value))


def test_a_type_that_the_sdk_lacks_is_refused() -> None:
    with pytest.raises(UnknownTypeError):
        as_python('resource a "aws:ec2/vcp:Vcp" {\n}')
