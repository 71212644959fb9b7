"""A refresh sees what others changed of what the program sets, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes.provider.drift import inputs_as_they_are

pytestmark = pytest.mark.unit

PORTS = {
    "f:spec": {
        "f:ports": {
            'k:{"port":80,"protocol":"TCP"}': {"f:port": {}, "f:targetPort": {}},
            'k:{"port":81,"protocol":"TCP"}': {"f:port": {}},
        }
    },
    "f:metadata": {"f:finalizers": {'v:"a"': {}, 'v:"b"': {}}},
}


def live(fields: dict[str, Any] | None = None, **content: Any) -> dict[str, Any]:
    return {"metadata": {"managedFields": [{"manager": "a", "fieldsV1": fields or {}}]}, **content}


def test_what_the_server_spells_otherwise_is_no_drift() -> None:
    old = {"spec": {"cpu": "1000m", "replicas": 1}}
    wanted, now = live(spec={"cpu": "1", "replicas": 1}), live(spec={"cpu": "1", "replicas": 3})
    assert inputs_as_they_are(old, wanted, now) == {"spec": {"cpu": "1000m", "replicas": 3}}


def test_what_somebody_took_away_is_drift_and_what_somebody_added_is_theirs() -> None:
    old = {"data": {"a": "1", "b": "2"}}
    assert inputs_as_they_are(old, live(data=old["data"]), live(data={"b": "2", "c": "3"})) == {"data": {"b": "2"}}


def test_items_by_key_are_compared_with_their_own_wherever_they_stand() -> None:
    old = {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}
    theirs = {"port": 81, "protocol": "TCP"}
    wanted = live(PORTS, spec={"ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]})
    same = live(PORTS, spec={"ports": [theirs, {"port": 80, "targetPort": 8080, "protocol": "TCP"}]})
    assert inputs_as_they_are(old, wanted, same) == old
    changed = live(PORTS, spec={"ports": [theirs, {"port": 80, "targetPort": 9, "protocol": "TCP"}]})
    assert inputs_as_they_are(old, wanted, changed) == {"spec": {"ports": [{"port": 80, "targetPort": 9}]}}
    assert inputs_as_they_are(old, wanted, live(PORTS, spec={"ports": [theirs]})) == {"spec": {"ports": []}}


def test_of_a_set_what_others_put_in_is_theirs() -> None:
    old = {"metadata": {"finalizers": ["a"]}}
    now = live(PORTS)
    now["metadata"]["finalizers"] = ["b", "a"]
    wanted = live(PORTS)
    wanted["metadata"]["finalizers"] = ["a"]
    assert inputs_as_they_are(old, wanted, now) == old


def test_a_list_that_is_one_value_is_taken_whole() -> None:
    old = {"spec": {"args": ["a", "b"]}}
    assert inputs_as_they_are(old, live(spec={"args": ["a", "b"]}), live(spec={"args": ["a"]})) == {
        "spec": {"args": ["a"]}
    }
