"""The shares of a rule's target groups, kept in a map that changes without a reload."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.dataplane.snapshot import Action, Listener

SHARES = 1_000_000  # a request draws a number below this; weights are scaled to it


def backend_name(target_group_arn: str) -> str:
    """HAProxy's name for a target group: its name and its own id, so that a successor is another backend."""
    return target_group_arn.rpartition(":targetgroup/")[2].replace("/", ".")


def rule_key(arn: str) -> str:
    """A listener's or rule's key in the map: the part of its ARN that is its own."""
    return arn.rpartition("/")[2]


def shares(action: Action) -> list[tuple[str, int]]:
    """Each target group of a forward action and its weight, in the action's order."""
    if action.forward_config is not None and action.forward_config.target_groups:
        return [(group.target_group_arn, group.weight) for group in action.forward_config.target_groups]
    return [(action.target_group_arn or "", 1)]


def limits(weights: list[int]) -> list[int]:
    """Up to which drawn number each target group gets the request; with no weight at all, none gets any."""
    total = sum(weights)
    return [round(SHARES * sum(weights[: position + 1]) / total) if total else 0 for position in range(len(weights))]


def used_target_groups(listeners: list[Listener]) -> set[str]:
    """The ARNs of the target groups that some forward action names."""
    return {arn for _, action in _forwards(listeners) for arn, _ in shares(action)}


def weights_map(listeners: list[Listener]) -> dict[str, int]:
    """The map's entries for all forward actions of some listeners: `<rule>/<position>` to its limit."""
    return {
        f"{rule_key(arn)}/{position}": limit
        for arn, action in _forwards(listeners)
        for position, limit in enumerate(limits([weight for _, weight in shares(action)]))
    }


def _forwards(listeners: list[Listener]) -> Iterator[tuple[str, Action]]:
    """Each forward action and the ARN of the listener or rule that it belongs to."""
    for listener in listeners:
        owners = [(listener.arn, listener.default_actions), *((rule.arn, rule.actions) for rule in listener.rules)]
        for arn, actions in owners:
            yield from ((arn, action) for action in actions if action.type == "forward")
