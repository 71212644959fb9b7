"""The language host speaks the engine's protocol; the engine here is a small stand-in that records what it is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    language_pb2,
    language_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[3]
REFUSED = "refused"


class Engine(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    """Keeps the messages it gets and the resources that are registered."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.registered: list[str] = []
        self.exported: dict[str, object] = {}

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        return empty_pb2.Empty()

    def GetRootResource(  # noqa: N802
        self, request: engine_pb2.GetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.GetRootResourceResponse:
        return engine_pb2.GetRootResourceResponse()

    def SetRootResource(  # noqa: N802
        self, request: engine_pb2.SetRootResourceRequest, context: grpc.ServicerContext
    ) -> engine_pb2.SetRootResourceResponse:
        return engine_pb2.SetRootResourceResponse()

    def SupportsFeature(  # noqa: N802
        self, request: resource_pb2.SupportsFeatureRequest, context: grpc.ServicerContext
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in {"secrets", "resourceReferences"})

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        self.registered.append(request.name)
        if request.name == REFUSED:
            context.abort(grpc.StatusCode.UNKNOWN, "no such thing")
        return resource_pb2.RegisterResourceResponse(urn=f"urn:pulumi:test::bare::{request.type}::{request.name}")

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        self.exported.update(request.outputs)
        return empty_pb2.Empty()


@pytest.fixture
def engine() -> Iterator[tuple[Engine, str]]:
    engine = Engine()
    server = grpc.server(ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield engine, f"127.0.0.1:{port}"
    server.stop(None)


@pytest.fixture
def host(engine: tuple[Engine, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.engine.host", engine[1]],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def runtime(host: subprocess.Popen[str]) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    assert host.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{int(host.stdout.readline())}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)


def run_request(directory: Path, address: str, program: str, **config: str) -> language_pb2.RunRequest:
    (directory / "__main__.py").write_text(program)
    return language_pb2.RunRequest(
        project="bare",
        stack="test",
        pwd=str(directory),
        monitor_address=address,
        parallel=4,
        config={f"bare:{key}": value for key, value in config.items()},
        info=language_pb2.ProgramInfo(root_directory=str(directory), program_directory=str(directory), entry_point="."),
    )


def test_a_program_is_run_with_its_settings(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    program = "import pulumi\npulumi.export('size', pulumi.Config().require_int('size') + 1)\n"
    answer = runtime.Run(run_request(tmp_path, engine[1], program, size="41"))
    assert (answer.error, answer.bail) == ("", False)
    assert engine[0].registered == ["bare-test"]
    assert engine[0].exported == {"size": 42}


def test_a_fault_in_the_input_is_its_message_alone(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    answer = runtime.Run(run_request(tmp_path, engine[1], "import pulumi\nraise pulumi.RunError('vms: 1 to 500')\n"))
    assert answer.bail
    assert engine[0].errors == ["vms: 1 to 500"]


def test_an_exception_is_shown_with_the_programs_own_frames(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    answer = runtime.Run(run_request(tmp_path, engine[1], "def broken():\n    raise KeyError('vpc')\nbroken()\n"))
    assert answer.bail
    (error,) = engine[0].errors
    assert "in broken" in error
    assert "KeyError: 'vpc'" in error
    assert "sandbox/engine" not in error


def test_outputs_that_depend_on_one_another_are_all_known_before_the_program_ends(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    program = """\
import pulumi

def another(number: int) -> pulumi.Output[int]:
    made = pulumi.ComponentResource("test:index:Made", f"made-{number}")
    return made.urn.apply(lambda _: another(number + 1) if number < 5 else number)

pulumi.export("last", another(1))
"""
    response = runtime.Run(run_request(tmp_path, engine[1], program))
    assert not response.error
    assert engine[0].registered[1:] == [f"made-{number}" for number in range(1, 6)]
    assert engine[0].exported == {"last": 5}


def test_a_resource_that_is_refused_ends_the_program_whatever_else_it_waits_for(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    program = f"""\
import asyncio
import pulumi
waited_for = pulumi.Output.from_input(asyncio.get_event_loop().create_future())
pulumi.ComponentResource("test:index:Made", "{REFUSED}")
"""
    response = runtime.Run(run_request(tmp_path, engine[1], program), timeout=30)
    assert response.bail
    assert any("no such thing" in error for error in engine[0].errors)


def test_a_program_that_exits_is_an_error_that_gives_its_status(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    answer = runtime.Run(run_request(tmp_path, engine[1], "raise SystemExit(7)\n"))
    assert "status 7" in answer.error


def test_two_runs_share_nothing(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    program = "import pulumi\npulumi.export('seen', getattr(pulumi, 'seen', 0))\npulumi.seen = 1\n"
    for _ in range(2):
        runtime.Run(run_request(tmp_path, engine[1], program))
    assert engine[0].exported == {"seen": 0}


def test_settings_are_in_no_argument_and_no_environment(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    program = """
import pathlib, pulumi
seen = pathlib.Path("/proc/self/cmdline").read_text() + pathlib.Path("/proc/self/environ").read_text()
pulumi.export("leaked", pulumi.Config().require("password") in seen)
"""
    runtime.Run(run_request(tmp_path, engine[1], program, password="correct-horse-battery"))
    assert engine[0].exported == {"leaked": False}


def test_cancelling_interrupts_the_program(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    program = "import pathlib, time\npathlib.Path('began').touch()\ntime.sleep(60)\n"
    running = runtime.Run.future(run_request(tmp_path, engine[1], program))
    while not (tmp_path / "began").exists():
        assert not running.done()
    runtime.Cancel(empty_pb2.Empty())
    assert running.result(20).error


def pack_request(directory: Path, address: str, pack: str, kind: str = "analyzer") -> language_pb2.RunPluginRequest:
    (directory / "__main__.py").write_text(pack)
    return language_pb2.RunPluginRequest(
        pwd=str(directory),
        args=[address],
        env=[f"{name}={value}" for name, value in os.environ.items()] + ["PACK_VARIABLE=a=b"],
        kind=kind,
        info=language_pb2.ProgramInfo(root_directory=str(directory), program_directory=str(directory), entry_point="."),
    )


def test_a_policy_pack_is_run_with_the_engines_environment_and_its_output_comes_back(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    pack = "import os, sys\nprint(os.environ['PACK_VARIABLE'], os.getcwd())\nprint('aside', file=sys.stderr)\n"
    answers = list(runtime.RunPlugin(pack_request(tmp_path, engine[1], pack)))
    assert b"".join(answer.stdout for answer in answers).decode() == f"a=b {tmp_path}\n"
    assert b"".join(answer.stderr for answer in answers) == b"aside\n"
    assert answers[-1].WhichOneof("output") == "exitcode"
    assert answers[-1].exitcode == 0


def test_a_policy_pack_ends_with_the_engines_interest_in_it(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    pack = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"
    running = runtime.RunPlugin(pack_request(tmp_path, engine[1], pack))
    process = int(next(iter(running)).stdout)
    running.cancel()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_other_plugin_is_run(
    runtime: language_pb2_grpc.LanguageRuntimeStub, engine: tuple[Engine, str], tmp_path: Path
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        list(runtime.RunPlugin(pack_request(tmp_path, engine[1], "", kind="resource")))
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_it_tells_of_itself_and_of_the_plugins_the_installed_sdks_need(
    runtime: language_pb2_grpc.LanguageRuntimeStub,
) -> None:
    assert runtime.GetPluginInfo(empty_pb2.Empty()).version
    assert runtime.About(language_pb2.AboutRequest()).executable == sys.executable
    packages = runtime.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest()).packages
    assert ("aws", "resource") in {(package.name, package.kind) for package in packages}
    dependencies = runtime.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest()).dependencies
    assert "pulumi" in {dependency.name for dependency in dependencies}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_when_it_is_told_to(
    number: signal.Signals, host: subprocess.Popen[str], runtime: language_pb2_grpc.LanguageRuntimeStub
) -> None:
    host.send_signal(number)
    assert host.wait(20) == 0
    assert host.communicate() == ("", "")
