"""Reading the environment."""

from __future__ import annotations

import pytest

from app.common.settings import SendGridSettings, SesSettings, SettingsError, migration_settings, service_settings

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
CACHE = {
    "PRAKERJA_CACHE_HOST": "cache.example",
    "PRAKERJA_CACHE_PORT": "6379",
    "PRAKERJA_CACHE_NAME": "prakerja-cache",
    "PRAKERJA_CACHE_USER": "portal",
    "PRAKERJA_CACHE_CA_BUNDLE": "/etc/ssl/ca.pem",
}
PARTNER = {
    "PRAKERJA_PARTNER_IDENTITY_URL": "https://identity.example",
    "PRAKERJA_PARTNER_IDENTITY_SECRET": "arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:identity",
    "PRAKERJA_PARTNER_IDENTITY_REQUESTS_PER_SECOND": "5",
    "PRAKERJA_PARTNER_IDENTITY_CONNECT_SECONDS": "3",
    "PRAKERJA_PARTNER_IDENTITY_ANSWER_SECONDS": "10",
}
MAIL = {
    "PRAKERJA_MAIL_SENDER": "no-reply@prakerja.example",
    "PRAKERJA_MAIL_SENT_BY": "ses",
    "PRAKERJA_MAIL_CONFIGURATION_SET": "prakerja",
    "PRAKERJA_MAIL_PER_SECOND": "14",
    "PRAKERJA_SITE_URL": "https://prakerja.example",
}


def test_a_service_listens_on_every_address_unless_told_otherwise() -> None:
    assert service_settings(COMPLETE).listen_host == "0.0.0.0"  # noqa: S104
    assert service_settings(COMPLETE | {"PRAKERJA_LISTEN_HOST": "127.0.0.9"}).listen_host == "127.0.0.9"


def test_queues_cache_and_mail_are_there_where_the_service_has_been_given_them() -> None:
    bare = service_settings(COMPLETE)
    assert (bare.cache, bare.mail, dict(bare.queue_urls)) == (None, None, {})
    with pytest.raises(SettingsError, match="PRAKERJA_QUEUE_NOTIFICATION_URL"):
        bare.queue_url("notification")
    given = service_settings(COMPLETE | CACHE | MAIL | {"PRAKERJA_QUEUE_NOTIFICATION_URL": "https://sqs/1/n"})
    assert given.cache is not None
    assert given.cache.name == "prakerja-cache"
    assert given.mail is not None
    assert given.mail.per_second == 14
    assert given.queue_url("notification") == "https://sqs/1/n"


def test_partners_are_known_to_all_and_their_apis_to_those_who_ask_them() -> None:
    for none in (COMPLETE, COMPLETE | {"PRAKERJA_PARTNERS": ""}):
        assert service_settings(none).partners == set()
    knows = service_settings(COMPLETE | {"PRAKERJA_PARTNERS": "identity,wallet"})
    assert knows.partners == {"identity", "wallet"}
    with pytest.raises(SettingsError, match="PRAKERJA_PARTNER_IDENTITY_URL"):
        knows.partner("identity")
    asks = service_settings(COMPLETE | PARTNER).partner("identity")
    assert (asks.url, asks.requests_per_second, asks.answer_seconds) == ("https://identity.example", 5, 10)
    for missing in PARTNER.keys() - {"PRAKERJA_PARTNER_IDENTITY_URL"}:
        with pytest.raises(SettingsError, match=missing):
            service_settings({name: value for name, value in (COMPLETE | PARTNER).items() if name != missing})


def test_mail_is_sent_the_way_that_the_service_is_told() -> None:
    by_ses = service_settings(COMPLETE | MAIL).mail
    assert by_ses is not None
    assert by_ses.way == SesSettings(configuration_set="prakerja")
    told = COMPLETE | MAIL | {"PRAKERJA_MAIL_SENT_BY": "sendgrid", "PRAKERJA_MAIL_API_KEY_SECRET": "arn:key"}
    by_sendgrid = service_settings(told).mail
    assert by_sendgrid is not None
    assert by_sendgrid.way == SendGridSettings(api_key_secret="arn:key")
    with pytest.raises(SettingsError, match="PRAKERJA_MAIL_API_KEY_SECRET"):
        service_settings(COMPLETE | MAIL | {"PRAKERJA_MAIL_SENT_BY": "sendgrid"})
    with pytest.raises(SettingsError, match="PRAKERJA_MAIL_SENT_BY must be ses or sendgrid, not 'smtp'"):
        service_settings(COMPLETE | MAIL | {"PRAKERJA_MAIL_SENT_BY": "smtp"})


# Their first variables tell whether the service has them at all.
@pytest.mark.parametrize("name", [*list(CACHE)[1:], *list(MAIL)[1:]])
def test_of_a_cache_or_of_mail_everything_must_be_known(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        service_settings(COMPLETE | {key: value for key, value in (CACHE | MAIL).items() if key != name})


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
