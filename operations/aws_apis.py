"""Where operations find AWS's APIs."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore.config import Config

from operations.checkout import Checkout
from operations.shell_environment import variables


@dataclass(frozen=True, kw_only=True)
class AwsApis:
    """What each client is made with: every call goes to the sandbox's endpoint, with credentials of no account."""

    session: boto3.Session
    endpoint: str
    config: Config


def sandbox_apis(checkout: Checkout) -> AwsApis:
    """The APIs of a checkout's sandbox."""
    environment = variables(checkout)
    return AwsApis(
        session=boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        ),
        endpoint=environment["AWS_ENDPOINT_URL"],
        config=Config(proxies={}, retries={"total_max_attempts": 3}),
    )
