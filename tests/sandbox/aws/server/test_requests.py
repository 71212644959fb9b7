from __future__ import annotations

import io
from typing import Any

import pytest

from sandbox.aws.server.errors import error_response
from sandbox.aws.server.requests import AwsRequest

pytestmark = pytest.mark.unit

CREDENTIAL = "AWS4-HMAC-SHA256 Credential=test/20261124/ap-southeast-3/{}/aws4_request, SignedHeaders=host"


def request(service: str, method: str = "POST", path: str = "/", body: str = "", **headers: str) -> AwsRequest:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_AUTHORIZATION": CREDENTIAL.format(service),
        "wsgi.input": io.BytesIO(body.encode()),
        **headers,
    }
    return AwsRequest.of(environ)


def form(service: str, body: str) -> AwsRequest:
    return request(service, body=body, CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8")


def test_each_protocol_tells_its_operation() -> None:
    assert form("ec2", "Action=RunInstances&Version=2016-11-15").name == "ec2:RunInstances"
    assert request("ssm", HTTP_X_AMZ_TARGET="AmazonSSM.CreateAssociation").name == "ssm:CreateAssociation"
    assert request("route53", path="/2013-04-01/hostedzone").name == "route53:POST /2013-04-01/hostedzone"


def test_reading_changes_nothing() -> None:
    assert not form("ec2", "Action=DescribeInstances").changes
    assert not request("s3", method="GET", path="/bucket").changes


def test_anything_else_may_change_something() -> None:
    assert form("ec2", "Action=TerminateInstances").changes
    assert request("s3", method="PUT", path="/bucket").changes


def test_what_only_carries_data_is_told_apart() -> None:
    assert request("sqs", HTTP_X_AMZ_TARGET="AmazonSQS.SendMessageBatch").carries_data
    assert request("ses", path="/v2/email/outbound-emails").carries_data
    assert not request("sqs", HTTP_X_AMZ_TARGET="AmazonSQS.CreateQueue").carries_data


def test_only_a_long_poll_may_wait() -> None:
    assert request("sqs", HTTP_X_AMZ_TARGET="AmazonSQS.ReceiveMessage").waits
    assert not request("sqs", HTTP_X_AMZ_TARGET="AmazonSQS.DeleteMessage").waits


def test_an_error_is_escaped_where_it_is_xml() -> None:
    _, _, body = error_response(form("ec2", "Action=A"), "NotImplemented", "no <operation> & none")
    assert b"no &lt;operation&gt; &amp; none" in body
