"""What the site's load balancer turns away: known attacks, and more than anybody needs."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Classification, Component
from components.naming import WEB_ACL, auto_named

# A window of five minutes is how AWS WAF counts unless told otherwise.
WINDOW_SECONDS = 300
TOO_MANY_REQUESTS = 429
# AWS's own rule groups, in the order in which they are asked, and what they take of a web ACL's capacity of 1,500:
# 25, 700, 200 and 200 (AWS WAF, rule groups list). The first looks at a connection's own address: behind an edge it
# sees the edge's alone, which has such a list of its own.
MANAGED_RULES = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
# WAF logs go only to log groups whose names begin so.
LOG_GROUP_PREFIX = "aws-waf-logs-"
# What opens an account is nobody's to read in a log.
REDACTED_HEADERS = ("authorization", "cookie")


@dataclass(frozen=True, kw_only=True)
class WebFirewallArgs:
    """load_balancer_arn: what it stands before.
    writes_per_address: POST requests that one address may make in five minutes, 10 to 2,000,000,000. Many people share
        an address: mobile networks put thousands behind one.
    client_address_header: the header in which what stands before the load balancer names the address that asks; None
        where the connection's own counts. Whoever else can connect can name any address, or none.
    key_arn: KMS key that CloudWatch Logs may encrypt with.
    log_retention_days: how long what it saw is kept; None keeps no log.
    deletion_protection: keep the log.
    """

    load_balancer_arn: pulumi.Input[str]
    writes_per_address: int
    client_address_header: str | None
    key_arn: pulumi.Input[str]
    log_retention_days: int | None
    deletion_protection: bool


class WebFirewall(Component):
    """A web ACL with AWS's managed rules and a limit on writes, before a load balancer."""

    layer = "paas"

    def __init__(self, name: str, args: WebFirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, Classification(data_class="personal"), opts)
        self.web_acl = aws.wafv2.WebAcl(
            auto_named(WEB_ACL, name),
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                _limit_writes(args.writes_per_address, args.client_address_header),
                *(_managed(rules, priority) for priority, rules in enumerate(MANAGED_RULES, start=1)),
            ],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            ),
            opts=self.child(),
        )
        aws.wafv2.WebAclAssociation(
            name, resource_arn=args.load_balancer_arn, web_acl_arn=self.web_acl.arn, opts=self.child()
        )
        if args.log_retention_days is not None:
            self._log(name, args, args.log_retention_days)
        self.register_outputs({"web_acl": self.web_acl.arn})

    def _log(self, name: str, args: WebFirewallArgs, retention_days: int) -> None:
        log_group = aws.cloudwatch.LogGroup(
            name,
            name_prefix=f"{LOG_GROUP_PREFIX}{name}-",
            retention_in_days=retention_days,
            kms_key_id=args.key_arn,
            opts=self.stateful_child(name, protect=args.deletion_protection),
        )
        aws.wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=self.web_acl.arn,
            log_destination_configs=[log_group.arn],
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
                )
                for header in REDACTED_HEADERS
            ],
            opts=self.child(),
        )


def _limit_writes(writes_per_address: int, client_address_header: str | None) -> aws.wafv2.WebAclRuleArgsDict:
    counted: aws.wafv2.WebAclRuleStatementRateBasedStatementArgsDict = {
        "aggregate_key_type": "IP",
        "limit": writes_per_address,
        "evaluation_window_sec": WINDOW_SECONDS,
        "scope_down_statement": {
            "byte_match_statement": {
                "field_to_match": {"method": {}},
                "positional_constraint": "EXACTLY",
                "search_string": "POST",
                "text_transformations": [{"priority": 0, "type": "NONE"}],
            }
        },
    }
    if client_address_header is not None:
        counted["aggregate_key_type"] = "FORWARDED_IP"
        # What isn't an address is turned away; a request without the header isn't counted (AWS WAF, ForwardedIPConfig).
        counted["forwarded_ip_config"] = {"header_name": client_address_header, "fallback_behavior": "MATCH"}
    return {
        "name": "writes",
        "priority": 0,
        "action": {"block": {"custom_response": {"response_code": TOO_MANY_REQUESTS}}},
        "statement": {"rate_based_statement": counted},
        "visibility_config": _visibility("writes"),
    }


def _managed(rules: str, priority: int) -> aws.wafv2.WebAclRuleArgsDict:
    return {
        "name": rules,
        "priority": priority,
        # What the group decides stands.
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": rules}},
        "visibility_config": _visibility(rules),
    }


def _visibility(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgsDict:
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": True}
