"""The tables of identities: roles with all that they may do, resources' own policies, and who else is let in."""

from __future__ import annotations

from typing import Any

from operations.outputs.cells import Cell, Table
from operations.outputs.words import Words, words

_MAY = [
    Words("Boleh atau dilarang", "Allowed or denied"),
    Words("Tindakan", "Actions"),
    Words("Atas", "On"),
    Words("Hanya jika", "Only if"),
]


def identity_tables(identities: dict[str, Any]) -> list[Table]:
    """All of them."""
    return [
        _assumed(identities["roles"]),
        _permissions(identities["roles"]),
        _resource_policies(identities["resource_policies"]),
        _cluster_access(identities["cluster_access"]),
        _cache_users(identities["cache_users"]),
    ]


def _assumed(roles: list[dict[str, Any]]) -> Table:
    return Table(
        title=Words("Peran dan siapa yang boleh memakainya", "Roles and who may take them on"),
        columns=[
            Words("Peran", "Role"),
            Words("Layanan", "Service"),
            Words("Pemilik", "Owner"),
            Words("Boleh dipakai oleh", "May be taken on by"),
            Words("Hanya jika", "Only if"),
            Words("Kebijakan AWS", "AWS's own policies"),
        ],
        rows=[
            [
                [role["name"], role["arn"]],
                words(role["service"]),
                role["owner"],
                [principal for one in role["assumed_by"] for principal in one["principals"]],
                [line for one in role["assumed_by"] for line in _conditions(one)] or words("none"),
                [arn.rpartition("/")[2] for arn in role["managed_policies"]] or words("none"),
            ]
            for role in roles
        ],
    )


def _permissions(roles: list[dict[str, Any]]) -> Table:
    return Table(
        title=Words("Apa yang boleh dilakukan tiap peran", "What each role may do"),
        columns=[Words("Peran", "Role"), Words("Kebijakan", "Policy"), *_MAY],
        rows=[
            [role["name"], statement["policy"], *_may(statement)] for role in roles for statement in role["statements"]
        ],
        marked=["*" in statement["resources"] for role in roles for statement in role["statements"]],
    )


def _resource_policies(policies: list[dict[str, Any]]) -> Table:
    return Table(
        title=Words("Kebijakan milik sumber daya sendiri", "Resources' own policies"),
        columns=[
            Words("Sumber daya", "Resource"),
            Words("Kebijakan", "Policy"),
            Words("Bagi", "For"),
            *_MAY,
        ],
        rows=[
            [
                [words(policy["kind"]), policy["name"]],
                statement["policy"],
                statement["principals"],
                *_may(statement),
            ]
            for policy in policies
            for statement in policy["statements"]
        ],
        # Everybody, without a condition that says who.
        marked=[
            statement["effect"] == "Allow"
            and bool({"*", "AWS: *"} & set(statement["principals"]))
            and not statement["conditions"]
            for policy in policies
            for statement in policy["statements"]
        ],
    )


def _may(statement: dict[str, Any]) -> list[Cell]:
    return [
        words(statement["effect"]),
        statement["actions"],
        statement["resources"] or words("none"),
        _conditions(statement) or words("none"),
    ]


def _conditions(statement: dict[str, Any]) -> list[str]:
    return [
        f"{key} {operator} {', '.join(values)}"
        for operator, keys in statement["conditions"].items()
        for key, values in keys.items()
    ]


def _cluster_access(access: list[dict[str, Any]]) -> Table:
    return Table(
        title=Words("Siapa yang diterima klaster", "Whom the cluster lets in"),
        columns=[Words("Identitas", "Identity"), Words("Kebijakan", "Policy"), Words("Lingkup", "Scope")],
        rows=[[one["principal_arn"], one["policy_arn"].rpartition("/")[2], one["scope"]] for one in access],
    )


def _cache_users(users: list[dict[str, Any]]) -> Table:
    return Table(
        title=Words("Pengguna tembolok", "Users of the cache"),
        columns=[Words("Pengguna", "User"), Words("Cara masuk", "Login"), Words("Hak", "Access")],
        rows=[[user["name"], user["login"], user["access"]] for user in users],
    )
