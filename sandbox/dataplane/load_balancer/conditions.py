"""ALB's rule conditions as HAProxy ACLs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.dataplane.snapshot import Condition, ConditionValues


class UnsupportedError(ValueError):
    """The load balancer can't play something that a listener asks for; the message names it and where it is."""


def wildcard_expression(pattern: str) -> str:
    """The regular expression of an ALB pattern: `*` is any number of characters, `?` exactly one.

    Quotes are written as escapes, so that the result can stand in a quoted word of HAProxy's configuration.
    """
    return "^" + "".join({"*": ".*", "?": "."}.get(character, _literal(character)) for character in pattern) + "$"


def _literal(character: str) -> str:
    return rf"\x{ord(character):02x}" if character in "'\"\\ " else re.escape(character)


def condition_acl(name: str, condition: Condition, where: str) -> str:
    """The ACL line `name` that holds where any one of the condition's values matches.

    where: the rule's name, for the error. Raises UnsupportedError.
    """
    match condition.field:
        case "path-pattern":  # case-sensitive, and never matched against the query string
            return _acl(name, "path -m reg", _patterns(condition, condition.path_pattern_config))
        case "host-header":
            return _acl(name, "req.hdr(host),field(1,:) -m reg -i", _patterns(condition, condition.host_header_config))
        case "http-request-method":
            return _acl(name, "method -m str", _values(condition, condition.http_request_method_config))
        case "http-header" if condition.http_header_config and condition.http_header_config.http_header_name:
            header = condition.http_header_config.http_header_name
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", header):
                raise UnsupportedError(f"{where}: {header!r} is no header's name")
            return _acl(name, f"req.fhdr({header}) -m reg -i", _patterns(condition, condition.http_header_config))
        case field:
            raise UnsupportedError(f"{where}: the sandbox's load balancer has no condition {field}")


def _values(condition: Condition, config: ConditionValues | None) -> Sequence[str]:
    return config.values if config is not None else condition.values


def _patterns(condition: Condition, config: ConditionValues | None) -> list[str]:
    return [wildcard_expression(value) for value in _values(condition, config)]


def _acl(name: str, test: str, values: Sequence[str]) -> str:
    return f"acl {name} {test} " + " ".join(f"'{value}'" for value in values)
