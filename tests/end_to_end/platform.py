"""One platform in a fresh copy of this checkout, driven as a user drives it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import httpx

from operations.checkout import Checkout
from operations.shell_environment import variables
from sandbox.state import SandboxState

REPOSITORY = Path(__file__).parents[2]
RECOVERY_SECONDS = 60.0


def eventually(condition: Callable[[], bool], what: str, seconds: float = RECOVERY_SECONDS) -> None:
    """Wait until a condition holds; fail, saying what never came true, where it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


def copy_checkout(target: Path) -> None:
    """Copy what is tracked or would be, as it is on disk now, and commit it there."""
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, text=True
    )
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "The checkout under test"]):
        subprocess.run(["git", *arguments], cwd=target, check=True)


class Platform:
    """A copy of the checkout and its sandbox."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        copy_checkout(directory)
        self.checkout = Checkout(repository=directory, state=SandboxState(directory / ".sandbox"))

    def prakerja(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the entry point."""
        return subprocess.run(
            [self.directory / "prakerja", *arguments], env=_environment(), capture_output=True, text=True, check=False
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the entry point without waiting for it."""
        return subprocess.Popen(
            [self.directory / "prakerja", *arguments],
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a literal command in a shell that has taken over `./prakerja env`."""
        script = f'eval "$(./prakerja env)"\n{command}'
        return subprocess.run(
            ["bash", "-c", script], cwd=self.directory, env=_environment(), capture_output=True, text=True, check=False
        )

    def status(self) -> dict[str, Any]:
        """`status --json`."""
        document: dict[str, Any] = json.loads(self.prakerja("status", "--json").stdout)
        return document

    @property
    def site(self) -> str:
        """The site's address."""
        return f"http://127.0.0.1:{self.checkout.state.ports().site}"

    def site_answers(self) -> bool:
        """Whether the start page is served."""
        try:
            return httpx.get(self.site).status_code == 200
        except httpx.HTTPError:
            return False

    def everything_is_healthy(self) -> bool:
        """Whether every machine is healthy and every pod ready, and database and cache are."""
        status = self.status()
        services = status["services"].values()
        machines = [service["vms"] for service in services if service["vms"]]
        containers = [service["containers"] for service in services if service["containers"]]
        return (
            bool(services)
            and all(vms["healthy"] == vms["desired"] for vms in machines)
            and all(pods["ready"] == pods["desired"] for pods in containers)
            and status["database"]["ready"]
            and status["cache"]["ready"]
        )

    def running(self) -> set[int]:
        """The process ids of the machines and of the database's server."""
        document = json.loads((self.checkout.state.run / "dataplane.json").read_text())
        parts = [*document["instances"].values(), *document["databases"].values()]
        return {part["pid"] for part in parts if part["pid"]}

    def database_answers(self) -> bool:
        """Whether the database takes log-ins; its proxy listens before, while the server recovers."""
        try:
            self.emails()
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        return True

    def kubectl(self, arguments: str) -> str:
        """What a kubectl command of the user's shell prints; it must succeed."""
        done = self.shell(f"kubectl {arguments}")
        assert done.returncode == 0, f"kubectl {arguments}: {done.stderr}"
        return done.stdout

    def kubernetes(self, arguments: str) -> Any:
        """`kubectl get … -o json`."""
        return json.loads(self.kubectl(f"get {arguments} -o json"))

    def client(self, service: str) -> Any:
        """A boto3 client that speaks to the sandbox."""
        chosen = variables(self.checkout)
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=chosen["AWS_ENDPOINT_URL"],
            region_name=chosen["AWS_REGION"],
            aws_access_key_id=chosen["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=chosen["AWS_SECRET_ACCESS_KEY"],
        )

    def in_service(self) -> dict[str, str]:
        """The instances that Auto Scaling groups hold in service, and their zones."""
        groups = self.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        return {
            instance["InstanceId"]: instance["AvailabilityZone"]
            for group in groups
            for instance in group["Instances"]
            if instance["LifecycleState"] == "InService"
        }

    def emails(self) -> set[str]:
        """The e-mail addresses of all accounts, read as the database's master user over TLS."""
        return {row["email"] for row in self._rows("SELECT email FROM registration.account")}

    def verified_emails(self) -> set[str]:
        """Those of them that are verified, and whose accounts have a password."""
        rows = self._rows(
            "SELECT email FROM registration.account "
            "WHERE email_verified_at IS NOT NULL AND password_hash LIKE '$argon2id$%'"
        )
        return {row["email"] for row in rows}

    def identity_checks(self) -> dict[str, str]:
        """By the accounts' e-mail addresses, what the partner has said of their identities."""
        rows = self._rows("SELECT email, result FROM registration.account JOIN identity.checked ON account_id = id")
        return {row["email"]: row["result"] for row in rows}

    def barred_digests(self) -> dict[str, str]:
        """Why addresses are not written to again, by the addresses' SHA-256 in hexadecimal."""
        rows = self._rows("SELECT encode(address_digest, 'hex') AS digest, reason FROM notification.barred")
        return {row["digest"]: row["reason"] for row in rows}

    def _rows(self, query: str) -> list[asyncpg.Record]:
        return asyncio.run(self._fetch(query))

    async def _fetch(self, query: str) -> list[asyncpg.Record]:
        instance = self.client("rds").describe_db_instances()["DBInstances"][0]
        arn = instance["MasterUserSecret"]["SecretArn"]
        secret = json.loads(self.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        connection = await asyncpg.connect(
            host=instance["Endpoint"]["Address"],
            port=instance["Endpoint"]["Port"],
            database=instance["DBName"],
            user=secret["username"],
            password=secret["password"],
            ssl=ssl.create_default_context(cafile=self.checkout.state.secrets / "ca.pem"),
        )
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    def edit(self, file: str, replacements: Mapping[str, str]) -> None:
        """Change a settings file of the copy; every text to replace must be there."""
        path = self.directory / file
        text = path.read_text()
        for old, new in replacements.items():
            assert old in text, f"{file} has no {old!r}"
            text = text.replace(old, new, 1)
        path.write_text(text)

    def restore(self) -> None:
        """Put every tracked file back."""
        subprocess.run(["git", "checkout", "-q", "."], cwd=self.directory, check=True)

    def changed_files(self) -> str:
        """What git finds changed or new."""
        return subprocess.check_output(["git", "status", "--porcelain"], cwd=self.directory, text=True)


def _environment() -> dict[str, str]:
    """This process's environment, with an account of somebody's in it that must not be used."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return {**inherited, "AWS_PROFILE": "somebody", "AWS_SESSION_TOKEN": "somebody"}
