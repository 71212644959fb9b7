"""The environment in which the literal `pulumi` commands work against the sandbox, and can't reach AWS.

Nor can they reach the other vendors whose resources the program has. The list is fixed: the same names each time, and
for one sandbox the same values over restarts.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, MutableMapping

from operations.checkout import SANDBOX_REGION, SANDBOX_STACK, Checkout
from sandbox.state import LOOPBACK

# Each would lead a command to an account of the user's own, or take precedence over what is set below.
UNSET = (
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "CLOUDFLARE_API_KEY",
    "CLOUDFLARE_API_USER_SERVICE_KEY",
    "CLOUDFLARE_BASE_URL",
    "CLOUDFLARE_EMAIL",
    "GRAFANA_CLOUD_ACCESS_POLICY_TOKEN",
    "GRAFANA_CLOUD_API_URL",
    "GRAFANA_CLOUD_PROVIDER_ACCESS_TOKEN",
    "GRAFANA_CLOUD_PROVIDER_URL",
    "GRAFANA_CONNECTIONS_API_ACCESS_TOKEN",
    "GRAFANA_CONNECTIONS_API_URL",
    "GRAFANA_FLEET_MANAGEMENT_AUTH",
    "GRAFANA_FLEET_MANAGEMENT_URL",
    "GRAFANA_FRONTEND_O11Y_API_ACCESS_TOKEN",
    "GRAFANA_FRONTEND_O11Y_API_URL",
    "GRAFANA_HTTP_HEADERS",
    "GRAFANA_K6_ACCESS_TOKEN",
    "GRAFANA_K6_URL",
    "GRAFANA_ONCALL_ACCESS_TOKEN",
    "GRAFANA_ONCALL_URL",
    "GRAFANA_ORG_ID",
    "GRAFANA_SM_ACCESS_TOKEN",
    "GRAFANA_SM_URL",
    "GRAFANA_STACK_ID",
    "GRAFANA_TLS_CERT",
    "GRAFANA_TLS_KEY",
    "GRAFANA_URL",
    "PAGERDUTY_CLIENT_ID",
    "PAGERDUTY_CLIENT_SECRET",
    "PAGERDUTY_SERVICE_REGION",
    "PAGERDUTY_SUBDOMAIN",
    "PAGERDUTY_USER_TOKEN",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
)


def variables(checkout: Checkout) -> dict[str, str]:
    """What is set, PATH apart. Raises FileNotFoundError where no sandbox has been made."""
    ports = checkout.state.ports()
    providers = {
        "aws": ports.aws_provider,
        "cloudflare": ports.cloudflare_provider,
        "docker-build": ports.image_provider,
        "grafana": ports.grafana_provider,
        "kubernetes": ports.kubernetes_provider,
        "pagerduty": ports.pagerduty_provider,
        "tls": ports.tls_provider,
    }
    return {
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_DEFAULT_REGION": SANDBOX_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{ports.aws}",
        "AWS_REGION": SANDBOX_REGION,
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "CLOUDFLARE_API_TOKEN": "sandbox",
        "GRAFANA_AUTH": "sandbox",
        "KUBECONFIG": str(checkout.state.kubeconfig),
        "PAGERDUTY_TOKEN": "sandbox",
        "PULUMI_BACKEND_URL": f"file://{checkout.backend}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(checkout.passphrase_file),
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in providers.items()),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(checkout.state.pulumi / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_STACK": SANDBOX_STACK,
    }


def forget_accounts(environment: MutableMapping[str, str]) -> None:
    """Take everything out of an environment that leads to an account of the user's own."""
    for name in UNSET:
        environment.pop(name, None)


def applied_to(inherited: Mapping[str, str], checkout: Checkout) -> dict[str, str]:
    """An inherited environment with the list applied, for a command that is started from here."""
    kept = dict(inherited)
    forget_accounts(kept)
    path = f"{checkout.binaries}:{inherited.get('PATH', '/usr/bin:/bin')}"
    return {**kept, **variables(checkout), "PATH": path}


def shell_lines(checkout: Checkout) -> list[str]:
    """The list as lines for bash or zsh."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables(checkout).items()]
    path = f'export PATH={shlex.quote(str(checkout.binaries))}:"$PATH"'
    return [*(f"unset {name}" for name in UNSET), *exports, path]
