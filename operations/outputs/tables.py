"""The outputs as tables, once for the terminal and the page: what each row is, and what people call its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from operations.outputs.cells import Table
from operations.outputs.data_tables import data_tables, processor_tables
from operations.outputs.identity_tables import identity_tables
from operations.outputs.reach_tables import exposure_tables, network_tables
from operations.outputs.words import Words, words


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
            tables=network_tables(outputs),
        ),
        Chapter(
            anchor="exposure",
            title=Words("Keterpaparan", "Exposure"),
            lead=Words(
                "Apa yang dapat dicapai dari mana. Yang tidak disebut di sini tertutup, kecuali dua aturan yang dibuat "
                "AWS pada grup keamanan klaster: antar-anggotanya, dan ke luar. Kontainer dibatasi oleh kebijakan "
                "jaringannya.",
                "What can be reached from where. What is not named here is closed, but for two rules that AWS makes "
                "with the cluster's own security group: between its members, and outwards. Containers are held by "
                "their network policies.",
            ),
            tables=exposure_tables(outputs),
        ),
        Chapter(
            anchor="identities",
            title=Words("Identitas dan haknya", "Identities and what they may do"),
            lead=Words(
                "Setiap peran, siapa yang boleh memakainya, dan setiap pernyataan kebijakannya, kata demi kata.",
                "Every role, who may take it on, and every statement of its policies, word for word.",
            ),
            tables=identity_tables(outputs["identities"]),
        ),
        Chapter(
            anchor="data",
            title=Words("Tempat data", "Where data lies"),
            lead=Words(
                "Setiap tempat data disimpan: kelas data, kunci, cadangan, masa simpan dan lokasinya.",
                "Every place where data is kept: its class, key, backups, retention and place.",
            ),
            tables=data_tables(outputs),
        ),
        Chapter(
            anchor="processors",
            title=Words("Prosesor data pribadi", "Processors of personal data"),
            lead=Words(
                "Pihak lain yang memproses data pribadi untuk platform (UU PDP 27/2022, Pasal 51 dan 52).",
                "Who else processes personal data for the platform (UU PDP 27/2022, Articles 51 and 52).",
            ),
            tables=processor_tables(outputs),
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
