"""HAProxy's configuration for what ELBv2 holds, with an Application Load Balancer's behaviour.

ALB makes no retries and sends no request to a second target; a connection that is idle for 60 s is closed; a target
that refuses or resets is a 502, a target group without targets a 503 (Elastic Load Balancing user guide).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.dataplane.load_balancer.actions import action_rules
from sandbox.dataplane.load_balancer.conditions import UnsupportedError, condition_acl
from sandbox.dataplane.load_balancer.weights import backend_name, rule_key
from sandbox.dataplane.snapshot import HealthCheck, Listener, LoadBalancer, TargetGroup
from sandbox.dataplane.unprivileged import UNPRIVILEGED_USER
from sandbox.state import LOOPBACK, Ports

# Nobody else may take what an ALB's clients see as its limits: idle time-out and time to connect, in seconds.
_IDLE_SECONDS = 60
_CONNECT_SECONDS = 10
_MAX_CONNECTIONS = 8_000  # HAProxy takes two descriptors a connection; 20,000 is a common hard limit
_STANDS_FOR = {"HTTPS": ("site", "https", 443), "HTTP": ("redirect", "http", 80)}


@dataclass(frozen=True)
class Files:
    """The files of one HAProxy, all in one directory."""

    directory: Path

    @property
    def configuration(self) -> Path:
        return self.directory / "haproxy.cfg"

    @property
    def weights(self) -> Path:
        return self.directory / "weights.map"

    @property
    def server_states(self) -> Path:
        return self.directory / "server-states"

    @property
    def bad_gateway(self) -> Path:
        return self.directory / "502.http"

    @property
    def runtime_socket(self) -> Path:
        return self.directory / "runtime.sock"

    @property
    def master_socket(self) -> Path:
        return self.directory / "master.sock"


@dataclass(frozen=True)
class Server:
    """A target as a server of a backend."""

    backend: str
    name: str
    address: str
    options: str


def site_listeners(load_balancers: Sequence[LoadBalancer]) -> list[Listener]:
    """The listeners of the site's load balancer: the internet-facing one. Raises UnsupportedError for a second."""
    facing = [balancer for balancer in load_balancers if balancer.scheme != "internal"]
    if len(facing) > 1:
        names = ", ".join(balancer.name for balancer in facing)
        raise UnsupportedError(f"the sandbox serves one internet-facing load balancer, not {names}")
    return facing[0].listeners if facing else []


def server_options(check: HealthCheck) -> str:
    """A server's health check: ALB's interval and thresholds, nothing faster in between."""
    return f"check inter {check.interval}s rise {check.healthy_threshold} fall {check.unhealthy_threshold}"


def render(
    listeners: Sequence[Listener],
    groups: Sequence[TargetGroup],
    servers: Mapping[str, Sequence[Server]],
    ports: Ports,
    files: Files,
) -> str:
    """The whole configuration; `servers` by backend. Without servers, it is what a reload is needed for.

    Raises UnsupportedError, which names what a listener asks for and the load balancer can't do.
    """
    lines = [*_global(files), *_defaults()]
    for listener in listeners:
        lines += _frontend(listener, ports, files)
    for group in groups:
        lines += _backend(group, servers.get(backend_name(group.arn), ()), files)
    lines += ["backend empty", "    http-request return status 503", ""]
    return "\n".join(lines)


def _global(files: Files) -> Iterator[str]:
    yield "global"
    yield f"    stats socket {files.runtime_socket} mode 600 level admin"
    yield f"    server-state-file {files.server_states}"
    yield f"    maxconn {_MAX_CONNECTIONS}"
    yield "    nbthread 1"  # on two cores, more threads only take them from the targets
    if os.geteuid() == 0:
        yield f"    uid {UNPRIVILEGED_USER}"
        yield f"    gid {UNPRIVILEGED_USER}"
    yield ""


def _defaults() -> Iterator[str]:
    yield "defaults"
    yield "    mode http"
    yield "    retries 0"
    yield "    option idle-close-on-response"  # a reload then loses no request on a kept connection
    yield "    load-server-state-from-file global"
    yield f"    timeout connect {_CONNECT_SECONDS}s"
    for side in ("client", "server", "http-request", "http-keep-alive"):
        yield f"    timeout {side} {_IDLE_SECONDS}s"
    yield ""


def _frontend(listener: Listener, ports: Ports, files: Files) -> Iterator[str]:
    if listener.protocol not in _STANDS_FOR:
        raise UnsupportedError(f"listener {listener.arn}: the sandbox serves HTTPS and HTTP, not {listener.protocol}")
    name, scheme, port = _STANDS_FOR[listener.protocol]
    own_port = {"site": ports.site, "redirect": ports.redirect}[name]
    yield f"frontend {name}"
    yield f"    bind {LOOPBACK}:{own_port}"
    yield "    acl forwarded req.fhdr(X-Forwarded-For) -m found"
    yield '    http-request set-header X-Forwarded-For "%[req.fhdr(X-Forwarded-For)], %[src]" if forwarded'
    yield "    http-request set-header X-Forwarded-For %[src] unless forwarded"
    yield f"    http-request set-header X-Forwarded-Proto {scheme}"
    yield f"    http-request set-header X-Forwarded-Port {port}"
    for line in _rules(listener, scheme, f"{LOOPBACK}:{ports.site}", files):
        yield f"    {line}"
    yield "    use_backend empty if { var(txn.backend),nbsrv eq 0 }"
    yield "    use_backend %[var(txn.backend)]"
    yield "    default_backend empty"
    yield ""


def _rules(listener: Listener, scheme: str, site: str, files: Files) -> Iterator[str]:
    owners = []
    for rule in sorted(listener.rules, key=lambda rule: rule.priority):
        where = f"listener {listener.protocol}, rule {rule.priority}"
        acls = [f"rule{rule.priority}-{position}" for position in range(len(rule.conditions))]
        for acl, condition in zip(acls, rule.conditions, strict=True):
            yield condition_acl(acl, condition, where)
        key = rule_key(rule.arn)
        yield f"http-request set-var(txn.rule) str({key}) if {' '.join(acls)} !{{ var(txn.rule) -m found }}"
        owners.append((key, rule.actions, where))
    key = rule_key(listener.arn)
    yield f"http-request set-var(txn.rule) str({key}) unless {{ var(txn.rule) -m found }}"
    owners.append((key, listener.default_actions, f"listener {listener.protocol}, default"))
    for key, actions, where in owners:
        yield from action_rules(
            actions,
            key=key,
            when=f"if {{ var(txn.rule) -m str {key} }}",
            scheme=scheme,
            site=site,
            weights=files.weights,
            where=where,
        )


def _backend(group: TargetGroup, servers: Sequence[Server], files: Files) -> Iterator[str]:
    check = group.health_check
    yield f"backend {backend_name(group.arn)}"
    yield "    balance roundrobin"
    yield f"    errorfile 503 {files.bad_gateway}"  # HAProxy's 503 here is a refused connection: ALB's 502
    yield "    option httpchk"
    headers = "hdr Host localhost hdr User-Agent ELB-HealthChecker/2.0"
    yield f"    http-check send meth GET uri '{check.path}' ver HTTP/1.1 {headers}"
    yield f"    http-check expect status {check.matcher}"
    yield f"    timeout check {check.timeout}s"
    for server in servers:
        yield f"    server {server.name} {server.address} {server.options}"
    yield ""
