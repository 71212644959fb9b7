"""What is read from the engine's events."""

from __future__ import annotations

import pytest

from operations.preview.changes import NOT_KNOWN, SECRET, Action, read_changes
from tests.operations.preview import events as made

pytestmark = pytest.mark.unit


def test_the_steps_of_a_replacement_are_one_change_that_says_why() -> None:
    found = read_changes(made.replaced(made.DATABASE, "database", "identifier", "a", "b"))
    (change,) = found.changes
    assert change.action is Action.REPLACE
    (why,) = change.properties
    assert (why.path, why.before, why.after, why.replaces) == ("identifier", "a", "b", True)


def test_components_and_providers_are_no_changes_and_unchanged_resources_are_counted() -> None:
    component = made.created("prakerja:paas:Database", "database")
    component["resourcePreEvent"]["metadata"]["new"]["custom"] = False
    events = [component, made.created("pulumi:providers:kubernetes", "cluster"), made.unchanged(made.ROLE, "role")]
    found = read_changes(events)
    assert found.changes == ()
    assert found.unchanged == 1


def test_nothing_secret_is_read() -> None:
    old = {"password": made.SECRET, "settings": {"deep": [made.SECRET]}}
    new = {"password": {**made.SECRET, "ciphertext": "other"}, "settings": {"deep": []}}
    event = made.step("update", made.DATABASE, "database", old, new, {"password": "update", "settings": "update"})
    assert "hidden" not in repr(read_changes([event]))
    (password, settings) = read_changes([event]).changes[0].properties
    assert (password.before, settings.before) == (SECRET, {"deep": [SECRET]})


def test_what_is_inside_a_secret_is_secret() -> None:
    event = made.step("update", made.DATABASE, "d", {"data": made.SECRET}, {"data": made.SECRET}, {"data.key": "add"})
    assert read_changes([event]).changes[0].properties[0].before == SECRET


def test_values_are_found_at_their_paths() -> None:
    old = {"rules": [{"ports": {"to.from": 80}}]}
    new = {"rules": [{"ports": {"to.from": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}}]}
    event = made.step("update", made.GROUP, "group", old, new, {'rules[0].ports["to.from"]': "update"})
    (found,) = read_changes([event]).changes[0].properties
    assert (found.input, found.before, found.after) == ("rules", 80, NOT_KNOWN)


def test_properties_are_read_where_the_provider_gives_no_details() -> None:
    event = made.step("replace", made.DATABASE, "database", {"identifier": "a"}, {"identifier": "b"})
    event["resourcePreEvent"]["metadata"].update(diffs=["identifier", "tags"], keys=["identifier"])
    assert [(one.path, one.replaces) for one in read_changes([event]).changes[0].properties] == [
        ("identifier", True),
        ("tags", False),
    ]


def test_losing_the_engines_protection_is_a_change() -> None:
    event = made.step("same", made.DATABASE, "database", {}, {}, protect=True)
    (change,) = read_changes([event]).changes
    assert change.action is Action.UPDATE
    assert [one.path for one in change.properties] == ["protect"]


def test_where_the_provider_cannot_tell_whether_it_replaces_that_is_kept() -> None:
    event = made.updated(made.DATABASE, "database", "storageType", "a", "b")
    about = made.urn(made.DATABASE, "database")
    warning = made.said("warning", "replacement unknown: whether AWS changes storageType in place", about)
    found = read_changes([event, warning])
    assert found.changes[0].replacement_unknown
    assert found.warnings == ("database: replacement unknown: whether AWS changes storageType in place",)


def test_a_protected_resource_that_would_go_is_a_change_and_no_error() -> None:
    urn = made.urn(made.DATABASE, "database")
    message = f'unable to replace resource "{urn}"\nas it is currently marked for protection. To unprotect it, …'
    events = [*made.replaced(made.DATABASE, "database", "username", "a", "b"), made.said("error", message, urn)]
    found = read_changes([*events, made.said("error", "preview failed")])
    assert found.errors == ()
    assert [one.refused for one in found.changes] == [True]
    deletion = f'resource "{urn}" cannot be deleted\nbecause it is protected.'
    found = read_changes([made.deleted(made.DATABASE, "database"), made.said("error", deletion)])
    assert [one.refused for one in found.changes] == [True]


def test_a_protection_that_was_taken_away_for_the_preview_still_counts() -> None:
    protected = frozenset(made.urn(made.DATABASE, name) for name in ("gone", "bare", "kept"))
    kept = made.step("same", made.DATABASE, "kept", {}, {})
    kept["resourcePreEvent"]["metadata"]["new"]["protect"] = True
    found = read_changes(
        [made.deleted(made.DATABASE, "gone"), made.step("same", made.DATABASE, "bare", {}, {}), kept], protected
    )
    assert [(one.name, one.refused) for one in found.changes] == [("gone", True), ("bare", False)]
    assert [one.path for one in found.changes[1].properties] == ["protect"]
    assert found.unchanged == 1


def test_errors_are_told_apart_and_what_is_said_for_debugging_is_left_out() -> None:
    found = read_changes([made.said("error", "no"), made.said("error", "no"), made.said("debug", "hidden")])
    assert (found.errors, found.warnings) == (("no",), ())
