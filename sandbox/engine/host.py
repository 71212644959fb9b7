"""The Python language host: the process that the Pulumi CLI starts to run the program.

The protocol is pulumirpc.LanguageRuntime. The CLI passes its own address as the last argument and reads the port that
this process listens on from the first line of its output; what follows on the output is shown to the user. Each run
of the program is a process of its own (`program.py`), as nothing that one run leaves in memory may reach the next.
"""

# ruff: noqa: N802, ARG002 - the protocol gives the methods their names and arguments

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from sandbox.engine.plugin_output import plugin_output
from sandbox.engine.program import MESSAGE_SHOWN, RunInstruction
from sandbox.state import LOOPBACK

_ENGINE_WATCH_SECONDS = 1.0
_INTERRUPT_GRACE_SECONDS = 5.0


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one engine."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._running: set[subprocess.Popen[bytes]] = set()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Learn the engine's address, where the engine attached to a host that it did not start."""
        self._engine_address = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The host's version: that of the SDK it runs programs with."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """The resource plugins that the installed SDKs ask for."""
        return language_pb2.GetRequiredPackagesResponse(packages=_required_packages())

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Run the program once; an error that the user has seen already is told by `bail` alone."""
        instruction = RunInstruction(engine_address=self._engine_address, request=request)
        child = subprocess.Popen([sys.executable, "-u", "-P", "-m", "sandbox.engine.program"], stdin=subprocess.PIPE)
        self._running.add(child)
        try:
            context.add_callback(lambda: _interrupt(child))
            child.communicate(instruction.encode())
        finally:
            self._running.discard(child)
        if child.returncode == 0:
            return language_pb2.RunResponse()
        if child.returncode == MESSAGE_SHOWN:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"the program ended with status {child.returncode}")

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack until the engine is done with it; what it writes goes to the engine."""
        if request.kind != "analyzer":
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"only policy packs are run here, no {request.kind} plugin")
        child = subprocess.Popen(
            [sys.executable, "-u", "-P", "-m", "pulumi.policy", *request.args, request.info.program_directory],
            cwd=request.pwd,
            env=dict(variable.split("=", 1) for variable in request.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._running.add(child)
        try:
            context.add_callback(lambda: _interrupt(child))
            yield from plugin_output(child)
            yield language_pb2.RunPluginResponse(exitcode=child.wait())
        finally:
            self._running.discard(child)

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """Which Python runs the program."""
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """Every installed distribution."""
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=distribution.name, version=distribution.version)
                for distribution in importlib.metadata.distributions()
            ]
        )

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """No questions: the project's options are written down."""
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Say that the environment is made by `./prakerja`, from uv.lock, before this host can run at all."""
        yield language_pb2.InstallDependenciesResponse(
            stdout=b"The Python environment is made from uv.lock by ./prakerja\n"
        )

    def GenerateProgram(
        self, request: language_pb2.GenerateProgramRequest, context: grpc.ServicerContext
    ) -> language_pb2.GenerateProgramResponse:
        """Write imported resources down as Python; the engine has them in its own language, PCL."""
        from sandbox.engine.definitions import UnreadableError, as_python  # it needs the SDK, which runs don't

        try:
            written = as_python("\n".join(request.source.values()))
        except (UnreadableError, LookupError) as error:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{error}; `--generate-code=false` leaves the code out")
        return language_pb2.GenerateProgramResponse(source={"__main__.py": written.encode()})

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End the runs under way."""
        self.interrupt_all()
        return empty_pb2.Empty()

    def interrupt_all(self) -> None:
        """End the runs under way: SIGINT, then SIGKILL for one that doesn't heed it."""
        for child in list(self._running):
            _interrupt(child)


def _interrupt(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGINT)
    try:
        child.wait(_INTERRUPT_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


def _required_packages() -> list[plugin_pb2.PackageDependency]:
    """Each SDK says in `pulumi-plugin.json` which plugin it needs, or that it needs none."""
    declarations = Path(sysconfig.get_path("purelib")).glob("*/pulumi-plugin.json")
    plugins = [json.loads(path.read_text()) for path in sorted(declarations)]
    return [
        plugin_pb2.PackageDependency(
            name=plugin["name"], kind="resource", version=f"v{plugin['version']}", server=plugin.get("server", "")
        )
        for plugin in plugins
        if plugin.get("resource")
    ]


def main() -> None:
    """Serve until the engine ends, or says to end by SIGINT or SIGTERM."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    engine = os.getppid()
    host = LanguageHost(engine_address=sys.argv[-1] if len(sys.argv) > 1 else "")
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    print(port, flush=True)
    while not stopped.wait(_ENGINE_WATCH_SECONDS) and os.getppid() == engine:
        pass
    host.interrupt_all()
    server.stop(grace=None)


if __name__ == "__main__":
    main()
