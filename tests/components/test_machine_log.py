"""What a machine's service writes reaches the service's log, and no fault on the way keeps the machine from serving."""

from __future__ import annotations

import base64
import configparser
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.user_data import BOOT_FILES, LOG_FILES
from tests.components.recorder import Recording

pytestmark = pytest.mark.unit

SCRIPT = Path(BOOT_FILES) / "prakerja-log"


def machine_files(recording: Recording, service: str) -> dict[str, str]:
    template = recording.one("aws:ec2/launchTemplate:LaunchTemplate", f"prod-{service}").inputs
    document = yaml.safe_load(base64.b64decode(template["userData"]))
    return {entry["path"]: entry["content"] for entry in document["write_files"]}


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string((Path(BOOT_FILES) / name).read_text())
    return parser


def test_each_machine_has_a_stream_in_its_services_log_and_sends_no_metric(prod: Recording) -> None:
    for group in prod.of_type("aws:autoscaling/group:Group"):
        service = group.name.removeprefix("prod-")
        told: dict[str, Any] = json.loads(machine_files(prod, service)["/etc/prakerja/log.json"])
        assert told.keys() == {"agent", "logs"}
        (log,) = told["logs"]["logs_collected"]["files"]["collect_list"]
        # Neither retention, which the agent would set, nor a class: the group is the program's.
        assert log == {
            "file_path": LOG_FILES,
            "log_group_name": f"/prakerja/prod/{service}",
            "log_stream_name": "machines/{instance_id}",
        }


def test_the_log_is_begun_once_the_machine_serves_and_its_failure_ends_nothing() -> None:
    boot = (Path(BOOT_FILES) / "prakerja-boot").read_text()
    serves, _, after = boot.partition("systemctl enable --now prakerja.service\n")
    assert "prakerja-log" not in serves
    (begun,) = [line for line in after.splitlines() if line.startswith("systemctl")]
    assert begun.startswith("systemctl enable --now prakerja-log.service || echo ")
    for relation in ("requires", "bindsto", "wants"):
        assert "prakerja-log" not in unit("prakerja.service").get("Unit", relation, fallback="")


def test_the_service_stops_before_what_brings_its_last_words_and_the_agent_last() -> None:
    log = unit("prakerja-log.service")
    assert log.get("Unit", "Before") == "prakerja.service"
    assert "amazon-cloudwatch-agent.service" in log.get("Unit", "After").split()
    assert log.get("Service", "Type", fallback="simple") == "simple", "the service would wait for it at a reboot"
    assert f"/var/log/{log.get('Service', 'LogsDirectory')}/*.log" == LOG_FILES


class Machine:
    """What the script finds on its PATH and its directories: a journal that gives `line` each time it is asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs, self.logs, self.state = (root / name for name in ("programs", "logs", "state"))
        for directory in (self.programs, self.logs, self.state):
            directory.mkdir()
        self.program("journalctl", f'echo "$@" >{root}/asked; cat {root}/line')
        self.program("amazon-cloudwatch-agent-ctl", f'echo "$@" >{root}/agent')
        self.program("sleep", "exec /bin/sleep 0.02")
        (root / "line").write_text('{"message": "served"}\n')

    def program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def start(self) -> subprocess.Popen[bytes]:
        bash = shutil.which("bash")
        assert bash
        environment = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "LOGS_DIRECTORY": str(self.logs),
            "STATE_DIRECTORY": str(self.state),
        }
        return subprocess.Popen([bash, str(SCRIPT)], env=environment, stderr=subprocess.DEVNULL)

    def written(self) -> list[Path]:
        return sorted(self.logs.glob("*.log"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def wait_until(done: Any) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_lines_arrive_as_they_were_written_up_to_the_last_and_reading_goes_on_from_where_it_got_to(
    machine: Machine,
) -> None:
    process = machine.start()
    try:
        wait_until(lambda: machine.written() and machine.written()[0].stat().st_size)
        (machine.root / "line").write_text('{"message": "drained"}\n')
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    (file,) = machine.written()
    lines = file.read_text().splitlines()
    assert lines[0] == '{"message": "served"}'
    assert lines[-1] == '{"message": "drained"}'
    asked = (machine.root / "asked").read_text().split()
    assert {"--unit=prakerja.service", "--output=cat", f"--cursor-file={machine.state}/cursor"} <= set(asked)
    assert "-c file:/etc/prakerja/log.json" in (machine.root / "agent").read_text()


def test_files_that_nobody_reads_are_bounded(machine: Machine) -> None:
    # A file is full after each time the journal is asked.
    machine.program("stat", "echo 99999999")
    process = machine.start()
    try:
        wait_until(lambda: len(machine.written()) >= 4)
        first = machine.written()[0]
        wait_until(lambda: first not in machine.written())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert len(machine.written()) <= 4


def test_a_machine_without_the_agent_tries_again_later(machine: Machine) -> None:
    machine.program("amazon-cloudwatch-agent-ctl", "exit 1")
    assert machine.start().wait(20) != 0
    assert unit("prakerja-log.service").get("Service", "Restart") == "on-failure"
    assert int(unit("prakerja-log.service").get("Service", "RestartSec")) >= 10
