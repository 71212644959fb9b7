"""A service as a process of its own, as a VM runs it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.run import SERVICES
from tests.app.certificates import self_signed

REPOSITORY = Path(__file__).parents[2]
FIRST_VIEW = 14 * 1024  # what a first round trip of TCP carries

pytestmark = pytest.mark.sandbox


@dataclass
class Service:
    """A running service without a database."""

    process: subprocess.Popen[bytes]
    port: int

    def exchange(self, request: bytes) -> bytes:
        """Everything that comes back on a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(65536):
                answer += part
            return answer

    def get(self, path: str) -> bytes:
        return self.exchange(
            f"GET {path} HTTP/1.1\r\nHost: prakerja\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
        )


def service_environment(directory: Path, name: str, port: int) -> dict[str, str]:
    """Everything that a service is told, with dependencies that are not there."""
    certificate, _ = self_signed(directory)
    return {
        "PATH": os.environ["PATH"],
        "PRAKERJA_SERVICE": name,
        "PRAKERJA_ENVIRONMENT": "test",
        "PRAKERJA_LISTEN_HOST": "127.0.0.1",
        "PRAKERJA_LISTEN_PORT": str(port),
        "PRAKERJA_DRAIN_SECONDS": "10",
        "PRAKERJA_DATABASE_HOST": "127.0.0.1",
        "PRAKERJA_DATABASE_PORT": "1",
        "PRAKERJA_DATABASE_NAME": "prakerja",
        "PRAKERJA_DATABASE_USER": name,
        "PRAKERJA_DATABASE_POOL_SIZE": "1",
        "PRAKERJA_DATABASE_CA_BUNDLE": str(certificate),
        "PRAKERJA_IDENTITY_KEY_SECRET": "arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:identity-key",
        "PRAKERJA_CACHE_HOST": "127.0.0.1",
        "PRAKERJA_CACHE_PORT": "1",
        "PRAKERJA_CACHE_NAME": "prakerja-cache",
        "PRAKERJA_CACHE_USER": name,
        "PRAKERJA_CACHE_CA_BUNDLE": str(certificate),
        "PRAKERJA_QUEUE_NOTIFICATION_URL": "http://127.0.0.1:1/123456789012/notification",
        "PRAKERJA_QUEUE_MAILFEEDBACK_URL": "http://127.0.0.1:1/123456789012/mailfeedback",
        "PRAKERJA_QUEUE_IDENTITY_URL": "http://127.0.0.1:1/123456789012/identity",
        "PRAKERJA_PARTNERS": "identity",
        "PRAKERJA_PARTNER_IDENTITY_URL": "https://identity.example",
        "PRAKERJA_PARTNER_IDENTITY_SECRET": "arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:partner",
        "PRAKERJA_PARTNER_IDENTITY_REQUESTS_PER_SECOND": "10",
        "PRAKERJA_PARTNER_IDENTITY_CONNECT_SECONDS": "3",
        "PRAKERJA_PARTNER_IDENTITY_ANSWER_SECONDS": "10",
        "PRAKERJA_MAIL_SENDER": "no-reply@prakerja.test",
        "PRAKERJA_MAIL_SENT_BY": "ses",
        "PRAKERJA_MAIL_CONFIGURATION_SET": "prakerja",
        "PRAKERJA_MAIL_PER_SECOND": "100",
        "PRAKERJA_SITE_URL": "https://prakerja.test",
        "AWS_REGION": "ap-southeast-3",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "unused",
        "AWS_SECRET_ACCESS_KEY": "unused",
    }


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.run"],
            cwd=REPOSITORY,
            env=service_environment(tmp_path, request.param, port),
            stdout=log,
            stderr=log,
        )
    try:
        _await_port(process, port)
        yield Service(process, port)
    finally:
        process.kill()
        process.wait()


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the service did not start")


def test_it_lives_without_its_dependencies(service: Service) -> None:
    assert service.get("/healthz").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("service", ["portal", "registration"], indirect=True)
def test_it_says_that_it_is_not_ready_without_them(service: Service) -> None:
    assert service.get("/readyz").startswith(b"HTTP/1.1 503")


def test_it_ends_with_0_on_sigterm(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(10) == 0


@pytest.mark.parametrize("service", ["registration"], indirect=True)
def test_a_request_under_way_is_answered_before_it_ends(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(
            b"POST /api/accounts HTTP/1.1\r\nHost: prakerja\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert b" 100 " in connection.recv(65536)  # the service waits for the body
        service.process.send_signal(signal.SIGTERM)
        connection.sendall(b"{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 422")
    assert service.process.wait(10) == 0


@pytest.mark.parametrize("service", ["portal"], indirect=True)
@pytest.mark.parametrize("path", ["/", "/gelombang", "/daftar", "/hasil", "/terverifikasi"])
def test_a_first_view_fits_into_14_kilobytes_headers_included(service: Service, path: str) -> None:
    answer = service.get(path)
    assert answer.startswith(b"HTTP/1.1 200")
    assert len(answer) < FIRST_VIEW
    assert b"\r\nserver:" not in answer.lower()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PRAKERJA_SERVICE": "mail"}, b"portal, registration"),
        ({"PRAKERJA_DATABASE_PORT": "x"}, b"PRAKERJA_DATABASE_PORT"),
        ({"PRAKERJA_CACHE_HOST": ""}, b"PRAKERJA_CACHE_HOST"),
        ({"PRAKERJA_MAIL_PER_SECOND": "0"}, b"PRAKERJA_MAIL_PER_SECOND"),
    ],
)
def test_a_wrong_environment_is_one_clear_line(tmp_path: Path, change: dict[str, str], named: bytes) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "app.run"],
        cwd=REPOSITORY,
        env=service_environment(tmp_path, "portal", 8080) | change,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert named in ended.stderr
    assert ended.stderr.count(b"\n") == 1


def test_a_service_imports_no_other_services_libraries() -> None:
    """What a machine doesn't need costs it memory and time at each start."""
    others = {
        "portal": {"argon2", "cryptography.hazmat", "app.common.partner"},
        "registration": {"valkey", "app.common.partner"},
        "relay": {"valkey", "argon2", "cryptography.hazmat", "app.common.partner"},
        "notification": {"valkey", "argon2", "cryptography.hazmat", "app.common.partner"},
        "identity": {"valkey", "argon2"},
    }
    for name in SERVICES:
        script = f"import sys, app.run; app.run._module({name!r}); print(*sys.modules)"
        loaded = subprocess.run(
            [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.split()
        packages = {f"app.{other}" for other in SERVICES if other != name}
        assert not (others[name] | packages) & set(loaded), name
        assert not {"boto3", "sqlalchemy", "alembic"} & set(loaded), name
