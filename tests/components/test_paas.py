"""The database, the certificate and the load balancer are what AWS's guides ask for."""

from __future__ import annotations

import dataclasses
import json

import pytest

from components.database import LOGGING, DatabaseArgs
from components.site_load_balancer import IDLE_TIMEOUT_SECONDS
from tests.components.recorder import Recording
from tests.stacks.environments import REPOSITORY, run_program, stack_file

pytestmark = pytest.mark.unit


def parameters(recording: Recording) -> dict[str, tuple[str, str]]:
    return {
        one["name"]: (one["value"], one["applyMethod"])
        for one in recording.one("aws:rds/parameterGroup:ParameterGroup").inputs["parameters"]
    }


def test_the_database_speaks_tls_only_and_lets_roles_log_in_by_token(prod: Recording) -> None:
    given = parameters(prod)
    assert given.keys() - LOGGING.keys() == {"rds.force_ssl", "max_connections"}
    assert given["rds.force_ssl"] == ("1", "immediate")
    assert given["max_connections"] == ("1000", "pending-reboot")
    database = prod.one("aws:rds/instance:Instance").inputs
    assert database["iamDatabaseAuthenticationEnabled"] is True
    assert database["manageMasterUserPassword"] is True


def test_the_database_writes_down_who_connects_and_never_what_a_statement_says(prod: Recording) -> None:
    given = parameters(prod)
    assert given["log_connections"] == given["log_disconnections"] == ("1", "immediate")
    assert given["log_statement"] == ("none", "immediate")
    assert given["log_min_duration_statement"] == ("-1", "immediate")
    assert given["log_min_error_statement"] == ("panic", "immediate")
    assert given["log_error_verbosity"] == ("terse", "immediate")
    assert given["log_parameter_max_length"] == given["log_parameter_max_length_on_error"] == ("0", "immediate")


def test_the_databases_logs_have_groups_of_ours_before_rds_would_make_some_that_keep_for_ever(prod: Recording) -> None:
    database = prod.one("aws:rds/instance:Instance")
    key = "arn:aws:kms:ap-southeast-3:123456789012:prod-personal"
    for log in database.inputs["enabledCloudwatchLogsExports"]:
        group = prod.one("aws:cloudwatch/logGroup:LogGroup", f"prod-database-{log}")
        assert group.inputs["name"] == f"/aws/rds/instance/{database.inputs['identifier']}/{log}"
        assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (180, key)
        assert group.urn in database.dependencies
    assert database.inputs["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]


def test_the_database_can_be_taken_back_to_any_second_of_its_retention(prod: Recording) -> None:
    database = prod.one("aws:rds/instance:Instance").inputs
    assert database["backupRetentionPeriod"] == 35
    assert database["copyTagsToSnapshot"] is True
    assert database["deleteAutomatedBackups"] is False


def test_the_databases_version_moves_only_by_its_setting(prod: Recording) -> None:
    database = prod.one("aws:rds/instance:Instance").inputs
    assert database["engineVersion"] == "18.1"
    assert database["autoMinorVersionUpgrade"] is False
    assert prod.one("aws:rds/parameterGroup:ParameterGroup").inputs["family"] == "postgres18"


def test_a_version_that_names_no_family_is_refused() -> None:
    values = {field.name: None for field in dataclasses.fields(DatabaseArgs)}
    with pytest.raises(ValueError, match="engine_version: 'latest' given"):
        DatabaseArgs(**{**values, "engine_version": "latest"})  # type: ignore[arg-type] # only the version is looked at


def test_plain_http_is_answered_by_a_redirect_alone(prod: Recording) -> None:
    (action,) = prod.one("aws:lb/listener:Listener", "prod-site-http").inputs["defaultActions"]
    assert action == {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}


def test_what_no_service_claims_is_not_found(prod: Recording) -> None:
    listener = prod.one("aws:lb/listener:Listener", "prod-site-https").inputs
    (action,) = listener["defaultActions"]
    assert action["fixedResponse"]["statusCode"] == "404"
    assert listener["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")


def test_the_balancer_drops_headers_that_smuggle_requests(prod: Recording) -> None:
    assert prod.one("aws:lb/loadBalancer:LoadBalancer").inputs["dropInvalidHeaderFields"] is True


def test_the_balancer_has_capacity_reserved_for_a_wave_where_the_settings_say_so(prod: Recording) -> None:
    assert "minimumLoadBalancerCapacity" not in prod.one("aws:lb/loadBalancer:LoadBalancer").inputs
    config = stack_file("dev")["config"]
    config["prakerja:site"]["reserved_capacity_units"] = 900
    opening = run_program("dev", config).one("aws:lb/loadBalancer:LoadBalancer").inputs
    assert opening["minimumLoadBalancerCapacity"] == {"capacityUnits": 900}


def test_services_keep_idle_connections_longer_than_the_balancer() -> None:
    server = (REPOSITORY / "app/common/server.py").read_text()
    (keep_alive,) = [line.split("=")[1] for line in server.splitlines() if line.startswith("KEEP_ALIVE_SECONDS =")]
    assert int(keep_alive) > IDLE_TIMEOUT_SECONDS


def test_the_listener_waits_until_the_certificate_is_issued(prod: Recording) -> None:
    validation = prod.one("aws:acm/certificateValidation:CertificateValidation")
    assert validation.urn in prod.one("aws:lb/listener:Listener", "prod-site-https").dependencies


def test_the_sites_name_leads_to_the_balancer(prod: Recording) -> None:
    record = prod.one("aws:route53/record:Record", "prod-site").inputs
    assert record["name"] == "prakerja.go.id"
    assert record["aliases"][0]["name"] == "prod-site.elb.internal"


def test_keys_serve_the_accounts_volumes_and_the_services_that_encrypt_in_their_own_name(prod: Recording) -> None:
    served = {}
    for key in prod.of_type("aws:kms/key:Key"):
        account, volumes, *services = json.loads(key.inputs["policy"])["Statement"]
        assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
        assert volumes["Condition"]["StringEquals"] == {
            "kms:CallerAccount": "123456789012",
            "kms:ViaService": "ec2.ap-southeast-3.amazonaws.com",
        }
        served[key.name] = [one["Sid"] for one in services]
        assert all(one["Principal"].keys() == {"Service"} for one in services)
        assert "kms:*" not in [action for one in services for action in one["Action"]]
    assert served == {
        "prod-internal": ["TrailEncrypts", "TrailLooks", "Logs", "Notifications"],
        "prod-personal": ["Logs", "MailEvents"],
    }
