"""Pieces of a small platform, in the shape of the cloud server's snapshot."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Json = dict[str, Any]

PROFILE = "arn:aws:iam::123456789012:instance-profile/registration"
BUCKET = "artefacts"


def user_data(sha256: str, *, python: str = "3.11", drain: float = 0, **variables: str) -> str:
    """Cloud-config of a service's machine."""
    environment = {"PRAKERJA_SERVICE": "registration", "PRAKERJA_LISTEN_PORT": "8080"}
    environment |= {"PRAKERJA_DRAIN_SECONDS": str(drain), **variables}
    files = {
        "/etc/prakerja/service.env": "".join(f"{name}={value}\n" for name, value in environment.items()),
        "/etc/prakerja/artefact.json": artefact_json(sha256, python),
        "/etc/systemd/system/prakerja.service": "[Service]\nRestart=always\nRestartSec=0.2\n",
    }
    return cloud_config(files)


def maintenance_user_data(**variables: str) -> str:
    """Cloud-config of the maintenance host: an environment, no service."""
    environment = {"PRAKERJA_SERVICE": "maintenance", **variables}
    content = "".join(f"{name}={value}\n" for name, value in environment.items())
    artefact = json.dumps({"bucket": BUCKET, "python": "3.11"})
    return cloud_config({"/etc/prakerja/service.env": content, "/etc/prakerja/artefact.json": artefact})


def artefact_json(sha256: str, python: str = "3.11") -> str:
    return json.dumps({"bucket": BUCKET, "key": f"artefacts/{sha256}.tar", "sha256": sha256, "python": python})


def cloud_config(files: dict[str, str]) -> str:
    return "#cloud-config\n" + json.dumps({"write_files": [{"path": p, "content": c} for p, c in files.items()]})


def instance(number: int, data: str, *, state: str = "running", subnet: int = 1) -> Json:
    return {
        "id": f"i-{number:017x}",
        "state": state,
        "private_ip": f"10.99.{subnet}.{number}",
        "zone": "ap-southeast-3a",
        "subnet_id": "subnet-1",
        "user_data_sha256": hashlib.sha256(data.encode()).hexdigest(),
        "auto_scaling_group": "registration",
        "instance_profile_arn": PROFILE,
        "launched_at": "2026-01-01T00:00:00+00:00",
    }


def add_instances(state: Json, data: str, instances: list[Json]) -> None:
    """Put instances of one user data, and a role that may fetch the artefact, into a state."""
    state["user_data"][hashlib.sha256(data.encode()).hexdigest()] = data
    state["instances"] += instances
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    state["roles"][PROFILE] = [{"Version": "2012-10-17", "Statement": [allow]}]


def target_group(name: str, instances: list[Json], *, interval: int = 5, path: str = "/healthz") -> Json:
    return {
        "arn": group_arn(name),
        "name": name,
        "protocol": "HTTP",
        "port": 8080,
        "health_check": {
            "path": path,
            "port": "traffic-port",
            "protocol": "HTTP",
            "interval": interval,
            "timeout": 2,
            "healthy_threshold": 2,
            "unhealthy_threshold": 2,
            "matcher": "200",
        },
        "deregistration_delay": 5,
        "targets": [target(found) for found in instances],
    }


def target(found: Json) -> Json:
    return {"id": found["id"], "port": 8080, "address": found["private_ip"], "draining": False}


def ip_target(found: Json) -> Json:
    """The same as a pod is registered: by its address."""
    return {**target(found), "id": found["private_ip"]}


def group_arn(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:targetgroup/{name}/50dc6c495c0c9188"


def forward(**weights: int) -> Json:
    """A weighted forward to target groups by name."""
    groups = [{"TargetGroupArn": group_arn(name), "Weight": weight} for name, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


NOT_FOUND = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "not here"},
}
TO_HTTPS = {
    "Type": "redirect",
    "RedirectConfig": {
        "Protocol": "HTTPS",
        "Port": "443",
        "Host": "#{host}",
        "Path": "/#{path}",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    },
}


CACHE_ARN = "arn:aws:elasticache:ap-southeast-3:123456789012:replicationgroup:cache"
POD_ROLE = "arn:aws:iam::123456789012:role/portal-pod"
POD_IDENTITY = "a-0123456789abcdef0"


def cache(**changes: Any) -> Json:
    """A replication group at 127.99.9.6 that the user `portal` may use, below its own prefix only."""
    return {
        "id": "cache",
        "arn": CACHE_ARN,
        "address": "127.99.9.6",
        "port": 6379,
        "status": "creating",
        "engine_version": "8.1",
        "parameters": {"maxmemory-policy": "allkeys-lru", "reserved-memory-percent": "25"},
        "users": [
            cache_user("portal", "on ~portal:* +@all"),
            cache_user("default", "off ~* -@all", iam=False),
        ],
        **changes,
    }


def cache_user(name: str, access_string: str, *, iam: bool = True) -> Json:
    return {
        "id": name,
        "name": name,
        "arn": f"arn:aws:elasticache:ap-southeast-3:123456789012:user:{name}",
        "access_string": access_string,
        "iam": iam,
        "no_password": False,
    }


def allow_cache(state: Json, role: str, *users: str) -> None:
    """Let a role log in to the cache as some users."""
    arns = [CACHE_ARN, *(f"arn:aws:elasticache:ap-southeast-3:123456789012:user:{user}" for user in users)]
    state["roles"].setdefault(role, []).append(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "elasticache:Connect", "Resource": arns}]}
    )


def pod_identity() -> Json:
    """The association by which the portal's pods have their role."""
    return {
        "id": POD_IDENTITY,
        "cluster": "cluster",
        "namespace": "portal",
        "service_account": "portal",
        "role_arn": POD_ROLE,
    }


def association(identifier: str, commands: list[str], *, number: int = 1) -> Json:
    """A pending order to an instance."""
    return {
        "id": identifier,
        "document": "AWS-RunShellScript",
        "instance_ids": [f"i-{number:017x}"],
        "commands": commands,
        "status": "Pending",
    }


def paths(*patterns: str) -> list[Json]:
    return [{"Field": "path-pattern", "PathPatternConfig": {"Values": list(patterns)}}]


def rule(priority: int, conditions: list[Json], *actions: Json) -> Json:
    arn = f"arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:listener-rule/app/site/1/2/rule{priority}"
    return {"arn": arn, "priority": priority, "conditions": conditions, "actions": list(actions)}


def load_balancer(*rules: Json) -> Json:
    """The site: HTTPS with some rules and a 404 beside them, HTTP that redirects."""
    arn = "arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:listener/app/site/1/"
    return {
        "arn": "arn:aws:elasticloadbalancing:ap-southeast-3:123456789012:loadbalancer/app/site/1",
        "name": "site",
        "dns_name": "site.elb.amazonaws.com",
        "scheme": "internet-facing",
        "listeners": [
            {"arn": arn + "https", "port": 443, "protocol": "HTTPS", "default_actions": [NOT_FOUND], "rules": [*rules]},
            {"arn": arn + "http", "port": 80, "protocol": "HTTP", "default_actions": [TO_HTTPS], "rules": []},
        ],
    }


MASTER_SECRET = "arn:aws:secretsmanager:ap-southeast-3:123456789012:secret:rds!db-1"
MASTER_PASSWORD = "master's own"


def database(**changes: Any) -> Json:
    """An RDS instance at 127.99.9.5."""
    return {
        "identifier": "prakerja",
        "resource_id": "db-ABCDEFGHIJKLMNOP",
        "address": "127.99.9.5",
        "port": 5432,
        "name": "prakerja",
        "master_username": "master",
        "master_secret_arn": MASTER_SECRET,
        "iam_authentication": True,
        "status": "creating",
        "parameters": {"rds.force_ssl": "1"},
        "engine_version": "18",
        "instance_class": "db.m7g.large",
        **changes,
    }


def allow_connect(state: Json, user: str, resource_id: str = "db-ABCDEFGHIJKLMNOP") -> None:
    """Let the services' role log in to the database as a user."""
    arn = f"arn:aws:rds-db:ap-southeast-3:123456789012:dbuser:{resource_id}/{user}"
    state["roles"].setdefault(PROFILE, []).append(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "rds-db:connect", "Resource": arn}]}
    )
