"""RDS's parameters become PostgreSQL's, and nothing weakens durability."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.dataplane.database.parameters import configuration, forces_tls, max_connections

pytestmark = pytest.mark.unit

KNOWN = {"work_mem", "fsync", "synchronous_commit", "listen_addresses", "max_connections", "shared_buffers"}


def configured(**parameters: str) -> dict[str, str]:
    text = configuration(parameters, KNOWN, "db.m7g.large", Path("/sockets"))
    return dict(line.split(" = ", 1) for line in text.splitlines())


def test_a_known_parameter_is_set_and_rdss_own_are_left_out() -> None:
    found = configured(**{"work_mem": "it's", "rds.force_ssl": "1", "unheard_of": "1"})
    assert found["work_mem"] == "'it''s'"
    assert found.keys().isdisjoint({"rds.force_ssl", "unheard_of"})


def test_no_parameter_opens_the_server_or_makes_it_lose_commits() -> None:
    found = configured(fsync="off", synchronous_commit="off", listen_addresses="*", shared_buffers="{x}")
    assert found["fsync"] == found["synchronous_commit"] == "'on'"
    assert found["listen_addresses"] == "''"
    assert found["shared_buffers"] == "'64MB'"


@pytest.mark.parametrize(
    ("value", "instance_class", "expected"),
    [
        ("400", "db.m7g.large", 400),
        ("LEAST({DBInstanceClassMemory/9531392},5000)", "db.t4g.micro", 112),
        ("", "db.m7g.large", 901),
        ("", "db.r7g.2xlarge", 5000),
        ("", None, 100),
    ],
)
def test_the_most_connections_are_the_parameters_or_the_classs(
    value: str, instance_class: str | None, expected: int
) -> None:
    assert max_connections({"max_connections": value}, instance_class) == expected


def test_tls_is_forced_unless_the_parameter_says_otherwise() -> None:
    assert forces_tls({})
    assert forces_tls({"rds.force_ssl": "1"})
    assert not forces_tls({"rds.force_ssl": "0"})
