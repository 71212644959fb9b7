"""Refusals as Kubernetes 1.37 words them, recorded: each names its field."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.provider.cluster import ApiError
from sandbox.kubernetes.provider.problems import Problem, problems

pytestmark = pytest.mark.unit


def refusal(code: int, message: str, **details: Any) -> ApiError:
    return ApiError(code, {"kind": "Status", "message": message, "details": details})


def cause(field: str, message: str, reason: str = "FieldValueInvalid") -> dict[str, str]:
    return {"reason": reason, "message": message, "field": field}


def test_an_invalid_value_has_the_path_of_its_cause() -> None:
    message = "Invalid value: 70000: must be between 1 and 65535, inclusive"
    error = refusal(422, "Service is invalid", causes=[cause("spec.ports[0].port", message)])
    assert problems(error) == [Problem("spec.ports[0].port", message)]


def test_a_field_that_is_misspelt_or_of_a_wrong_type_is_found_in_the_text() -> None:
    error = refusal(
        500,
        "failed to create typed patch object (default/it; apps/v1, Kind=Deployment): errors:\n"
        '  .spec.template.spec.containers[name="it"].imagee: field not declared in schema\n'
        "  .spec.replicas: expected numeric (int or float), got string",
    )
    assert problems(error) == [
        Problem('spec.template.spec.containers[name="it"].imagee', "field not declared in schema"),
        Problem("spec.replicas", "expected numeric (int or float), got string"),
    ]


def test_a_single_fault_stands_on_the_same_line() -> None:
    error = refusal(
        500,
        "failed to create typed patch object (default/it; /v1, Kind=ConfigMap): .daata: field not declared in schema",
    )
    assert [problem.path for problem in problems(error)] == ["daata"]


def test_an_unknown_field_of_a_custom_kind_is_found() -> None:
    error = refusal(400, 'strict decoding error: unknown field "spec.sizee", unknown field "spec.colour"')
    assert [problem.path for problem in problems(error)] == ["spec.sizee", "spec.colour"]


def test_a_conflict_names_the_field_and_who_holds_it() -> None:
    held = cause(".spec.replicas", 'conflict with "kubectl" using apps/v1', "FieldManagerConflict")
    assert problems(refusal(409, "Apply failed with 1 conflict", causes=[held])) == [
        Problem("spec.replicas", 'conflict with "kubectl" using apps/v1')
    ]


def test_a_refusal_for_no_field_s_sake_names_none() -> None:
    assert problems(refusal(403, 'pods "it" is forbidden: exceeded quota: small')) == []


@pytest.mark.parametrize(
    "message",
    [
        'Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
        "Forbidden: field is immutable when `immutable` is set",
        'Invalid value: ["172.20.0.9"]: primary clusterIP can not be unset',
        'Invalid value: "None": may not change once set',
        'Invalid value: {"kind":"Role"}: cannot change roleRef',
        "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
        "Forbidden: spec is immutable after creation except resources.requests",
    ],
)
def test_what_may_only_be_set_once_is_told_from_what_is_wrong(message: str) -> None:
    assert Problem("spec", message).immutable


def test_a_wrong_value_is_not_taken_for_one_that_may_only_be_set_once() -> None:
    assert not Problem("spec.type", 'Unsupported value: "B": supported values: "ClusterIP", "NodePort"').immutable
