"""The provider's own settings: what `kubernetes:…` configuration and `pulumi_kubernetes.Provider` may say."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.kubernetes.provider import kubeconfig
from sandbox.kubernetes.provider.kubeconfig import Administrator, KubeconfigError
from sandbox.kubernetes.provider.problems import Problem
from sandbox.provider.values import UNKNOWN, Properties

# What the engine adds of its own.
_ENGINE_SETTINGS = frozenset({"version", "pluginDownloadURL", "__internal"})
_HANDLED = frozenset(
    {
        "cluster",
        "clusterIdentifier",
        "context",
        "deleteUnreachable",
        "enableConfigMapMutable",
        "enablePatchForce",
        "enableSecretMutable",
        "enableServerSideApply",
        "kubeconfig",
        "namespace",
        "suppressDeprecationWarnings",
        "suppressHelmHookWarnings",
        "upsertExistingObjects",
    }
)
# Those that name the cluster.
_CLUSTER_SETTINGS = ("kubeconfig", "context", "cluster")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one provider instance shall work.

    kubeconfig: its text or path. namespace: where objects go that name none; empty leaves it to the kubeconfig.
    mutable: the kinds (`ConfigMap`, `Secret`) whose content is changed in place. force: take over fields that others
    hold. upsert: take over objects that others made. delete_unreachable: what can't be reached counts as deleted.
    """

    kubeconfig: str
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    mutable: frozenset[str] = field(default_factory=frozenset)
    force: bool = False
    upsert: bool = False
    delete_unreachable: bool = False


def settings(given: Properties, otherwise: str) -> Settings:
    """The settings as the engine passes them. otherwise: the kubeconfig where none is given."""
    mutable = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}
    return Settings(
        kubeconfig=str(given.get("kubeconfig") or otherwise),
        context=str(given.get("context", "")),
        cluster=str(given.get("cluster", "")),
        namespace=str(given.get("namespace", "")),
        mutable=frozenset(kind for kind, name in mutable.items() if _is_on(given, name)),
        force=_is_on(given, "enablePatchForce"),
        upsert=_is_on(given, "upsertExistingObjects"),
        delete_unreachable=_is_on(given, "deleteUnreachable"),
    )


def _is_on(given: Properties, name: str) -> bool:
    return str(given.get(name)).lower() == "true"  # the SDK passes what is no string as JSON


def failures(given: Properties, administrator: Administrator) -> Iterable[Problem]:
    """What is wrong with the settings."""
    for name in given.keys() - _HANDLED - _ENGINE_SETTINGS:
        nearest = difflib.get_close_matches(name, _HANDLED, n=1)
        hint = f"; the nearest that is: {nearest[0]}" if nearest else ""
        yield Problem(name, f"is not a setting that the sandbox's kubernetes provider handles{hint}")
    if str(given.get("enableServerSideApply", True)).lower() == "false":
        yield Problem("enableServerSideApply", "can't be off: the sandbox applies on the server alone")
    if "kubeconfig" in given and all(given.get(name) is not UNKNOWN for name in _CLUSTER_SETTINGS):
        chosen = settings(given, "")
        try:
            config = kubeconfig.parsed(chosen.kubeconfig)
            kubeconfig.access(config, administrator, chosen.context, chosen.cluster)
        except (KubeconfigError, OSError) as error:
            yield Problem("kubeconfig", str(error))


def replacing(old: Properties, new: Properties) -> list[str]:
    """The changed settings that name another cluster, so that every object would be another one."""
    before, after = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    if after is not None and before == after:
        return []
    if before is not None and after is not None:
        return ["clusterIdentifier"]
    changed = [name for name in _CLUSTER_SETTINGS if old.get(name) != new.get(name)]
    unknown = [name for name in changed if new.get(name) is UNKNOWN]
    return unknown or (changed if changed and _leads_to(old) != _leads_to(new) else [])


def _leads_to(given: Properties) -> object:
    """The cluster that the settings name; None where that can't be read, which counts as the same."""
    chosen = settings(given, "")
    try:
        config = kubeconfig.parsed(chosen.kubeconfig)
        return kubeconfig.active_cluster(config, chosen.context, chosen.cluster)
    except KubeconfigError:
        return None
