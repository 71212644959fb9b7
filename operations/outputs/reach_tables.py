"""The tables of the network, and of what can be reached from where in it."""

from __future__ import annotations

from typing import Any

from operations.outputs.cells import Cell, Table
from operations.outputs.words import Words, words, yes_or_no

ANYWHERE = ("0.0.0.0/0", "::/0")


def network_tables(outputs: dict[str, Any]) -> list[Table]:
    """What there is of the network."""
    return [_network(outputs), _subnets(outputs), _ways_out(outputs)]


def exposure_tables(outputs: dict[str, Any]) -> list[Table]:
    """From the outside inwards."""
    return [_edge(outputs), _listeners(outputs), _cluster_api(outputs), _openings(outputs), _pod_openings(outputs)]


def _network(outputs: dict[str, Any]) -> Table:
    network = outputs["network"]
    return Table(
        title=Words("Jaringan dan tempatnya", "The network and its place"),
        columns=[
            Words("Wilayah", "Region"),
            Words("Akun", "Account"),
            Words("Jaringan", "Network"),
            Words("Alamat", "Addresses"),
        ],
        rows=[[outputs["region"], outputs["account_id"], network["vpc_id"], network["cidr"]]],
    )


def _subnets(outputs: dict[str, Any]) -> Table:
    network = outputs["network"]
    return Table(
        title=Words("Subnet", "Subnets"),
        columns=[
            Words("Zona", "Zone"),
            Words("Lapis", "Tier"),
            Words("Subnet", "Subnet"),
            Words("Alamat", "Addresses"),
        ],
        rows=[
            [zone, words(tier), network["subnets"][tier][index], network["subnet_cidrs"][tier][index]]
            for index, zone in enumerate(network["zones"])
            for tier in ("public", "private", "data")
        ],
    )


def _ways_out(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Alamat publik jalan keluar (NAT)", "Public addresses of the way out (NAT)"),
        columns=[Words("Alamat", "Address")],
        rows=[[address] for address in outputs["network"]["nat_public_addresses"]],
    )


def _edge(outputs: dict[str, Any]) -> Table:
    edge = outputs["exposure"]["edge"]
    return Table(
        title=Words("Tepi di depan situs", "The edge before the site"),
        columns=[
            Words("Nama", "Name"),
            Words("Dijalankan oleh", "Run by"),
            Words("TLS terendah", "Lowest TLS"),
            Words("Satu-satunya jalan ke penyeimbang beban", "The only way to the load balancer"),
            Words("Server nama", "Name servers"),
        ],
        rows=[
            [host, edge["run_by"], edge["minimum_tls_version"], yes_or_no(edge["only_way_in"]), edge["name_servers"]]
            for host in (edge["hosts"] if edge else [])
        ],
    )


def _listeners(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Pintu masuk dari internet", "Ways in from the internet"),
        columns=[
            Words("Penyeimbang beban", "Load balancer"),
            Words("Porta", "Port"),
            Words("Kebijakan TLS", "TLS policy"),
            Words("Selain aturan layanan", "Where no service's rule fits"),
            Words("Dari", "From"),
        ],
        rows=[
            [
                listener["load_balancer"],
                f"{listener['port']}/{listener['protocol']}",
                listener["tls_policy"] or words("none"),
                listener["default_action"],
                listener["allowed_sources"],
            ]
            for listener in outputs["exposure"]["listeners"]
        ],
    )


def _cluster_api(outputs: dict[str, Any]) -> Table:
    api = outputs["exposure"]["cluster_api"]
    rows: list[list[Cell]] = (
        [
            [
                outputs["cluster"]["name"],
                outputs["cluster"]["version"],
                yes_or_no(api["within_network"]),
                yes_or_no(api["public"]),
                api["allowed_sources"] or words("none"),
            ]
        ]
        if api
        else []
    )
    return Table(
        title=Words("API klaster", "The cluster's API"),
        columns=[
            Words("Klaster", "Cluster"),
            Words("Versi", "Version"),
            Words("Dari dalam jaringan", "From within the network"),
            Words("Dari luar", "From outside"),
            Words("Sumber yang diizinkan", "Allowed sources"),
        ],
        rows=rows,
    )


def _openings(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Aturan grup keamanan", "Rules of security groups"),
        columns=[
            Words("Grup keamanan", "Security group"),
            Words("Arah", "Direction"),
            Words("Porta", "Ports"),
            Words("Pihak lain", "Other side"),
            Words("Aturan", "Rule"),
        ],
        rows=[
            [
                opening["security_group"],
                words(opening["direction"]),
                _ports(opening),
                opening["peer_name"] or opening["peer"],
                opening["rule_id"],
            ]
            for opening in outputs["exposure"]["openings"]
        ],
        marked=[opening["peer"] in ANYWHERE for opening in outputs["exposure"]["openings"]],
    )


def _ports(opening: dict[str, Any]) -> Cell:
    if opening["from_port"] is None:
        return Words("semua", "all")
    ends = dict.fromkeys((opening["from_port"], opening["to_port"]))
    return f"{'-'.join(map(str, ends))}/{opening['protocol']}"


def _pod_openings(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Kebijakan jaringan kontainer", "Network policies of containers"),
        columns=[
            Words("Ruang nama", "Namespace"),
            Words("Arah", "Direction"),
            Words("Porta", "Ports"),
            Words("Jaringan lain", "Other networks"),
        ],
        rows=[
            [opening["namespace"], words(opening["direction"]), opening["ports"], opening["networks"]]
            for opening in outputs["exposure"]["pod_openings"]
        ],
    )
