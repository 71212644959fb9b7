"""People wait before the whole site, in Indonesian, where the environment has them wait."""

from __future__ import annotations

import copy

import pytest

from tests.components.recorder import Recording
from tests.stacks.environments import run_program, stack_file

pytestmark = pytest.mark.unit

RULESET = "cloudflare:index/ruleset:Ruleset"
ROOM = "cloudflare:index/waitingRoom:WaitingRoom"


def test_people_wait_before_they_fill_in_a_form_and_never_with_it(prod: Recording) -> None:
    room = prod.one(ROOM).inputs
    settings = stack_file("prod")["config"]["prakerja:edge"]["waiting_room"]
    assert (room["host"], room["path"], room["queueingMethod"]) == ("prakerja.go.id", "/", "fifo")
    assert room["totalActiveUsers"] == settings["active_users"]
    assert room["newUsersPerMinute"] == settings["new_users_per_minute"]
    assert 10 <= room["sessionDuration"] <= 30
    assert room["defaultTemplateLanguage"] == "id-ID"
    assert room["queueingStatusCode"] == 429, "a client of the API must not take the page for an answer"


def test_the_known_rush_of_80000_a_minute_is_let_in(prod: Recording) -> None:
    room = prod.one(ROOM).inputs
    assert room["newUsersPerMinute"] >= 80_000
    # Whoever has come counts for a session's length.
    assert room["totalActiveUsers"] >= room["newUsersPerMinute"] * room["sessionDuration"]


def test_only_what_every_plan_with_a_waiting_room_has_is_asked_for(prod: Recording) -> None:
    sold_apart = {"additionalRoutes", "customPageHtml", "disableSessionRenewal", "jsonResponseEnabled"}
    assert not sold_apart & prod.one(ROOM).inputs.keys()


def test_nobody_waits_where_the_environment_has_no_waiting_room() -> None:
    config = copy.deepcopy(stack_file("prod")["config"])
    del config["prakerja:edge"]["waiting_room"]
    made = {one.type for one in run_program("prod", config).resources}
    assert ROOM not in made
    assert RULESET in made
