"""The command lines of the control plane's programs.

Each runs in the cluster's directory, and is told of its files by name alone: a Unix socket's path has a limit of 108
bytes. What they serve is on loopback; the controllers and the scheduler serve nothing, etcd only by a Unix socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from sandbox.kubernetes.control_plane.certificates import FRONT_PROXY
from sandbox.state import LOOPBACK

ETCD_SOCKET = "etcd.sock"
ETCD_DATA = "etcd"
_PEER_SOCKET = "etcd-peer.sock"

# The API server insists on advertising an address that is not loopback. Nothing calls it: no pod is given the address.
_ADVERTISED = "10.0.0.1"

# Half the usual heap growth between collections: 590 MB for the four programs became 488 MB.
ENVIRONMENT = {"GOGC": "50"}

# Without more than the default 20 calls a second the controllers are what a roll-out waits for.
_CALLS_PER_SECOND = ("--kube-api-qps=300", "--kube-api-burst=600")

# Those that act on what a stack of ours can contain. Left out is what serves volumes, certificates, devices and clouds.
CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemonset-controller",
    "deployment-controller",
    "disruption-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "horizontal-pod-autoscaler-controller",
    "job-controller",
    "namespace-controller",
    "node-lifecycle-controller",
    "pod-garbage-collector-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "service-cidr-controller",
    "serviceaccount-controller",
    "statefulset-controller",
    "taint-eviction-controller",
    "ttl-after-finished-controller",
    "validatingadmissionpolicy-status-controller",
)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What the command lines depend on.

    port: the API server's.
    service_network: that of Services' addresses.
    """

    name: str
    port: int
    service_network: IPv4Network


def etcd() -> tuple[str, ...]:
    """etcd's arguments. It writes through to the disk before it answers: everything killed, nothing is lost."""
    client, peer = f"unix://{ETCD_SOCKET}", f"unix://{_PEER_SOCKET}"
    return (
        "--name=sandbox",
        f"--data-dir={ETCD_DATA}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=sandbox={peer}",
        "--log-level=warn",
    )


def kube_apiserver(cluster: Cluster) -> tuple[str, ...]:
    """The API server's arguments: certificates for everybody, RBAC, Secrets encrypted."""
    return (
        f"--etcd-servers=unix://{ETCD_SOCKET}",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={cluster.port}",
        f"--advertise-address={_ADVERTISED}",
        "--endpoint-reconciler-type=none",
        "--tls-cert-file=api-server.pem",
        "--tls-private-key-file=api-server.key",
        "--client-ca-file=ca.pem",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        # As EKS has it: what a privileged pod is refused by is a namespace's security level, and a policy before that.
        "--allow-privileged=true",
        "--encryption-provider-config=encryption.yaml",
        f"--service-cluster-ip-range={cluster.service_network}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-signing-key-file=service-accounts.key",
        "--service-account-key-file=service-accounts.key",
        "--kubelet-certificate-authority=ca.pem",
        "--kubelet-client-certificate=kubelet-client.pem",
        "--kubelet-client-key=kubelet-client.key",
        "--kubelet-preferred-address-types=InternalIP",
        "--requestheader-client-ca-file=front-proxy-ca.pem",
        f"--requestheader-allowed-names={FRONT_PROXY}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--proxy-client-cert-file=front-proxy-client.pem",
        "--proxy-client-key-file=front-proxy-client.key",
        "--profiling=false",
    )


def kube_controller_manager(cluster: Cluster) -> tuple[str, ...]:
    """The controllers' arguments. The autoscaler looks more often than on AWS, so that a rehearsal takes minutes."""
    return (
        "--kubeconfig=kube-controller-manager.kubeconfig",
        "--secure-port=0",
        "--leader-elect=false",
        f"--cluster-name={cluster.name}",
        f"--controllers={','.join(CONTROLLERS)}",
        "--use-service-account-credentials=true",
        "--service-account-private-key-file=service-accounts.key",
        "--root-ca-file=ca.pem",
        "--allocate-node-cidrs=false",
        *_CALLS_PER_SECOND,
        "--horizontal-pod-autoscaler-sync-period=5s",
        "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
        "--horizontal-pod-autoscaler-cpu-initialization-period=10s",
        "--horizontal-pod-autoscaler-downscale-stabilization=60s",
        "--profiling=false",
    )


def kube_scheduler() -> tuple[str, ...]:
    """The scheduler's arguments."""
    return (
        "--kubeconfig=kube-scheduler.kubeconfig",
        "--secure-port=0",
        "--leader-elect=false",
        *_CALLS_PER_SECOND,
        "--profiling=false",
    )
