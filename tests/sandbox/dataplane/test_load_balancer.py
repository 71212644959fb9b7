"""The site's load balancer behaves as an Application Load Balancer does."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest

from tests.sandbox.dataplane import platform
from tests.sandbox.dataplane.artefact import RUN, build
from tests.sandbox.dataplane.conftest import RunningDataPlane, kill

pytestmark = pytest.mark.sandbox


def serve(running: RunningDataPlane, rules: list[Any], groups: dict[str, int]) -> None:
    """Launch the target groups' instances, by name and count, and put them behind some rules."""
    data = platform.user_data(running.sha256)
    made, instances = [], []
    for subnet, (name, count) in enumerate(groups.items(), start=1):
        members = [platform.instance(subnet * 100 + n, data, subnet=subnet) for n in range(count)]
        instances += members
        made.append(platform.target_group(name, members))

    def change(state: Any) -> None:
        platform.add_instances(state, data, instances)
        state["target_groups"] = made
        state["load_balancers"] = [platform.load_balancer(*rules)]

    running.cloud.update(change)
    running.await_healthy(len(instances))


@contextmanager
def load(site: str, *, clients: int = 4) -> Iterator[Counter[str]]:
    """Keep asking while the block runs; count answers by status, and broken connections."""
    outcomes: Counter[str] = Counter()
    stop = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=site, timeout=10) as client:
            while not stop.is_set():
                try:
                    outcomes[str(client.get("/a").status_code)] += 1
                except httpx.HTTPError as error:
                    outcomes[type(error).__name__] += 1

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield outcomes
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def group_of(response: httpx.Response) -> int:
    """The subnet whose instance answered, from its id."""
    return int(response.headers["x-served-by"].removeprefix("i-"), 16) // 100


def reasons(running: RunningDataPlane) -> set[str]:
    """ALB's reasons for the targets' last reported states."""
    return {health.get("reason", "") for health in running.cloud.health().values()}


def answers(url: str, group: int) -> bool:
    return group_of(httpx.get(url)) == group


def test_rules_apply_by_priority_path_method_host_and_header(data_plane: RunningDataPlane) -> None:
    post = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}}
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.id"]}}
    probe = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Probe", "Values": ["yes"]}}
    rules = [
        platform.rule(20, platform.paths("/api/*", "/exact"), platform.forward(one=1)),
        platform.rule(10, [*platform.paths("/api/accounts"), post], platform.forward(two=1)),
        platform.rule(30, [host], platform.forward(two=1)),
        platform.rule(40, [probe], platform.forward(one=1)),
    ]
    serve(data_plane, rules, {"one": 1, "two": 1})
    with httpx.Client(base_url=data_plane.site) as client:
        assert group_of(client.post("/api/accounts")) == 2
        assert group_of(client.get("/api/accounts?path=/exact")) == 1
        assert group_of(client.get("/exact")) == 1
        assert client.get("/exactly").status_code == 404
        assert client.get("/API/accounts").status_code == 404
        assert group_of(client.get("/", headers={"host": "www.EXAMPLE.id:443"})) == 2
        assert group_of(client.get("/", headers={"x-probe": "yes"})) == 1
        answer = client.get("/")
        assert (answer.status_code, answer.text, answer.headers["content-type"]) == (404, "not here", "text/plain")


def test_the_http_listener_redirects_to_the_sites_own_loopback_address(data_plane: RunningDataPlane) -> None:
    serve(data_plane, [platform.rule(1, platform.paths("/*"), platform.forward(one=1))], {"one": 1})
    answer = httpx.get(data_plane.redirect + "/daftar?a=1&b=%20x")
    assert answer.status_code == 301
    assert answer.headers["location"] == data_plane.site + "/daftar?a=1&b=%20x"


def test_forwarded_headers_are_the_load_balancers_own(data_plane: RunningDataPlane) -> None:
    serve(data_plane, [platform.rule(1, platform.paths("/*"), platform.forward(one=1))], {"one": 1})
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher", "X-Forwarded-Port": "1"}
    seen = httpx.get(data_plane.site + "/echo", headers=forged).text.lower().splitlines()
    assert "x-forwarded-for: 203.0.113.9, 127.0.0.1" in seen
    assert "x-forwarded-proto: https" in seen
    assert "x-forwarded-port: 443" in seen
    assert not any("gopher" in line for line in seen)
    assert "x-forwarded-for: 127.0.0.1" in httpx.get(data_plane.site + "/echo").text.lower()


def test_weights_share_requests_and_change_without_a_lost_one(data_plane: RunningDataPlane) -> None:
    def rules(one: int, two: int) -> list[Any]:
        return [platform.rule(1, platform.paths("/*"), platform.forward(one=one, two=two))]

    serve(data_plane, rules(75, 25), {"one": 2, "two": 2})
    with httpx.Client(base_url=data_plane.site) as client:
        shares = Counter(group_of(client.get("/")) for _ in range(2000))
        assert 400 < shares[2] < 600
        with load(data_plane.site) as outcomes:
            for weight in (0, 10, 50, 100):
                set_rules(data_plane, rules(100 - weight, weight))
                data_plane.until(partial(weight_is, data_plane, weight), "new weight")
                data_plane.until(partial(more_than, outcomes, outcomes.total() + 20), "requests")
        assert set(outcomes) == {"200"}
        assert {group_of(client.get("/")) for _ in range(100)} == {2}


def test_pods_are_checked_at_weight_zero_and_take_exactly_the_share_that_they_are_given(
    data_plane: RunningDataPlane,
) -> None:
    def rules(vms: int, pods: int) -> list[Any]:
        return [platform.rule(1, platform.paths("/*"), platform.forward(one=vms, two=pods))]

    serve(data_plane, rules(100, 0), {"one": 2, "two": 2})
    pods = {f"10.99.2.{200 + number}:8080" for number in range(2)}

    def register_by_address(state: Any) -> None:
        members = [found for found in state["instances"] if found["private_ip"].startswith("10.99.2.")]
        state["target_groups"][1]["targets"] = [platform.ip_target(found) for found in members]

    data_plane.cloud.update(register_by_address)
    data_plane.until(lambda: pods <= data_plane.healthy(), "healthy pods, though none gets a request")
    with httpx.Client(base_url=data_plane.site) as client:
        for share, least, most in ((0, 0, 0), (50, 900, 1100), (100, 2000, 2000), (0, 0, 0)):
            set_rules(data_plane, rules(100 - share, share))
            data_plane.until(partial(weight_is, data_plane, share), "new weight")
            by_pods = sum(group_of(client.get("/")) == 2 for _ in range(2000))
            assert least <= by_pods <= most


def test_a_pod_that_drains_finishes_its_request_and_may_come_back_at_its_address(data_plane: RunningDataPlane) -> None:
    serve(data_plane, [platform.rule(1, platform.paths("/*"), platform.forward(one=1))], {"one": 1})
    pod = f"10.99.1.{100}:8080"

    def register_by_address(state: Any) -> None:
        state["target_groups"][0]["targets"] = [platform.ip_target(state["instances"][0])]

    def state_is(wanted: str) -> bool:
        return data_plane.cloud.health().get(pod, {}).get("state") == wanted

    data_plane.cloud.update(register_by_address)
    data_plane.until(lambda: state_is("healthy"), "healthy pod")
    answered: list[int] = []
    request = threading.Thread(target=lambda: answered.append(httpx.get(data_plane.site + "/slow").status_code))
    request.start()
    threading.Event().wait(0.2)  # the request is on its way to the pod
    data_plane.cloud.update(lambda state: state["target_groups"][0]["targets"][0].update(draining=True))
    data_plane.until(lambda: state_is("draining"), "draining", 1)
    data_plane.until(lambda: state_is("unused"), "drained", 5)
    request.join()
    assert answered == [200]
    data_plane.cloud.update(lambda state: state["target_groups"][0].update(targets=[]))
    data_plane.until(lambda: httpx.get(data_plane.site).status_code == 503, "no pod")
    data_plane.cloud.update(register_by_address)
    data_plane.until(lambda: state_is("healthy"), "healthy pod again")
    assert httpx.get(data_plane.site).status_code == 200


def more_than(outcomes: Counter[str], count: int) -> bool:
    return outcomes.total() > count


def set_rules(running: RunningDataPlane, rules: list[Any]) -> None:
    balancer = platform.load_balancer(*rules)
    running.cloud.update(lambda state: state.update(load_balancers=[balancer]))


def weight_is(running: RunningDataPlane, share: int) -> bool:
    """Whether the second target group's share, in percent, has come to HAProxy's map."""
    lines = (running.state.run / "weights.map").read_text().split()
    entries = dict(zip(lines[::2], lines[1::2], strict=True))
    return 1_000_000 - int(entries["rule1/0"]) == share * 10_000


def test_targets_and_rules_come_and_go_without_a_lost_request(data_plane: RunningDataPlane) -> None:
    everything = platform.rule(50, platform.paths("/*"), platform.forward(one=1, two=0))
    serve(data_plane, [everything], {"one": 3, "two": 1})
    data = platform.user_data(data_plane.sha256)
    more = platform.instance(150, data, subnet=1)
    with load(data_plane.site) as outcomes:
        for round_ in range(3):  # each a reload
            extra = platform.rule(round_ + 1, platform.paths(f"/extra{round_}"), platform.forward(two=1))
            set_rules(data_plane, [extra, everything])
            data_plane.until(partial(answers, f"{data_plane.site}/extra{round_}", 2), "new rule")

        def add(state: Any) -> None:
            platform.add_instances(state, data, [more])
            state["target_groups"][0]["targets"].append(platform.target(more))

        data_plane.cloud.update(add)
        data_plane.await_healthy(5)
        data_plane.cloud.update(lambda state: state["target_groups"][0]["targets"][0].update(draining=True))
        data_plane.until(lambda: "Target.NotRegistered" in reasons(data_plane), "drained")
        data_plane.cloud.update(lambda state: state["target_groups"][0]["targets"].pop(0))
        data_plane.until(lambda: outcomes["200"] > 500, "requests")
    assert set(outcomes) == {"200"}, outcomes


def test_a_target_drains_while_a_request_is_in_flight_and_no_longer(data_plane: RunningDataPlane) -> None:
    serve(data_plane, [platform.rule(1, platform.paths("/*"), platform.forward(one=1))], {"one": 1})
    answered: list[int] = []
    request = threading.Thread(target=lambda: answered.append(httpx.get(data_plane.site + "/slow").status_code))
    request.start()
    threading.Event().wait(0.2)  # the request is on its way to the target
    data_plane.cloud.update(lambda state: state["target_groups"][0]["targets"][0].update(draining=True))
    data_plane.until(lambda: "Target.DeregistrationInProgress" in reasons(data_plane), "draining", 1)
    assert answered == []
    data_plane.until(lambda: "Target.NotRegistered" in reasons(data_plane), "drained", 5)
    request.join()
    assert answered == [200]


def test_a_group_without_targets_is_503_and_a_reset_is_502(data_plane: RunningDataPlane) -> None:
    rules = [
        platform.rule(1, platform.paths("/empty"), platform.forward(none=1)),
        platform.rule(2, platform.paths("/*"), platform.forward(one=1)),
    ]
    serve(data_plane, rules, {"one": 1, "none": 0})
    assert httpx.get(data_plane.site + "/empty").status_code == 503
    assert httpx.get(data_plane.site + "/reset").status_code == 502
    assert httpx.get(data_plane.site + "/after").status_code == 200


def test_a_request_to_a_dead_target_fails_once_and_is_not_repeated(data_plane: RunningDataPlane) -> None:
    serve(data_plane, [platform.rule(1, platform.paths("/*"), platform.forward(one=1))], {"one": 1})
    status = data_plane.status()["instances"][f"i-{100:017x}"]
    kill(status["warm_parent_pid"])
    data_plane.until(lambda: httpx.get(data_plane.site).status_code == 502, "bad gateway", 2)


def test_a_target_that_fails_its_checks_is_unhealthy_with_albs_reason(data_plane: RunningDataPlane) -> None:
    failing = RUN.replace("HTTP/1.1 200 OK", "HTTP/1.1 500 Failed")
    sha256, data = build(run=failing)
    data_plane.cloud.objects[f"/artefacts/artefacts/{sha256}.tar"] = data
    text = platform.user_data(sha256)
    instances = [platform.instance(1, text)]

    def change(state: Any) -> None:
        platform.add_instances(state, text, instances)
        state["target_groups"] = [platform.target_group("one", instances, interval=1)]
        state["load_balancers"] = [
            platform.load_balancer(platform.rule(1, platform.paths("/*"), platform.forward(one=1)))
        ]

    data_plane.cloud.update(change)
    name = f"i-{1:017x}:8080"

    def unhealthy() -> bool:
        return data_plane.cloud.health().get(name, {}).get("state") == "unhealthy"

    data_plane.until(unhealthy, "unhealthy target")
    health = data_plane.cloud.health()[name]
    assert health["reason"] == "Target.ResponseCodeMismatch"
    assert "[500]" in health["description"]


def test_a_group_that_no_listener_names_is_unused(data_plane: RunningDataPlane) -> None:
    rules = [platform.rule(1, platform.paths("/*"), platform.forward(one=1))]
    serve(data_plane, rules, {"one": 1})
    other = platform.instance(1, platform.user_data(data_plane.sha256))
    group = platform.target_group("unnamed", [other])
    data_plane.cloud.update(lambda state: state["target_groups"].append(group))
    data_plane.until(lambda: data_plane.cloud.health().get(f"{other['id']}:8080"), "health")
    assert data_plane.cloud.health()[f"{other['id']}:8080"]["reason"] == "Target.NotInUse"


def test_a_killed_haproxy_is_restarted_with_all_targets(data_plane: RunningDataPlane) -> None:
    serve(data_plane, [platform.rule(1, platform.paths("/*"), platform.forward(one=1))], {"one": 3})
    before = data_plane.status()["haproxy"]["pid"]
    kill(before)
    data_plane.until(lambda: data_plane.status()["haproxy"]["pid"] not in {None, before}, "new HAProxy")

    def served() -> set[str]:
        with httpx.Client(base_url=data_plane.site) as client:
            return {client.get("/").headers.get("x-served-by", "") for _ in range(6)}

    data_plane.until(lambda: served() >= {f"i-{100 + n:017x}" for n in range(3)}, "all targets")


def test_what_the_load_balancer_cannot_do_is_named_and_the_old_rules_stay(data_plane: RunningDataPlane) -> None:
    everything = platform.rule(50, platform.paths("/*"), platform.forward(one=1))
    serve(data_plane, [everything], {"one": 1})
    odd = platform.rule(7, [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}], platform.NOT_FOUND)
    data_plane.cloud.update(lambda state: state.update(load_balancers=[platform.load_balancer(odd, everything)]))
    error = data_plane.until(lambda: data_plane.status()["haproxy"]["error"], "error")
    assert "rule 7" in error
    assert "source-ip" in error
    assert httpx.get(data_plane.site).status_code == 200


def test_an_address_in_use_is_named_and_tried_again(data_plane: RunningDataPlane) -> None:

    ports = data_plane.state.ports()
    with socket.create_server(("127.0.0.1", ports.site)):
        balancer = platform.load_balancer()
        data_plane.cloud.update(lambda state: state.update(load_balancers=[balancer]))
        error = data_plane.until(lambda: data_plane.status().get("haproxy", {}).get("error"), "error")
        assert f"127.0.0.1:{ports.site}" in error
    data_plane.until(lambda: data_plane.status()["haproxy"]["error"] is None, "HAProxy")
    assert httpx.get(data_plane.site).status_code == 404
