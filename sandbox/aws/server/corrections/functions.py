"""Lambda functions keep where they write, and say in which VPC they stand.

moto 5.2.5: it drops LoggingConfig, and every function in a VPC stands in vpc-123abc.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.ec2.models import ec2_backends

from sandbox.aws.server.corrections.patching import replace

_describe = LambdaFunction.get_configuration
_update = LambdaFunction.update_configuration
_make = LambdaFunction.__init__
_KEPT = "prakerja_logging"


def apply() -> None:
    replace(
        LambdaFunction,
        __init__=_initialise,
        get_configuration=_configuration,
        update_configuration=_change,
        vpc_config=property(_vpc_config),
    )


def _initialise(function: LambdaFunction, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
    _make(function, account_id, spec, region, version)
    _keep(function, spec)


def _change(function: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    _keep(function, config_updates)
    _update(function, config_updates)
    return _configuration(function)


def _keep(function: LambdaFunction, asked: dict[str, Any]) -> None:
    if "LoggingConfig" in asked:
        setattr(function, _KEPT, asked["LoggingConfig"])


def _configuration(function: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    return {**_describe(function, on_create), "LoggingConfig": {**default, **getattr(function, _KEPT, {})}}


def _vpc_config(function: LambdaFunction) -> dict[str, Any] | None:
    asked = function._vpc_config  # noqa: SLF001 - moto has no other way to it
    if not asked or not asked.get("SubnetIds"):
        return None
    subnet = ec2_backends[function.account_id][function.region].get_subnet(asked["SubnetIds"][0])
    return {**asked, "VpcId": subnet.vpc_id}
