"""Serve the vendors' providers and `tls`, each at a port of its own: `python -m sandbox.saas --state-dir DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.processes import notify_ready
from sandbox.provider.serving import serve, stop_at_signal
from sandbox.saas.record import Record
from sandbox.saas.registry import VENDORS
from sandbox.saas.service import SaasService
from sandbox.state import LOOPBACK, SandboxState
from sandbox.tls.service import TlsService


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="sandbox.saas")
    parser.add_argument("--state-dir", type=Path, required=True)
    state = SandboxState(parser.parse_args().state_dir)
    ports = state.ports()
    at = {
        "cloudflare": ports.cloudflare_provider,
        "grafana": ports.grafana_provider,
        "pagerduty": ports.pagerduty_provider,
    }
    servers = [
        serve(f"{LOOPBACK}:{at[vendor]}", SaasService(vendor, Record(state.saas, vendor)))[0] for vendor in VENDORS
    ]
    servers.append(serve(f"{LOOPBACK}:{ports.tls_provider}", TlsService())[0])
    stop_at_signal(*servers)
    notify_ready()
    for server in servers:
        server.wait_for_termination()


if __name__ == "__main__":
    main()
