"""The policy pack's gRPC service: what the engine calls with each resource, and with all of them at the end.

The protocol's own messages are used, as the SDK brings them. The package `pulumi-policy` would decode a resource once
a rule, take off what marks a value as secret before a rule sees it, and hold protobuf at a version of its own.
"""

# ruff: noqa: N802, ARG002 - the protocol gives the methods their names and arguments

from __future__ import annotations

import datetime
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import yaml
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from policy.controls import CONTROLS, Severity
from policy.evaluation import Evaluation
from policy.resource import Resource, Stack
from policy.results import Result, Verdict, write
from policy.state_before import StateBefore
from policy.values import decode
from policy.waivers import read_waivers

# Where the results go, for whoever makes a report of them.
RESULTS_VARIABLE = "PRAKERJA_POLICY_RESULTS"

_LOOPBACK = "127.0.0.1"
_ENGINE_WATCH_SECONDS = 1.0
_LARGEST_MESSAGE = 400 * 1024 * 1024  # as the engine's own plugins allow: a stack comes in one message
_SEVERITIES = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Serves one engine, for one preview or update after the other.

    directory: the pack's, with its waivers.
    """

    def __init__(self, directory: Path) -> None:
        self._pack = yaml.safe_load((directory / "PulumiPolicy.yaml").read_text())
        self._waivers_file = directory / "waivers.yaml"
        self._lock = threading.Lock()
        self._begin("", changing=False)

    def _begin(self, environment: str, *, changing: bool, before: StateBefore | None = None) -> None:
        waivers = read_waivers(self._waivers_file, datetime.datetime.now(tz=datetime.UTC).date())
        self._evaluation = Evaluation(waivers, environment)
        self._inputs: dict[str, dict[str, Any]] = {}
        self._changing = changing
        self._before = before
        self._finished = False

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The pack's version."""
        return plugin_pb2.PluginInfo(version=self._pack["version"])

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> analyzer_pb2.AnalyzerInfo:
        """Every rule, with what it is for."""
        return analyzer_pb2.AnalyzerInfo(
            name=self._pack["name"],
            version=self._pack["version"],
            description=self._pack["description"],
            supportsConfig=True,
            policies=[
                analyzer_pb2.PolicyInfo(
                    name=rule,
                    description=control.title,
                    enforcementLevel=analyzer_pb2.MANDATORY,
                    severity=_SEVERITIES[control.severity],
                    remediation_steps=control.remedy,
                )
                for rule, control in CONTROLS.items()
            ],
        )

    def Configure(
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """The rules have nothing to set: what they demand is in the repository, and reviewed there."""
        return empty_pb2.Empty()

    def ConfigureStack(
        self,
        request: analyzer_pb2.AnalyzerStackConfigureRequest,
        context: grpc.ServicerContext,
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """Begin anew, for the stack of a preview or an update."""
        before = None
        if request.dry_run:
            before = StateBefore(f"{request.organization}/{request.project}/{request.stack}")
        with self._lock:
            self._begin(_environment(request), changing=request.dry_run, before=before)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Remediate(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """Nothing: what is wrong is mended in the program."""
        return analyzer_pb2.RemediateResponse()

    def Analyze(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge a resource by itself, before the engine touches it."""
        inputs = _decoded(request.properties)
        with self._lock:
            self._inputs[request.urn] = inputs
            results = self._evaluation.resource(Resource(urn=request.urn, type=request.type, inputs=inputs))
            if not self._changing and any(result.result is Verdict.FAIL for result in results):
                self._write_results()  # an update stops here
        return self._response(results, covered={result.rule for result in results})

    def AnalyzeStack(
        self,
        request: analyzer_pb2.AnalyzeStackRequest,
        context: grpc.ServicerContext,
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge the resources together."""
        with self._lock:
            stack = Stack(
                resources=[self._resource(one) for one in request.resources],
                before=self._before.resources() if self._before else None,
                changing=self._changing,
            )
            results = self._evaluation.stack(stack)
            self._finished = True
            self._write_results()
            response = self._response(results, covered=set(CONTROLS))
            response.diagnostics.extend(self._undecided(self._evaluation.results()))
        return response

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing that runs is long enough to be cancelled. The engine says so at every end, a failure's included."""
        self.leave_results()
        return empty_pb2.Empty()

    def leave_results(self) -> None:
        """Write what is known of a preview that never came to all resources together, as the cloud refused one."""
        with self._lock:
            if self._changing and self._inputs and not self._finished:
                self._write(self._evaluation.unfinished_results())

    def _resource(self, one: analyzer_pb2.AnalyzerResource) -> Resource:
        return Resource(
            urn=one.urn,
            type=one.type,
            inputs=self._inputs.get(one.urn, {}),
            outputs=_decoded(one.properties),
            property_dependencies={name: tuple(found.urns) for name, found in one.propertyDependencies.items()},
        )

    def _write_results(self) -> None:
        self._write(self._evaluation.results())

    def _write(self, results: Iterable[Result]) -> None:
        path = os.environ.get(RESULTS_VARIABLE)
        if path:
            write(Path(path), results)

    def _response(self, results: Iterable[Result], *, covered: set[str]) -> analyzer_pb2.AnalyzeResponse:
        response = analyzer_pb2.AnalyzeResponse(
            not_applicable=[
                analyzer_pb2.PolicyNotApplicable(policy_name=rule, reason="it covers no such resource")
                for rule in CONTROLS
                if rule not in covered
            ]
        )
        for result in results:
            if result.result is Verdict.FAIL:
                response.diagnostics.append(self._diagnostic(result.rule, result.message, result.urn, mandatory=True))
            elif result.result is Verdict.WAIVED and result.waiver:
                excuse = f"waived until {result.waiver['expires']} ({result.waiver['reason']}): {result.message}"
                response.diagnostics.append(self._diagnostic(result.rule, excuse, result.urn, mandatory=False))
        return response

    def _undecided(self, results: Iterable[Result]) -> Iterable[analyzer_pb2.AnalyzeDiagnostic]:
        undecided: dict[str, list[str]] = {}
        for result in results:
            if result.result is Verdict.UNKNOWN:
                undecided.setdefault(result.rule, []).append(result.urn.rpartition("::")[2] or result.message)
        for rule, names in undecided.items():
            message = f"unknown at preview, decided after `up` by `./prakerja policy check`: {', '.join(names)}"
            yield self._diagnostic(rule, message, "", mandatory=False)

    def _diagnostic(self, rule: str, message: str, urn: str, *, mandatory: bool) -> analyzer_pb2.AnalyzeDiagnostic:
        control = CONTROLS[rule]
        return analyzer_pb2.AnalyzeDiagnostic(
            policyName=rule,
            policyPackName=self._pack["name"],
            policyPackVersion=self._pack["version"],
            description=control.title,
            message=f"{control.title}\n{message}\n{control.remedy}" if mandatory else f"{control.title}\n{message}",
            enforcementLevel=analyzer_pb2.MANDATORY if mandatory else analyzer_pb2.ADVISORY,
            urn=urn,
            severity=_SEVERITIES[control.severity],
        )


def _decoded(properties: struct_pb2.Struct) -> dict[str, Any]:
    decoded: dict[str, Any] = decode(json_format.MessageToDict(properties))
    return decoded


def _environment(request: analyzer_pb2.AnalyzerStackConfigureRequest) -> str:
    """The environment that the stack is, or rehearses: its settings say so. Else the stack's own name."""
    settings: Any = json.loads(request.config.get("prakerja:environment") or "null")
    return str(settings["name"]) if isinstance(settings, Mapping) and "name" in settings else request.stack


def serve(directory: Path) -> None:
    """Serve until the engine ends, or says to end; the first line of output is the port."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    host = os.getppid()
    limits = [("grpc.max_receive_message_length", _LARGEST_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=limits)
    analyzer = Analyzer(directory)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port(f"{_LOOPBACK}:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not stopped.wait(_ENGINE_WATCH_SECONDS) and os.getppid() == host:
        pass
    analyzer.leave_results()
    server.stop(grace=None)
