"""The data plane's private end points: what it reads from the cloud, and what it tells it.

GET  /_sandbox/health                   {"ok": true}, or 503 and {"ok": false, "error"}
GET  /_sandbox/snapshot?after=<generation>&timeout=<seconds>   the first snapshot above `after`, or the present one
GET  /_sandbox/mail                     the mails that were sent, the latest first; a page where HTML is preferred
POST /_sandbox/target-health            {target group ARN: {"<target id>:<port>": {"state", "reason", "description"}}}
POST /_sandbox/databases/<identifier>   {"status": "available"}
POST /_sandbox/associations/<id>        {"status": "Success" | "Failed" | "Pending", "message"}
POST /_sandbox/instances/<id>           {"state": "released"}
POST /_sandbox/caches/<id>              {"status": "available"}
POST /_sandbox/clusters/<name>          {"status": "ACTIVE", "endpoint", "certificate_authority": base64 of a PEM}
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.elasticache.models import elasticache_backends
from moto.rds.models import rds_backends
from moto.ses.models import ses_backends
from moto.ssm.models import ssm_backends
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from sandbox.aws.server import mail_page
from sandbox.aws.server.cloud import ACCOUNT, REGION, Cloud
from sandbox.aws.server.corrections import addresses, associations, caches, eks_clusters, target_groups
from sandbox.aws.server.corrections.mail import sent_mail

PREFIX = "/_sandbox/"

Answer = tuple[str, list[tuple[str, str]], bytes]


class PrivateApi:
    """Answers the end points above; 404 for what doesn't exist, 400 for what can't be read."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def answer(self, environ: WSGIEnvironment) -> Answer:
        path = environ["PATH_INFO"].removeprefix(PREFIX).split("/")
        query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        match environ["REQUEST_METHOD"], path:
            case "GET", ["health"]:
                return self._health()
            case "GET", ["snapshot"]:
                return _json(self._cloud.snapshot(int(query.get("after", 0)), float(query.get("timeout", 0))))
            case "GET", ["mail"]:
                return self._mail(environ)
            case "POST", _:
                return self._told(path, environ)
        return _nothing_there(environ)

    def _health(self) -> Answer:
        fault = self._cloud.fault
        return _json({"ok": False, "error": fault}, "503 Service Unavailable") if fault else _json({"ok": True})

    def _mail(self, environ: WSGIEnvironment) -> Answer:
        with self._cloud.lock:
            mails = sent_mail(ses_backends[ACCOUNT][REGION])
        wanted = parse_accept_header(environ.get("HTTP_ACCEPT"), MIMEAccept)
        if wanted.best_match(("application/json", "text/html")) == "text/html":
            return "200 OK", mail_page.HEADERS, mail_page.mail_page(mails).encode()
        return _json([mail.described() for mail in mails])

    def _told(self, path: list[str], environ: WSGIEnvironment) -> Answer:
        try:
            content = json.load(environ["wsgi.input"])
            with self._cloud.lock:
                found = self._take(path, content)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{environ['PATH_INFO']}: {type(error).__name__}: {error}"}, "400 Bad Request")
        return _json({}) if found else _nothing_there(environ)

    def _take(self, path: list[str], content: dict[str, Any]) -> bool:
        """Take over what the data plane tells. False where it tells of something that doesn't exist."""
        match path:
            case ["target-health"]:
                _take_target_health(content)
                return True  # health isn't part of the snapshot and isn't kept: nobody need be woken
            case ["databases", identifier]:
                found = _take_database_status(identifier, content["status"])
            case ["associations", identifier]:
                backend = ssm_backends[ACCOUNT][REGION]
                found = associations.report(backend, identifier, content["status"], content.get("message", ""))
            case ["instances", identifier]:
                if content["state"] != "released":
                    raise ValueError(f"an instance is only ever told to be released, not {content['state']}")
                found = addresses.release(ec2_backends[ACCOUNT][REGION], identifier)
            case ["caches", identifier]:
                found = caches.report(elasticache_backends[ACCOUNT][REGION], identifier, content["status"])
            case ["clusters", name]:
                found = eks_clusters.report(eks_backends[ACCOUNT][REGION], name, content)
            case _:
                return False
        if found:
            self._cloud.mark_changed()
        return found


def _take_target_health(groups: dict[str, dict[str, dict[str, str | None]]]) -> None:
    for arn, targets in groups.items():
        for target, seen in targets.items():
            report = target_groups.Report(str(seen["state"]), seen.get("reason"), seen.get("description"))
            target_groups.report(arn, target, report)


def _take_database_status(identifier: str, status: str) -> bool:
    database = rds_backends[ACCOUNT][REGION].databases.get(identifier)
    if database is not None:
        database.status = status
    return database is not None


def _nothing_there(environ: WSGIEnvironment) -> Answer:
    return _json({"error": f"there is no {environ['PATH_INFO']}"}, "404 Not Found")


def _json(content: Any, status: str = "200 OK") -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(content).encode()
