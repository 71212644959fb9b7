"""Containers beside machines, with development's settings: the cluster, shares of traffic, mail, what may be killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jsonschema
import pytest

from operations.load import Answer, Load, Outcome, during
from operations.mail import links
from operations.status_report import SCHEMA_FILE
from sandbox.dataplane.addresses import loopback_twin
from sandbox.running import holder
from tests.end_to_end.browser import Browser
from tests.end_to_end.platform import Platform, eventually
from tests.end_to_end.processes import family, listening_at

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

SERVICES = {"portal", "registration", "relay", "notification", "identity"}
PATHS = ("/", "/pendaftaran")
PER_SECOND = 60
LOAD_SECONDS = 300  # the longest; ended when the test is done
MACHINE = "i-"  # instances are named so, and no pod is
POD_TEMPLATE = "components/pod_template.py"
MOUNT = 'core.VolumeMountArgs(name="tmp"'
BROKEN_MOUNT = 'core.VolumeMountArgs(name="temporary"'
PASSWORD = "sebuah kata sandi yang panjang"


@pytest.fixture(scope="module")
def dev(platform: Platform) -> Platform:
    """The platform, brought up from nothing."""
    up = platform.prakerja("up", "--like", "dev")
    assert up.returncode == 0, up.stderr
    return platform


@pytest.fixture
def balanced(dev: Platform) -> Iterator[Platform]:
    """The platform, whose portal's traffic goes half to machines and half to containers while a test lasts."""
    eventually(dev.everything_is_healthy, "everything is healthy")
    set_weight(dev, 50)
    yield dev
    eventually(dev.everything_is_healthy, "everything is healthy")
    set_weight(dev, 0)


@pytest.fixture
def under_load(dev: Platform, tmp_path: Path) -> Callable[[Callable[[], None]], Outcome]:
    """Does something under load and says what became of the requests made meanwhile."""

    def run(action: Callable[[], None]) -> Outcome:
        load = Load(dev.site, PATHS, per_second=PER_SECOND, seconds=LOAD_SECONDS, results=tmp_path / "results")

        def act_and_end() -> None:
            action()
            load.end()

        return during(load, act_and_end)

    return run


def set_weight(platform: Platform, share: int) -> dict[str, Any]:
    """`weight portal SHARE --json`."""
    done = platform.prakerja("weight", "portal", str(share), "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def replicas(platform: Platform) -> dict[str, tuple[int, int]]:
    """How many replicas each deployment asks for, and how many are ready."""
    return {
        item["metadata"]["name"]: (item["spec"]["replicas"], item["status"].get("readyReplicas", 0))
        for item in platform.kubernetes("deploy -A")["items"]
        if item["metadata"]["namespace"] in SERVICES
    }


def revisions(platform: Platform) -> dict[str, str]:
    """Which version of its pods each deployment is at."""
    return {
        item["metadata"]["name"]: item["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        for item in platform.kubernetes("deploy -A")["items"]
        if item["metadata"]["namespace"] in SERVICES
    }


def pods(platform: Platform, service: str) -> dict[str, dict[str, Any]]:
    """A service's pods that are not about to end, by name."""
    return {
        item["metadata"]["name"]: item
        for item in platform.kubernetes(f"pods -n {service}")["items"]
        if "deletionTimestamp" not in item["metadata"] and item["status"]["phase"] != "Failed"
    }


def restarts(platform: Platform, service: str) -> dict[str, int]:
    return {
        name: sum(status["restartCount"] for status in pod["status"].get("containerStatuses", []))
        for name, pod in pods(platform, service).items()
    }


def cluster_children(platform: Platform) -> dict[str, int]:
    """The cluster's own programs that run: pids by name."""
    children = json.loads((platform.checkout.state.run / "kubernetes.json").read_text())["children"]
    return {name: child["pid"] for name, child in children.items() if Path(f"/proc/{child['pid']}").exists()}


def supervisor() -> int:
    held = holder()
    assert held is not None
    return held.pid


def test_every_replica_is_ready_from_nothing_and_status_shows_it(dev: Platform) -> None:
    found = replicas(dev)
    assert found.keys() == SERVICES
    assert all(0 < asked == ready for asked, ready in found.values()), found
    status = dev.status()
    jsonschema.validate(status, json.loads(SCHEMA_FILE.read_text()))
    shown = {name: service["containers"] for name, service in status["services"].items()}
    assert {name: (pods["desired"], pods["ready"]) for name, pods in shown.items()} == found
    assert status["services"]["relay"]["vms"] is None
    assert status["services"]["portal"]["share"] == 0
    assert status["kubeconfig"] == str(dev.checkout.state.kubeconfig)
    assert status["cache"] == {"ready": True}
    assert status["queues"]["notification"]["dead"] == 0


def test_nodes_are_ready_in_every_zone(dev: Platform) -> None:
    for node in dev.kubernetes("nodes")["items"]:
        conditions = {condition["type"]: condition["status"] for condition in node["status"]["conditions"]}
        assert conditions["Ready"] == "True", node["metadata"]["name"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_logs_are_the_services_own(dev: Platform, service: str) -> None:
    lines = [json.loads(line) for line in dev.kubectl(f"logs -n {service} deploy/{service}").splitlines()]
    assert lines
    assert {line["service"] for line in lines} == {service}


def test_a_restarted_rollout_replaces_every_pod_without_a_failed_request(
    balanced: Platform, under_load: Callable[[Callable[[], None]], Outcome]
) -> None:
    before = pods(balanced, "portal").keys()

    def restart() -> None:
        balanced.kubectl("rollout restart -n portal deploy/portal")
        balanced.kubectl("rollout status -n portal deploy/portal --timeout=180s")

    outcome = under_load(restart)
    assert outcome.failed == 0, outcome
    assert before.isdisjoint(pods(balanced, "portal"))


def test_a_rollout_is_undone(dev: Platform) -> None:
    def trial() -> list[Any]:
        template = dev.kubernetes("deploy portal -n portal")["spec"]["template"]
        return [variable for variable in template["spec"]["containers"][0]["env"] if variable["name"] == "TRIAL"]

    dev.kubectl("set env -n portal deploy/portal TRIAL=1")
    dev.kubectl("rollout status -n portal deploy/portal --timeout=180s")
    assert trial()
    dev.kubectl("rollout undo -n portal deploy/portal")
    dev.kubectl("rollout status -n portal deploy/portal --timeout=180s")
    assert not trial()


def test_a_scaled_deployment_has_as_many_ready_pods(dev: Platform) -> None:
    dev.kubectl("scale -n portal deploy/portal --replicas=2")
    eventually(lambda: replicas(dev)["portal"] == (2, 2), "two ready pods")
    dev.kubectl("scale -n portal deploy/portal --replicas=1")
    eventually(lambda: replicas(dev)["portal"] == (1, 1), "one ready pod")


def test_a_deleted_pod_is_replaced(dev: Platform) -> None:
    [before] = pods(dev, "notification")
    dev.kubectl(f"delete pod -n notification {before} --wait=false")
    eventually(lambda: pods(dev, "notification").keys() not in ({before}, set()), "another pod")
    eventually(lambda: replicas(dev)["notification"] == (1, 1), "that is ready")


def test_shares_are_kept_under_load_without_a_failed_request(dev: Platform, tmp_path: Path) -> None:
    eventually(dev.everything_is_healthy, "everything is healthy")

    def served_by_pods() -> float:
        load = Load(dev.site, ("/",), per_second=150, seconds=15, results=tmp_path / "counted")
        outcome = load.wait()
        assert outcome.failed == 0, outcome
        answers: list[Answer] = load.answers()
        assert len(answers) > 2_000  # the generator leaves a few out where the machine is busy
        return sum(not answer.served_by.startswith(MACHINE) for answer in answers) / len(answers)

    all_along = Load(dev.site, ("/",), per_second=20, seconds=LOAD_SECONDS, results=tmp_path / "all_along")
    try:
        for share in (50, 0, 100, 0, 50):
            report = set_weight(dev, share)
            assert (report["after"], report["changed"]) == (share, True)
            eventually(partial(weights_are, dev, share), "the balancer has heard of it")
            assert served_by_pods() == pytest.approx(share / 100, abs=0.05 if share == 50 else 0)
    finally:
        outcome = all_along.end()
    assert outcome.failed == 0, outcome
    assert set_weight(dev, 50)["changed"] is False


def weights_are(platform: Platform, share: int) -> bool:
    """Whether HAProxy's map has the portal's share: of its rule, the limit of what goes to machines."""
    listener = json.loads(platform.shell("pulumi stack output site --json").stdout)["https_listener_arn"]
    rules = platform.client("elbv2").describe_rules(ListenerArn=listener)["Rules"]
    portal = json.loads(platform.shell("pulumi stack output services --json").stdout)["portal"]
    group = portal["containers"]["target_group_arn"]
    [rule] = [rule for rule in rules if group in json.dumps(rule["Actions"])]
    entries = dict(line.split() for line in (platform.checkout.state.run / "weights.map").read_text().splitlines())
    return int(entries[f"{rule['RuleArn'].rpartition('/')[2]}/0"]) == (100 - share) * 10_000


def test_a_later_update_leaves_the_share_alone(dev: Platform) -> None:
    set_weight(dev, 50)
    for command in ("up --yes --skip-preview", "refresh --yes --skip-preview", "up --yes --skip-preview"):
        done = dev.shell(f"pulumi {command}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert dev.status()["services"]["portal"]["share"] == 50
    set_weight(dev, 0)


def test_weight_on_a_side_without_healthy_targets_is_refused_and_changes_nothing(dev: Platform) -> None:
    dev.kubectl("scale -n portal deploy/portal --replicas=0")
    eventually(lambda: pods(dev, "portal") == {}, "no pod")
    eventually(lambda: dev.prakerja("weight", "portal", "50").returncode == 4, "it is refused")
    refused = dev.prakerja("weight", "portal", "50")
    assert "portal stays at 0 %" in refused.stderr
    assert "containers would get traffic, and target group" in refused.stderr
    assert dev.status()["services"]["portal"]["share"] == 0
    dev.kubectl("scale -n portal deploy/portal --replicas=1")
    eventually(dev.everything_is_healthy, "everything is healthy")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["portl", "50"], 2, "did you mean portal?"),
        (["relay", "50"], 4, "relay is a worker"),
        (["portal", "101"], 2, "less than or equal to 100"),
    ],
)
def test_weight_where_there_is_nothing_to_share_is_refused(
    dev: Platform, arguments: list[str], code: int, says: str
) -> None:
    done = dev.prakerja("weight", *arguments)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr


def test_a_pods_killed_process_is_started_again(dev: Platform) -> None:
    [(name, pod)] = pods(dev, "registration").items()
    before = restarts(dev, "registration")[name]
    [process] = listening_at(family(supervisor()), loopback_twin(pod["status"]["podIP"]))
    os.kill(process, signal.SIGKILL)
    eventually(lambda: restarts(dev, "registration").get(name, 0) > before, "the container has been restarted")
    eventually(lambda: replicas(dev)["registration"] == (1, 1), "it is ready")


def test_a_killed_node_agent_comes_back_and_traffic_never_stops(
    balanced: Platform, under_load: Callable[[Callable[[], None]], Outcome]
) -> None:
    before = pods(balanced, "portal").keys()
    agent = cluster_children(balanced)["nodes"]

    def kill() -> None:
        os.kill(agent, signal.SIGKILL)
        eventually(lambda: cluster_children(balanced).get("nodes") not in {None, agent}, "another agent")
        balanced.kubectl("logs -n portal deploy/portal --tail=1")
        eventually(balanced.everything_is_healthy, "everything is healthy")

    outcome = under_load(kill)
    assert outcome.failed == 0, outcome
    assert pods(balanced, "portal").keys() == before, "its pods were not adopted"


@pytest.mark.parametrize("program", ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"])
def test_a_killed_control_plane_program_comes_back_and_traffic_never_stops(
    balanced: Platform, under_load: Callable[[Callable[[], None]], Outcome], program: str
) -> None:
    before = cluster_children(balanced)[program]

    def kill() -> None:
        os.kill(before, signal.SIGKILL)
        eventually(lambda: cluster_children(balanced).get(program) not in {None, before}, "another process")
        eventually(lambda: balanced.shell("kubectl get nodes").returncode == 0, "the cluster answers")
        balanced.kubectl("rollout restart -n notification deploy/notification")
        balanced.kubectl("rollout status -n notification deploy/notification --timeout=180s")

    outcome = under_load(kill)
    assert outcome.failed == 0, outcome


def test_a_rejected_manifest_names_the_field_and_nothing_else_is_changed(dev: Platform) -> None:
    before = revisions(dev)
    dev.edit(POD_TEMPLATE, {MOUNT: BROKEN_MOUNT})
    up = dev.shell("pulumi up --yes --skip-preview")
    dev.restore()
    assert up.returncode != 0
    assert "spec.template.spec.containers[0].volumeMounts[0].name" in up.stdout + up.stderr
    assert revisions(dev) == before
    again = dev.shell("pulumi preview --expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr


def applicant(number: int) -> dict[str, str]:
    """What the form asks for; another person for each number from 1 to 9999."""
    return {
        "nik": f"320101670398{number:04d}",
        "family_card_number": "3201010101100001",
        "name": "Siti Rahmawati",
        "birth_day": "27",
        "birth_month": "3",
        "birth_year": "1998",
        "email": f"siti{number}@contoh.id",
        "telephone": "0812-3456-7890",
    }


def mails_to(platform: Platform, address: str) -> list[dict[str, Any]]:
    """`mail --json`, those to one address."""
    mails: list[dict[str, Any]] = json.loads(platform.prakerja("mail", "--json").stdout)
    return [mail for mail in mails if mail["to"] == [address]]


def test_a_registration_by_the_form_is_verified_by_the_link_that_is_mailed(dev: Platform, tmp_path: Path) -> None:
    person = applicant(1)
    with Browser(tmp_path / "profile") as browser:
        browser.open(f"{dev.site}/daftar")
        for name, value in person.items():
            browser.fill(name, value)
        browser.press_enter()
        assert "Pendaftaran Anda sudah tersimpan" in browser.text_of("h1")
        eventually(lambda: mails_to(dev, person["email"]) != [], "the mail has come")
        [mail] = mails_to(dev, person["email"])
        [link] = links(mail["text"])
        assert link.startswith(f"{dev.site}/verifikasi?token=")
        shown = dev.prakerja("mail")
        assert link in shown.stdout
        assert "/_sandbox/mail" in shown.stdout
        assert person["email"] not in dev.verified_emails()
        browser.open(link)
        browser.fill("password", PASSWORD)
        browser.fill("repeated", PASSWORD)
        browser.press_enter()
        assert "terverifikasi" in browser.text_of("h1")
    assert person["email"] in dev.verified_emails()
    page = f"http://127.0.0.1:{dev.checkout.state.ports().aws}/_sandbox/mail"
    assert person["email"] in httpx.get(page, headers={"accept": "text/html"}).text


def test_who_cannot_be_reached_or_complains_is_not_written_to_again(dev: Platform) -> None:
    sqs = dev.client("sqs")
    queue = json.loads(dev.shell("pulumi stack output queues --json").stdout)["notification"]["url"]
    for number, (mailbox, reason) in enumerate({"bounce": "bounced", "complaint": "complained"}.items(), start=4):
        address = f"{mailbox}+siti@simulator.amazonses.com"
        person = {name: value for name, value in applicant(number).items() if not name.startswith("birth_")}
        person |= {"birth_date": "1998-03-27", "email": address}
        registered = httpx.post(f"{dev.site}/api/accounts", json=person)
        assert registered.status_code == 201, registered.text
        eventually(partial(_is_barred, dev, address, reason), "what SES tells is recorded")
        again = {"kind": "email_verification", "id": str(uuid4()), "to": address, "name": "Siti", "token": "t" * 43}
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({**again, "expires_at": "2099-01-01T00:00:00Z"}))
        eventually(lambda: _waiting(sqs, queue) == 0, "the second message is dealt with")
        assert len(mails_to(dev, address)) == 1


def _is_barred(platform: Platform, address: str, reason: str) -> bool:
    return platform.barred_digests().get(hashlib.sha256(address.encode()).hexdigest()) == reason


def _waiting(sqs: Any, queue: str) -> int:
    """Messages in the queue, in hand or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def test_a_registered_persons_identity_is_checked_by_the_partner(dev: Platform) -> None:
    # The stand-in's rule: a NIK that ends in 99 is somebody else's.
    people = {"match": applicant(2), "mismatch": applicant(99)}
    for person in people.values():
        assert httpx.post(f"{dev.site}/pendaftaran", data=person).status_code == 303
    expected = {person["email"]: result for result, person in people.items()}
    eventually(lambda: expected.items() <= dev.identity_checks().items(), "the results are recorded")
    assert dev.status()["queues"]["identity"]["dead"] == 0


def test_losing_the_cache_leaves_the_site_answering(
    balanced: Platform, under_load: Callable[[Callable[[], None]], Outcome]
) -> None:
    def cache() -> dict[str, Any]:
        [found] = json.loads((balanced.checkout.state.run / "dataplane.json").read_text())["caches"].values()
        return dict(found)

    def replaced(program: str, before: int) -> bool:
        return cache()[program] not in {None, before}

    def lose_it_again_and_again() -> None:
        for program in ("pid", "proxy_pid", "pid"):
            before = cache()[program]
            with suppress(ProcessLookupError):
                os.kill(before, signal.SIGKILL)
            eventually(partial(replaced, program, before), "another process")
        eventually(balanced.everything_is_healthy, "the cache is ready again")

    outcome = under_load(lose_it_again_and_again)
    assert outcome.failed == 0, outcome


def test_nothing_tracked_has_changed(dev: Platform) -> None:
    assert dev.changed_files() == ""
