"""ALB's actions as HAProxy's rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.dataplane.load_balancer.conditions import UnsupportedError
from sandbox.dataplane.load_balancer.weights import SHARES, backend_name, shares
from sandbox.dataplane.snapshot import Action, FixedResponseConfig, RedirectConfig

_PLACEHOLDER = re.compile(r"#\{(protocol|host|port|path|query)\}")
HTTPS_PORT = "443"


def action_rules(
    actions: Sequence[Action], *, key: str, when: str, scheme: str, site: str, weights: Path, where: str
) -> Iterator[str]:
    """The frontend's `http-request` rules for the actions of a rule that applies under the condition `when`.

    A forward only chooses: it sets `txn.backend`, which the frontend acts on at its end.
    key: the rule's key in the map of weights. scheme: what the listener stands for. site: `host:port` on loopback
    that stands for the site's port 443. weights: the map's file. where: the rule's name, for the error.
    Raises UnsupportedError.
    """
    match actions:
        case [Action(type="forward") as action]:
            yield from _forward(action, key, when, weights, where)
        case [Action(type="fixed-response", fixed_response_config=FixedResponseConfig() as response)]:
            content_type, body = _quoted(response.content_type), _quoted(response.message_body)
            yield (
                f"http-request return status {int(response.status_code)} "
                f"content-type {content_type} string {body} {when}"
            )
        case [Action(type="redirect", redirect_config=RedirectConfig() as redirect)]:
            code = redirect.status_code.removeprefix("HTTP_")
            location = redirect_location(redirect, scheme, site)
            yield f"http-request redirect code {code} location {location} {when}"
        case _:
            kinds = ", ".join(action.type for action in actions)
            raise UnsupportedError(f"{where}: the sandbox's load balancer can't play the actions {kinds}")


def _forward(action: Action, key: str, when: str, weights: Path, where: str) -> Iterator[str]:
    config = action.forward_config
    if config and config.target_group_stickiness_config and config.target_group_stickiness_config.enabled:
        raise UnsupportedError(f"{where}: the sandbox's load balancer has no target group stickiness")
    yield f"http-request set-var(txn.draw) rand({SHARES}) {when}"
    for position, (arn, _) in enumerate(shares(action)):
        limit = f"str({key}/{position}),map_str_int({weights},0)"
        yield f"http-request set-var(txn.limit) {limit} {when}"
        yield (
            f"http-request set-var(txn.backend) str({backend_name(arn)}) {when} "
            "{ var(txn.draw),sub(txn.limit) lt 0 } !{ var(txn.backend) -m found }"
        )
    yield f"http-request set-var(txn.backend) str(empty) {when} !{{ var(txn.backend) -m found }}"


def redirect_location(redirect: RedirectConfig, scheme: str, site: str) -> str:
    """The Location of a redirect as one quoted log format; https on port 443 becomes the site's loopback address."""
    protocol = redirect.protocol.lower().replace("#{protocol}", scheme)
    port = redirect.port.replace("#{port}", HTTPS_PORT if scheme == "https" else "80")
    if protocol == "https" and port == HTTPS_PORT:
        origin = f"http://{site}"
    else:
        origin = f"{protocol}://{_expanded(redirect.host)}:{port}"
    if redirect.path == "/#{path}" and redirect.query == "#{query}":
        return f'"{origin}%[pathq]"'
    query = f"?{_expanded(redirect.query)}" if redirect.query else ""
    return f'"{origin}{_expanded(redirect.path)}{query}"'


def _expanded(template: str) -> str:
    fetches = {
        "protocol": "%[req.hdr(X-Forwarded-Proto)]",
        "host": "%[req.hdr(host),field(1,:)]",
        "port": "%[req.hdr(X-Forwarded-Port)]",
        "path": "%[path,regsub(^/,)]",
        "query": "%[query]",
    }
    literal = template.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return _PLACEHOLDER.sub(lambda match: fetches[match[1]], literal)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("\r", "\\r").replace("\n", "\\n") + '"'
