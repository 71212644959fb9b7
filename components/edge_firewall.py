"""What the edge turns away: known attacks, and more writes than anybody needs.

The site's own firewall behind it counts and looks too: it holds while the domain is delegated elsewhere.

Counting by method and over five minutes takes a Cloudflare plan of Business or better (Cloudflare WAF, rate limiting
rules, availability).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_cloudflare as cloudflare

from components.component import Classification, Component
from components.naming import logical

# The same rule groups in every account (Cloudflare WAF, managed rules reference), in the order in which they are asked.
MANAGED_RULESETS: Final = {
    "cloudflare": "efb7b8c949ac4650a09736fc376e9aee",
    "owasp": "4814384a9e5d4991b9815dcfc25d2f1f",
}
WRITING_METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
# The window that the site's own firewall counts in.
WINDOW_SECONDS: Final = 300
# How long an address is then refused. Thousands of people may stand behind one: no longer than it takes to count anew.
REFUSED_SECONDS: Final = 60


@dataclass(frozen=True, kw_only=True)
class EdgeFirewallArgs:
    """zone_id: the edge's zone.
    write_paths: path patterns of what takes writes; `*` stands for any characters, `?` for one.
    writes_per_address: writes that one address may make in five minutes. Each data centre counts for itself.
    """

    zone_id: pulumi.Input[str]
    write_paths: Sequence[str]
    writes_per_address: int

    def __post_init__(self) -> None:
        if not self.write_paths:
            raise ValueError("write_paths: none given; allowed: at least one path pattern")


class EdgeFirewall(Component):
    """Cloudflare's managed rules, and a limit on writes by address."""

    layer = "saas"

    def __init__(self, name: str, args: EdgeFirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        cloudflare.Ruleset(
            logical(name, "managed"),
            zone_id=args.zone_id,
            kind="zone",
            name="Known attacks",
            phase="http_request_firewall_managed",
            rules=[_execute(ref, ruleset) for ref, ruleset in MANAGED_RULESETS.items()],
            opts=self.child(),
        )
        cloudflare.Ruleset(
            logical(name, "writes"),
            zone_id=args.zone_id,
            kind="zone",
            name="Writes by address",
            phase="http_ratelimit",
            rules=[_limit_writes(args)],
            opts=self.child(),
        )
        self.register_outputs({})


def _execute(ref: str, ruleset: str) -> cloudflare.RulesetRuleArgsDict:
    return {
        # Without a name of ours Cloudflare gives a rule another id at every change.
        "ref": ref,
        "description": f"All rules of {ref} that are on by default",
        "expression": "true",
        "action": "execute",
        "action_parameters": {"id": ruleset},
        "enabled": True,
    }


def _limit_writes(args: EdgeFirewallArgs) -> cloudflare.RulesetRuleArgsDict:
    return {
        "ref": "writes",
        "description": "Writes of one address in five minutes",
        "expression": write_expression(args.write_paths),
        # Answered with 429, as by the site's own firewall.
        "action": "block",
        "ratelimit": {
            # The data centre's id has to be among them.
            "characteristics": ["cf.colo.id", "ip.src"],
            "period": WINDOW_SECONDS,
            "requests_per_period": args.writes_per_address,
            "mitigation_timeout": REFUSED_SECONDS,
        },
        "enabled": True,
    }


def write_expression(paths: Sequence[str]) -> str:
    """The expression, in Cloudflare's rules language, that is true of every write to a path of one of the patterns.

    It may be true of a few more: letters count in either case, and `?` as any characters.
    """
    methods = " ".join(f'"{method}"' for method in WRITING_METHODS)
    # Patterns hold no `#`, so that none can end the string.
    matches = " or ".join(f'http.request.uri.path wildcard r#"{_wildcards(path)}"#' for path in paths)
    return f"http.request.method in {{{methods}}} and ({matches})"


def _wildcards(pattern: str) -> str:
    """The pattern with Cloudflare's one wildcard, which may not stand twice in a row."""
    plain = pattern.replace("?", "*")
    while "**" in plain:
        plain = plain.replace("**", "*")
    return plain
