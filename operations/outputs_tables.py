"""The outputs as tables, once for the terminal and the page: what each row is, and what people call its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from operations import outputs_identity_tables as identity
from operations.outputs_cells import Cell, Table
from operations.outputs_words import Words, days, legal_ground, transfer_ground, words, yes_or_no

ANYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """What belongs together on the page. anchor: its name in the page's address."""

    anchor: str
    title: Words
    lead: Words
    tables: Sequence[Table]


def chapters(outputs: dict[str, Any]) -> list[Chapter]:
    """All of the outputs, in the order in which an auditor asks."""
    return [
        Chapter(
            anchor="services",
            title=Words("Layanan, rilis dan lalu lintas", "Services, releases and traffic"),
            lead=Words(
                "Di mana tiap layanan berjalan, dari arsip mana, dan bagaimana lalu lintas dibagi saat aturannya "
                "dibuat. Bagian yang berlaku sekarang ada pada penyeimbang beban.",
                "Where each service runs, from which archive, and how traffic is shared out when its rule is made. The "
                "share at this moment is the load balancer's to say.",
            ),
            tables=[_services(outputs), _releases(outputs), _traffic(outputs)],
        ),
        Chapter(
            anchor="network",
            title=Words("Jaringan", "Network"),
            lead=Words(
                "Satu jaringan, dibagi menurut zona dan lapis. Subnet data tidak punya jalan ke internet.",
                "One network, divided by zone and tier. The data subnets have no way to the internet.",
            ),
            tables=[_subnets(outputs), _ways_out(outputs)],
        ),
        Chapter(
            anchor="exposure",
            title=Words("Keterpaparan", "Exposure"),
            lead=Words(
                "Apa yang dapat dicapai dari mana. Yang tidak disebut di sini tertutup.",
                "What can be reached from where. What is not named here is closed.",
            ),
            tables=[_listeners(outputs), _cluster_api(outputs), _openings(outputs), _pod_openings(outputs)],
        ),
        Chapter(
            anchor="identities",
            title=Words("Identitas dan haknya", "Identities and what they may do"),
            lead=Words(
                "Setiap peran, siapa yang boleh memakainya, dan setiap pernyataan kebijakannya, kata demi kata.",
                "Every role, who may take it on, and every statement of its policies, word for word.",
            ),
            tables=identity.tables(outputs["identities"]),
        ),
        Chapter(
            anchor="data",
            title=Words("Tempat data", "Where data lies"),
            lead=Words(
                "Setiap tempat data disimpan: kelas data, kunci, cadangan, masa simpan dan lokasinya.",
                "Every place where data is kept: its class, key, backups, retention and place.",
            ),
            tables=[_data_stores(outputs)],
        ),
        Chapter(
            anchor="processors",
            title=Words("Prosesor data pribadi", "Processors of personal data"),
            lead=Words(
                "Pihak lain yang memproses data pribadi untuk platform (UU PDP 27/2022, Pasal 51 dan 52).",
                "Who else processes personal data for the platform (UU PDP 27/2022, Articles 51 and 52).",
            ),
            tables=[_processors(outputs)],
        ),
        Chapter(
            anchor="inventory",
            title=Words("Inventaris menurut lapis", "Inventory by layer"),
            lead=Words(
                "Semua sumber daya yang dibuat program, menurut komponen dan pemiliknya.",
                "All resources that the program makes, by component and owner.",
            ),
            tables=[*_inventory(outputs), _protected(outputs)],
        ),
    ]


def _services(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Layanan", "Services"),
        columns=[
            Words("Layanan", "Service"),
            Words("Jenis", "Kind"),
            Words("Pemilik", "Owner"),
            Words("Mesin virtual", "Virtual machines"),
            Words("Kontainer", "Containers"),
            Words("Jalur", "Paths"),
        ],
        rows=[
            [
                name,
                words(service["kind"]),
                service["owner"],
                str(service["vms"]["desired"]) if service["vms"] else "0",
                _bounds(service["containers"]),
                service["routes"],
            ]
            for name, service in outputs["services"].items()
        ],
    )


def _bounds(containers: dict[str, Any] | None) -> str:
    return f"{containers['minimum']}-{containers['maximum']}" if containers else "0"


def _releases(outputs: dict[str, Any]) -> Table:
    releases = outputs["releases"]
    return Table(
        title=Words("Rilis yang dipasang", "What was deployed"),
        columns=[
            Words("Layanan", "Service"),
            Words("Arsip pada mesin (SHA-256)", "Archive on machines (SHA-256)"),
            Words("Citra dalam kontainer", "Image in containers"),
        ],
        rows=[
            [name, one["artefact_sha256"] or words("none"), one["image_digest"] or words("none")]
            for name, one in releases["services"].items()
        ],
    )


def _traffic(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Pembagian lalu lintas awal", "Initial shares of traffic"),
        columns=[
            Words("Layanan", "Service"),
            Words("Urutan", "Priority"),
            Words("Jalur", "Paths"),
            Words("Ke mesin virtual", "To virtual machines"),
            Words("Ke kontainer", "To containers"),
        ],
        rows=[
            [
                name,
                str(rule["priority"]),
                rule["paths"],
                f"{rule['initial_vm_share']} %",
                f"{rule['initial_container_share']} %",
            ]
            for name, rule in outputs["traffic"].items()
        ],
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


def _data_stores(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Tempat data", "Data stores"),
        columns=[
            Words("Jenis", "Kind"),
            Words("Nama", "Name"),
            Words("Kelas data", "Data class"),
            Words("Terenkripsi dengan", "Encrypted with"),
            Words("Cadangan", "Backups"),
            Words("Masa simpan", "Kept for"),
            Words("Lokasi", "Place"),
            Words("Dilindungi dari penghapusan", "Protected from deletion"),
        ],
        rows=[
            [
                words(store["kind"]),
                [store["name"], store["identifier"]],
                words(store["data_class"]),
                _encryption(store),
                [_backup(backup) for backup in store["backups"]] or words("none"),
                days(store["retention_days"], without=Words("sampai dihapus", "until deleted")),
                store["region"],
                yes_or_no(store["deletion_protected"]),
            ]
            for store in outputs["data_stores"]
        ],
        marked=[not store["encrypted"] for store in outputs["data_stores"]],
    )


def _encryption(store: dict[str, Any]) -> Cell:
    if not store["encrypted"]:
        return Words("TIDAK TERENKRIPSI", "NOT ENCRYPTED")
    return store["encryption_key_arn"] or Words("kunci milik AWS", "AWS's own key")


def _backup(backup: dict[str, Any]) -> Words:
    kind = words(backup["kind"])
    kept = days(backup["retention_days"], without=Words("tanpa batas", "without end"))
    return Words(f"{kind.indonesian}: {kept.indonesian}", f"{kind.english}: {kept.english}")


def _processors(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Prosesor", "Processors"),
        columns=[
            Words("Nama", "Name"),
            Words("Tujuan", "Purpose"),
            Words("Data", "Data"),
            Words("Tempat", "Place"),
            Words("Dasar hukum", "Legal ground"),
            Words("Pengiriman ke luar negeri", "Transfer abroad"),
        ],
        rows=[
            [
                one["name"],
                Words(one["purpose"]["id"], one["purpose"]["en"]),
                [words(kind) for kind in one["data"]],
                f"{one['country']}, {one['place']}",
                legal_ground(one["legal_ground"]),
                transfer_ground(one["transfer_ground"]),
            ]
            for one in outputs["processors"]
        ],
    )


def _inventory(outputs: dict[str, Any]) -> Iterator[Table]:
    for layer, parts in outputs["inventory"].items():
        count = sum(len(part["resources"]) for part in parts)
        yield Table(
            title=Words(f"{layer}: {count} sumber daya", f"{layer}: {count} resources"),
            columns=[
                Words("Komponen", "Component"),
                Words("Layanan", "Service"),
                Words("Pemilik", "Owner"),
                Words("Kelas data", "Data class"),
                Words("Sumber daya", "Resources"),
            ],
            rows=[
                [
                    f"{part['kind']} {part['name']}",
                    words(part["service"]),
                    part["owner"],
                    words(part["data_class"]),
                    _by_type(part["resources"]),
                ]
                for part in parts
            ],
        )


def _by_type(resources: list[dict[str, Any]]) -> list[str]:
    """Folded: three subnets are one line."""
    types = [resource["type"].rpartition(":")[2] for resource in resources]
    return [f"{types.count(one)} x {one}" for one in dict.fromkeys(types)]


def _protected(outputs: dict[str, Any]) -> Table:
    return Table(
        title=Words("Dilindungi dari penghapusan", "Protected from deletion"),
        columns=[Words("Nama", "Name")],
        rows=[[name] for name in outputs["protected"]],
    )
