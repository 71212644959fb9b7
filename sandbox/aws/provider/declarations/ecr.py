"""ECR: repositories of container images."""

from __future__ import annotations

from typing import Any

from sandbox.aws.provider.declaration import Call, Declaration, Input, Model, Naming, Tagging, Update, fixed, local
from sandbox.aws.provider.work import Work
from sandbox.provider.fidelity import Fidelity
from sandbox.provider.values import Properties

_OF_REPOSITORY = {"repositoryName": "{id}"}


def _read(work: Work) -> Model | None:
    model: Model = work.find("repositories[0]", "describe_repositories", repositoryNames=[work.id])
    return model


def _extend(work: Work, model: Model) -> None:
    model["tags"] = work.find("tags", "list_tags_for_resource", resourceArn=model["repositoryArn"])


def _encode_encryption(configurations: list[Properties]) -> Model:
    """pulumi-aws has a list of one where the API has a structure."""
    [configuration] = configurations
    return dict(configuration)


def _decode_encryption(configuration: Model) -> list[Properties]:
    return [{name: configuration[name] for name in ("encryptionType", "kmsKey") if name in configuration}]


def _check(inputs: Properties) -> list[tuple[str, str]]:
    kinds = [one.get("encryptionType", "AES256") for one in inputs.get("encryptionConfigurations", [])]
    if len(kinds) > 1:
        return [("encryptionConfigurations", f"must have at most one item, not {len(kinds)}")]
    allowed = ("AES256", "KMS", "KMS_DSSE")
    path = "encryptionConfigurations[0].encryptionType"
    return [(path, f"must be one of {', '.join(allowed)}, not {kind!r}") for kind in kinds if kind not in allowed]


def _delete(work: Work) -> None:
    work.call("delete_repository", repositoryName=work.id, force=bool(work.get("forceDelete")))


_TAGS: dict[str, Any] = {"resourceArn": "{arn}"}

REPOSITORY = Declaration(
    type="aws:ecr/repository:Repository",
    service="ecr",
    fidelity=Fidelity.RUNS,
    behind="holds images' manifests, of which pods are made; no layers, no scans, nothing is encrypted",
    inputs={
        "name": fixed(api="repositoryName"),
        "imageTagMutability": Input(default="MUTABLE"),
        "imageScanningConfiguration": Input(computed=True),
        "encryptionConfigurations": fixed(
            api="encryptionConfiguration", computed=True, encode=_encode_encryption, decode=_decode_encryption
        ),
        "forceDelete": local(),
    },
    create=Call("create_repository", result="repository.repositoryName"),
    read=_read,
    updates=(
        Update(Call("put_image_tag_mutability", _OF_REPOSITORY), ("imageTagMutability",), after_create=False),
        Update(
            Call("put_image_scanning_configuration", _OF_REPOSITORY),
            ("imageScanningConfiguration",),
            after_create=False,
        ),
    ),
    delete=_delete,
    extend=_extend,
    check=_check,
    outputs={"arn": "repositoryArn", "repositoryUrl": "repositoryUri"},
    naming=Naming(limit=256, prefix_input=None, lower=True),
    tagging=Tagging(
        add=Call("tag_resource", _TAGS),
        remove=Call("untag_resource", _TAGS),
        create="tags",
        path="tags",
        add_parameter="tags",
        remove_parameter="tagKeys",
    ),
)

_OF_POLICY = {"repositoryName": "{repository}"}

LIFECYCLE_POLICY = Declaration(
    type="aws:ecr/lifecyclePolicy:LifecyclePolicy",
    service="ecr",
    id="{repository}",
    behind="no image expires",
    inputs={
        "repository": fixed(api="repositoryName"),
        "policy": Input(api="lifecyclePolicyText", document=True),
    },
    create=Call("put_lifecycle_policy"),
    read=Call("get_lifecycle_policy", _OF_POLICY),
    updates=(Update(Call("put_lifecycle_policy"), ("repository", "policy")),),
    delete=Call("delete_lifecycle_policy", _OF_POLICY),
)

REPOSITORY_POLICY = Declaration(
    type="aws:ecr/repositoryPolicy:RepositoryPolicy",
    service="ecr",
    id="{repository}",
    behind="not enforced",
    inputs={
        "repository": fixed(api="repositoryName"),
        "policy": Input(api="policyText", document=True),
    },
    create=Call("set_repository_policy"),
    read=Call("get_repository_policy", _OF_POLICY),
    updates=(Update(Call("set_repository_policy"), ("repository", "policy")),),
    delete=Call("delete_repository_policy", _OF_POLICY),
)

ALL = (REPOSITORY, LIFECYCLE_POLICY, REPOSITORY_POLICY)
