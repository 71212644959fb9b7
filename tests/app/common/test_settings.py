"""Reading the environment."""

from __future__ import annotations

import pytest

from app.common.settings import SettingsError, migration_settings, service_settings

pytestmark = pytest.mark.unit

COMPLETE = {
    "PRAKERJA_SERVICE": "portal",
    "PRAKERJA_ENVIRONMENT": "prod",
    "PRAKERJA_LISTEN_PORT": "8080",
    "PRAKERJA_DRAIN_SECONDS": "30",
    "AWS_REGION": "ap-southeast-3",
    "PRAKERJA_DATABASE_HOST": "database.example",
    "PRAKERJA_DATABASE_PORT": "5432",
    "PRAKERJA_DATABASE_NAME": "prakerja",
    "PRAKERJA_DATABASE_USER": "portal",
    "PRAKERJA_DATABASE_POOL_SIZE": "1",
    "PRAKERJA_DATABASE_CA_BUNDLE": "/etc/prakerja/ca.pem",
}


def test_a_service_listens_on_every_address_unless_told_otherwise() -> None:
    assert service_settings(COMPLETE).listen_host == "0.0.0.0"  # noqa: S104
    assert service_settings(COMPLETE | {"PRAKERJA_LISTEN_HOST": "127.0.0.9"}).listen_host == "127.0.0.9"


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_variable_is_named(name: str) -> None:
    environ = {key: value for key, value in COMPLETE.items() if key != name}
    with pytest.raises(SettingsError, match=name):
        service_settings(environ)


@pytest.mark.parametrize("value", ["", "0", "65536", "-1", "80a", "8080 ", "\u0668\u0660"])
def test_a_port_is_a_whole_number_in_range(value: str) -> None:
    with pytest.raises(SettingsError, match="PRAKERJA_LISTEN_PORT"):
        service_settings(COMPLETE | {"PRAKERJA_LISTEN_PORT": value})


def test_the_migration_job_needs_both_secrets() -> None:
    with pytest.raises(SettingsError, match="PRAKERJA_DATABASE_MASTER_SECRET"):
        migration_settings(COMPLETE)
    with pytest.raises(SettingsError, match="PRAKERJA_IDENTITY_KEY_SECRET"):
        migration_settings(COMPLETE | {"PRAKERJA_DATABASE_MASTER_SECRET": "arn"})
