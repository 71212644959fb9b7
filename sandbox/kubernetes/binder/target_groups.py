"""Calls to ELBv2, as EKS's load-balancing controller makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.dataplane.cloud import REGION
from sandbox.kubernetes.binder.matching import Target

P = ParamSpec("P")
T = TypeVar("T")

_NO_TARGET_GROUP = "TargetGroupNotFound"


class TargetGroupError(RuntimeError):
    """A call was refused, or the cloud doesn't answer."""


class MissingTargetGroupError(TargetGroupError):
    """There is no such target group."""


@dataclass(frozen=True)
class Health:
    """A target's health as DescribeTargetHealth tells it."""

    state: str
    reason: str
    description: str


class TargetGroups:
    """The target groups of one cloud, at an end point."""

    def __init__(self, endpoint: str) -> None:
        self._client = boto3.client(
            "elbv2",
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id="AKIALOADBALANCING",
            aws_secret_access_key="load-balancing",  # noqa: S106 - the sandbox's cloud takes any
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )
        self._types: dict[str, str] = {}

    async def target_type(self, arn: str) -> str:
        """`ip` or `instance`; it never changes. Raises TargetGroupError; so do all others."""
        if arn not in self._types:
            self._types[arn] = await _call(self._describe_type, arn)
        return self._types[arn]

    async def health(self, arn: str) -> dict[Target, Health]:
        """All registered and draining targets."""
        return await _call(self._describe_health, arn)

    async def register(self, arn: str, targets: Collection[Target]) -> None:
        await _call(self._register, arn, targets)

    async def deregister(self, arn: str, targets: Collection[Target]) -> None:
        await _call(self._deregister, arn, targets)

    def _describe_type(self, arn: str) -> str:
        return self._client.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]["TargetType"]

    def _describe_health(self, arn: str) -> dict[Target, Health]:
        described = self._client.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {
            Target(one["Target"]["Id"], one["Target"]["Port"]): Health(
                one["TargetHealth"]["State"],
                one["TargetHealth"].get("Reason", ""),
                one["TargetHealth"].get("Description", ""),
            )
            for one in described
        }

    def _register(self, arn: str, targets: Collection[Target]) -> None:
        self._client.register_targets(
            TargetGroupArn=arn, Targets=[{"Id": target.address, "Port": target.port} for target in targets]
        )

    def _deregister(self, arn: str, targets: Collection[Target]) -> None:
        self._client.deregister_targets(
            TargetGroupArn=arn, Targets=[{"Id": target.address, "Port": target.port} for target in targets]
        )


async def _call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a blocking call in a thread. Raises TargetGroupError."""
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == _NO_TARGET_GROUP:
            raise MissingTargetGroupError(str(error)) from error
        raise TargetGroupError(str(error)) from error
    except BotoCoreError as error:
        raise TargetGroupError(str(error)) from error
