"""What replaces partners' credentials, from create to delete: functions, who may call them, and schedules.

The cloud server itself stands in moto's place: none of its corrections may be missing.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.provider.cloud import Cloud
from sandbox.provider.values import Archive, Asset, from_wire, to_wire
from tests.sandbox.aws.provider.test_lifecycle import RETAGGED, TAGS, Case, Site, live
from tests.sandbox.provider.engine_driver import CheckError, EngineDriver

pytestmark = pytest.mark.sandbox

FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
CODE = Archive(sha256="11" * 32, assets={"handler.py": Asset(sha256="22" * 32, text="def rotate(): pass")})
OTHER_CODE = Archive(sha256="33" * 32, assets={"handler.py": Asset(sha256="44" * 32, text="def rotate(): ...")})


@pytest.fixture(scope="module")
def moto_endpoint(corrected_cloud: str) -> str:
    """The cloud server itself in moto's place."""
    return corrected_cloud


def function_inputs(site: Site) -> dict[str, Any]:
    return {
        "description": "of a test",
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "handler": "handler.rotate",
        "code": CODE,
        "role": site.role_arn,
        "memorySize": 256,
        "timeout": 60,
        "reservedConcurrentExecutions": 1,
        "environment": {"variables": {"PRAKERJA_ROTATIONS": "{}"}},
        "vpcConfig": {"subnetIds": site.subnets, "securityGroupIds": [site.group]},
        "kmsKeyArn": site.key.state["arn"],
        "loggingConfig": {"logFormat": "Text", "logGroup": "rotation"},
        **TAGS,
    }


class PartnerSite(Site):
    """With what schedules and permissions stand on."""

    @property
    def function(self) -> str:
        made = self._once(FUNCTION, "function", **function_inputs(self))
        return str(made.state["arn"])

    @property
    def secret(self) -> str:
        return self._once("aws:secretsmanager/secret:Secret", "secret", recoveryWindowInDays=0).id


@pytest.fixture
def site(engine: EngineDriver) -> Iterator[PartnerSite]:
    site = PartnerSite(engine)
    yield site
    site.clear()


CASES = [
    Case(
        FUNCTION,
        function_inputs,
        lambda site: {
            "description": None,
            "runtime": "python3.14",
            "handler": "handler.other",
            "code": OTHER_CODE,
            "memorySize": 512,
            "timeout": 90,
            "reservedConcurrentExecutions": 2,
            "environment": {"variables": {"PRAKERJA_ROTATIONS": '{"a": 1}'}},
            "vpcConfig": {"subnetIds": site.subnets[:2], "securityGroupIds": [site.group]},
            "loggingConfig": {"logFormat": "JSON", "logGroup": "other"},
            **RETAGGED,
        },
        {"name": "another"},
    ),
    Case(
        PERMISSION,
        lambda site: {
            "function": site.function,  # type: ignore[attr-defined]
            "action": "lambda:InvokeFunction",
            "principal": "secretsmanager.amazonaws.com",
            "sourceAccount": "123456789012",
        },
        replacing={"sourceAccount": "210987654321"},
    ),
    Case(
        ROTATION,
        lambda site: {
            "secretId": site.secret,  # type: ignore[attr-defined]
            "rotationLambdaArn": site.function,  # type: ignore[attr-defined]
            "rotationRules": {"automaticallyAfterDays": 30},
            "rotateImmediately": False,
        },
        lambda _: {"rotationRules": {"automaticallyAfterDays": 90}},
        {"secretId": "another"},
    ),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.token) for case in CASES])
def test_a_resource_lives_from_create_to_delete(case: Case, engine: EngineDriver, site: PartnerSite) -> None:
    live(case, engine, site)


def test_a_function_says_where_it_is_and_stands_in_the_subnets_own_vpc(
    engine: EngineDriver, site: PartnerSite, cloud: Cloud
) -> None:
    function = engine.made(FUNCTION, "it", **function_inputs(site))
    assert function.state["arn"] == f"arn:aws:lambda:ap-southeast-3:123456789012:function:{function.id}"
    found = cloud.call("lambda", "get_function", FunctionName=function.id)
    assert found["Configuration"]["VpcConfig"]["VpcId"] == site.vpc
    assert found["Configuration"]["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "rotation"}
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 1}
    function.delete()


def test_a_schedule_begins_no_rotation_whether_there_is_a_value_or_not(
    engine: EngineDriver, site: PartnerSite, cloud: Cloud
) -> None:
    schedule = {"rotationLambdaArn": site.function, "rotationRules": {"automaticallyAfterDays": 30}}
    rotation = engine.made(ROTATION, "it", secretId=site.secret, **schedule)
    assert "VersionIdsToStages" not in cloud.call("secretsmanager", "describe_secret", SecretId=site.secret)
    cloud.call("secretsmanager", "put_secret_value", SecretId=site.secret, SecretString="first")
    rotation.update(rotationRules={"automaticallyAfterDays": 60})
    described = cloud.call("secretsmanager", "describe_secret", SecretId=site.secret)
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 60}
    assert list(described["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    assert cloud.call("secretsmanager", "get_secret_value", SecretId=site.secret)["SecretString"] == "first"
    rotation.delete()


def test_a_schedule_without_its_function_is_refused(engine: EngineDriver, site: PartnerSite) -> None:
    arn = "arn:aws:lambda:ap-southeast-3:123456789012:function:none"
    rules = {"automaticallyAfterDays": 30}
    with pytest.raises(Exception, match="does not exist"):
        engine.made(ROTATION, "it", secretId=site.secret, rotationLambdaArn=arn, rotationRules=rules)


def test_code_is_an_archive_of_assets_and_comes_back_as_it_went(
    engine: EngineDriver, site: PartnerSite, tmp_path: Path
) -> None:
    with pytest.raises(CheckError) as refused:
        engine.resource(FUNCTION, "it", **{**function_inputs(site), "code": "handler.py"})
    assert refused.value.failures.keys() == {"code"}
    (tmp_path / "b.py").write_text("b")
    files = Archive(sha256="", assets={"z/a.py": Asset(sha256="", text="a"), "b.py": Asset("", str(tmp_path / "b.py"))})
    [back] = from_wire(to_wire({"code": files})).values()
    assert back.zipped() == files.zipped()
    with zipfile.ZipFile(io.BytesIO(back.zipped())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"b.py": b"b", "z/a.py": b"a"}
    with pytest.raises(ValueError, match="use an AssetArchive"):
        Archive(sha256="", assets=None).zipped()
