"""A small program under the real Pulumi CLI: what a user sees of the vendors' providers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.engine.launcher import place
from sandbox.provider.serving import serve
from sandbox.saas.record import Record
from sandbox.saas.registry import VENDORS
from sandbox.saas.service import SaasService
from sandbox.state import LOOPBACK
from sandbox.toolchain.plan import plan
from sandbox.toolchain.tools import PULUMI

pytestmark = pytest.mark.end_to_end

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
INTEGRATION = "pagerduty:index/serviceIntegration:ServiceIntegration"

PROGRAM = """
import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_pagerduty as pagerduty
import pulumiverse_grafana as grafana

zone = cloudflare.Zone("zone", name="example.test", account={"id": "0" * 32})
cloudflare.DnsRecord(
    "www", zone_id=zone.id, name="www.example.test", type="CNAME", content="example.test", ttl=1
)
cloudflare.AuthenticatedOriginPullsCertificate(
    "shown", zone_id=zone.id, certificate="PEM", private_key=pulumi.Output.secret("hidden-private-key")
)
policy = pagerduty.EscalationPolicy(
    "oncall", name="oncall",
    rules=[{"escalation_delay_in_minutes": 10, "targets": [{"type": "schedule_reference", "id": "PABCDEF"}]}],
)
service = pagerduty.Service("platform", name="platform", escalation_policy=policy.id)
events = pagerduty.ServiceIntegration(
    "events", name="events", service=service.id, type="events_api_v2_inbound_integration",
    opts=pulumi.ResourceOptions(additional_secret_outputs=["integrationKey"]),
)
account = grafana.Provider("grafana", url="https://example.grafana.net")
grafana.alerting.ContactPoint(
    "platform", name="platform", pagerduties=[{"integration_key": events.integration_key}],
    opts=pulumi.ResourceOptions(provider=account),
)
pulumi.export("name_servers", zone.name_servers)
pulumi.export("zone", zone.id)
"""


class Stack:
    """A stack of the program in a directory of its own, and what the vendors have of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        pulumi = plan(PULUMI)
        if not pulumi.ready:
            pytest.skip("pulumi is not there; `./prakerja up` gets it")
        place(pulumi.path, directory / "bin")
        (directory / "Pulumi.yaml").write_text("name: program\nruntime: python\n")
        (directory / "__main__.py").write_text(PROGRAM)
        for name in ("state", "saas"):
            (directory / name).mkdir()
        self.records = {vendor: Record(directory / "saas", vendor) for vendor in VENDORS}
        serving = {name: serve(f"{LOOPBACK}:0", SaasService(name, record)) for name, record in self.records.items()}
        self._servers = [server for server, _ in serving.values()]
        self._environment = {
            **os.environ,
            "PATH": f"{directory / 'bin'}:{os.environ['PATH']}",
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_BACKEND_URL": f"file://{directory / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, (_, port) in serving.items()),
        }
        self.pulumi("stack", "init", "test")

    def end(self) -> None:
        for server in self._servers:
            server.stop(None)

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        """Run the CLI; answers what it says."""
        run = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.directory,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (run.returncode != 0) == fails, run.stdout
        return run.stdout

    def changes(self) -> dict[str, int]:
        """What the next update would do."""
        found: dict[str, int] = json.loads(self.pulumi("preview", "--json"))["changeSummary"]
        return found

    def state(self) -> str:
        return (self.directory / "state/.pulumi/stacks/program/test.json").read_text()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    stack.end()


def test_a_program_is_previewed_deployed_refused_refreshed_imported_and_destroyed(stack: Stack) -> None:
    assert stack.changes() == {"create": 9}
    stack.pulumi("up", "--yes", "--skip-preview")
    assert "cloudflare-name-server.invalid" in stack.pulumi("stack", "output", "name_servers")
    assert stack.changes() == {"same": 9}
    (integration,) = stack.records["pagerduty"].entries()[INTEGRATION].values()
    key = integration.added["integrationKey"]
    assert key not in stack.state()
    assert "hidden-private-key" not in stack.state()

    (stack.directory / "__main__.py").write_text(PROGRAM.replace('"type": "schedule', '"typ": "schedule'))
    refused = stack.pulumi("preview", fails=True)
    assert "is not a property of rules[0].targets[0]; the nearest that is: type" in " ".join(refused.split())
    (stack.directory / "__main__.py").write_text(PROGRAM)

    record = stack.records["cloudflare"]
    ((where, entry),) = record.entries()[RECORD].items()
    record.replace(RECORD, where, replace(entry, inputs={**entry.inputs, "content": "theirs.test"}))
    stack.pulumi("refresh", "--yes", "--skip-preview")
    assert stack.changes() == {"same": 8, "update": 1}
    stack.pulumi("up", "--yes", "--skip-preview")
    ((where, entry),) = record.entries()[RECORD].items()
    assert entry.inputs["content"] == "example.test"

    record.remove(RECORD, where)
    stack.pulumi("refresh", "--yes", "--skip-preview")
    assert stack.changes() == {"same": 8, "create": 1}
    stack.pulumi("up", "--yes", "--skip-preview")
    assert stack.changes() == {"same": 9}

    zone = stack.pulumi("stack", "output", "zone").strip()
    record.add(RECORD, f"{zone}/{'a' * 32}", replace(entry, id="a" * 32))
    imported = stack.pulumi("import", RECORD, "by-hand", f"{zone}/{'a' * 32}", "--yes", "--protect=false")
    assert "by_hand = cloudflare.DnsRecord(" in imported
    assert 'content="example.test"' in imported

    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert [kept.entries() for kept in stack.records.values()] == [{}, {}, {}]
