"""Calls of AWS's services, on moto's server and on one that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.common import aws
from app.common.aws import SECRETS_MANAGER, SES, SQS, AwsClient, AwsError, Secret
from tests.app.cloud import REGION, Cloud
from tests.serving import serving


@contextmanager
def _answering(*answers: Response) -> Iterator[tuple[str, list[Request]]]:
    """A server that gives these answers in turn: its address, and what it was asked."""
    asked: list[Request] = []

    @Request.application
    def application(request: Request) -> Response:
        request.get_data()
        asked.append(request)
        return answers[len(asked) - 1]

    with serving(make_server("127.0.0.1", 0, application)) as port:
        yield f"http://127.0.0.1:{port}", asked


def _refusal(status: int, code: str) -> Response:
    return Response(f'{{"__type": "com.amazonaws.sqs#{code}", "message": ""}}', status)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")


@pytest.mark.unit
def test_an_operation_is_named_signed_and_its_answer_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    with _answering(Response('{"answer": 1}'), Response(b"")) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert AwsClient(SQS, REGION).call("ReceiveMessage", {"QueueUrl": "q"}) == {"answer": 1}
        assert AwsClient(SES, REGION).call("/v2/email/outbound-emails", {}) == {}
    by_name, by_path = asked
    assert (by_name.path, by_name.headers["X-Amz-Target"]) == ("/", "AmazonSQS.ReceiveMessage")
    assert by_name.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert by_name.data == b'{"QueueUrl":"q"}'
    assert f"/{REGION}/sqs/aws4_request" in by_name.headers["Authorization"]
    assert "x-amz-security-token;x-amz-target" in by_name.headers["Authorization"]
    assert (by_path.method, by_path.path) == ("POST", "/v2/email/outbound-emails")
    assert f"/{REGION}/ses/aws4_request" in by_path.headers["Authorization"]


@pytest.mark.unit
@pytest.mark.parametrize(
    "answer",
    [
        _refusal(400, "QueueDoesNotExist"),
        Response("{}", 400, {"x-amzn-ErrorType": "QueueDoesNotExist:http://internal.amazon.com/coral/"}),
    ],
)
def test_a_refusal_is_told_in_awss_word_and_not_repeated(answer: Response, monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(answer) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AwsError) as refused:
            AwsClient(SQS, REGION).call("ReceiveMessage", {})
    assert (refused.value.code, len(asked)) == ("QueueDoesNotExist", 1)


@pytest.mark.unit
@pytest.mark.parametrize("first", [_refusal(400, "RequestThrottled"), Response("<html>", 503)])
def test_what_may_pass_is_tried_again(first: Response, monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(first, first, Response('{"answer": 1}')) as (url, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert AwsClient(SQS, REGION).call("ReceiveMessage", {}) == {"answer": 1}
    assert len(asked) == aws.ATTEMPTS


@pytest.mark.unit
@pytest.mark.parametrize(("answer", "code"), [(Response("<html>", 503), "503"), (_refusal(500, "Broken"), "Broken")])
def test_after_three_attempts_the_last_failure_is_told(
    answer: Response, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(answer, answer, answer) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(AwsError, match=code):
            AwsClient(SQS, REGION).call("ReceiveMessage", {})


@pytest.mark.unit
def test_where_nobody_answers_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(AwsError, match="EndpointConnectionError"):
        AwsClient(SECRETS_MANAGER, REGION).call("GetSecretValue", {})


@pytest.mark.unit
def test_credentials_may_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = AwsClient(SQS, REGION)
    with pytest.raises(AwsError, match="NoCredentialsError"):
        client.call("ReceiveMessage", {})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    with _answering(Response("{}")) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert client.call("ReceiveMessage", {}) == {}


@pytest.mark.sandbox
def test_a_secret_has_the_value_that_it_was_given_last(cloud: Cloud) -> None:
    arn = cloud.client("secretsmanager").create_secret(Name="test")["ARN"]
    secret = Secret(region=REGION, arn=arn)
    with pytest.raises(AwsError, match=aws.NO_VALUE):
        secret.text()
    for text in ("first", "second"):
        secret.put(text)
        assert secret.text() == text
