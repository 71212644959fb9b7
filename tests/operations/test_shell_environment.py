"""A sandbox shell speaks to the sandbox and can't reach an account of the user's own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from operations.checkout import Checkout
from operations.shell_environment import UNSET, applied_to, shell_lines, variables
from sandbox.state import SandboxState

pytestmark = pytest.mark.unit


def environment_after(shell: str, lines: list[str], before: dict[str, str]) -> dict[str, str]:
    script = "\n".join([*lines, "env -0"])
    output = subprocess.run([shell, "-c", script], env=before, capture_output=True, text=True, check=True).stdout
    return dict(entry.split("=", 1) for entry in output.split("\0") if entry)


@pytest.mark.parametrize("shell", ["bash", "sh", "zsh"])
def test_the_lines_do_in_a_shell_what_operations_do_themselves(shell: str, checkout: Checkout) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    before = {"PATH": "/usr/bin:/bin", "AWS_PROFILE": "production", "PULUMI_CONFIG_PASSPHRASE": "mine", "HOME": "/"}
    after = environment_after(shell, shell_lines(checkout), before)
    expected = applied_to(before, checkout)
    assert {name: after.get(name) for name in expected} == expected
    assert not set(UNSET) & after.keys()


def test_a_directory_with_spaces_and_quotes_is_safe(tmp_path: Path) -> None:
    state = SandboxState(tmp_path / "it's a $HOME")
    state.create()
    state.choose_ports()
    checkout = Checkout(repository=tmp_path, state=state)
    after = environment_after("bash", shell_lines(checkout), {"PATH": "/usr/bin:/bin"})
    assert after["PULUMI_HOME"] == str(state.pulumi / "home")


def test_the_list_is_the_same_over_restarts(checkout: Checkout) -> None:
    assert shell_lines(checkout) == shell_lines(Checkout(repository=checkout.repository, state=checkout.state))


def test_every_aws_setting_points_at_loopback_or_nowhere(checkout: Checkout) -> None:
    chosen = variables(checkout)
    assert chosen["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert chosen["AWS_CONFIG_FILE"] == chosen["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_no_key_of_a_vendor_s_is_the_user_s_own(checkout: Checkout) -> None:
    keys = ("CLOUDFLARE_API_TOKEN", "GRAFANA_AUTH", "PAGERDUTY_TOKEN", "CLOUDFLARE_API_KEY", "PAGERDUTY_CLIENT_SECRET")
    after = applied_to({"PATH": "/usr/bin:/bin", **dict.fromkeys(keys, "mine")}, checkout)
    assert {after.get(key) for key in keys} == {"sandbox", None}


def test_the_stack_is_the_sandbox_in_a_backend_of_its_own(checkout: Checkout) -> None:
    chosen = variables(checkout)
    assert chosen["PULUMI_STACK"] == "sandbox"
    assert chosen["PULUMI_BACKEND_URL"] == f"file://{checkout.backend}"


def test_kubectl_reaches_the_sandbox_or_nothing(checkout: Checkout) -> None:
    """Also before there is a cluster: a user's own is never the one that is reached."""
    assert environment_after(
        "bash", shell_lines(checkout), {"PATH": "/usr/bin:/bin", "KUBECONFIG": "/home/me/.kube/config"}
    )["KUBECONFIG"] == str(checkout.state.kubeconfig)


def test_every_provider_of_the_program_is_the_sandboxes(checkout: Checkout) -> None:
    served = dict(each.split(":") for each in variables(checkout)["PULUMI_DEBUG_PROVIDERS"].split(","))
    ports = checkout.state.ports()
    assert served == {
        "aws": str(ports.aws_provider),
        "cloudflare": str(ports.cloudflare_provider),
        "docker-build": str(ports.image_provider),
        "grafana": str(ports.grafana_provider),
        "kubernetes": str(ports.kubernetes_provider),
        "pagerduty": str(ports.pagerduty_provider),
        "tls": str(ports.tls_provider),
    }
