"""The outputs in a few numbers, each of which can be counted again in the cloud."""

from __future__ import annotations

from typing import Any, NamedTuple

from operations.outputs.reach_tables import ANYWHERE
from operations.outputs.words import Words


class Number(NamedTuple):
    """key: what programs know it by."""

    key: str
    label: Words
    value: int


def numbers(outputs: dict[str, Any]) -> list[Number]:
    """All of them, in the order in which they are shown."""
    services = outputs["services"].values()
    containers = [service["containers"] for service in services if service["containers"]]
    network, exposure, identities = outputs["network"], outputs["exposure"], outputs["identities"]
    stores = outputs["data_stores"]
    return [
        Number("services", Words("Layanan", "Services"), len(services)),
        Number(
            "vms",
            Words("Mesin virtual layanan", "Virtual machines of services"),
            sum(service["vms"]["desired"] for service in services if service["vms"]),
        ),
        Number(
            "containers_minimum",
            Words("Kontainer, paling sedikit", "Containers, at least"),
            sum(one["minimum"] for one in containers),
        ),
        Number(
            "containers_maximum",
            Words("Kontainer, paling banyak", "Containers, at most"),
            sum(one["maximum"] for one in containers),
        ),
        Number("zones", Words("Zona", "Zones"), len(network["zones"])),
        Number("subnets", Words("Subnet", "Subnets"), sum(len(ids) for ids in network["subnets"].values())),
        Number("listeners", Words("Pintu masuk situs", "Ways into the site"), len(exposure["listeners"])),
        Number("openings", Words("Aturan grup keamanan", "Rules of security groups"), len(exposure["openings"])),
        Number(
            "openings_to_anybody",
            Words("Aturan masuk dari alamat mana pun", "Rules that let in from any address"),
            sum(one["direction"] == "ingress" and one["peer"] in ANYWHERE for one in exposure["openings"]),
        ),
        Number("roles", Words("Peran", "Roles"), len(identities["roles"])),
        Number("data_stores", Words("Tempat data", "Data stores"), len(stores)),
        Number(
            "data_stores_personal",
            Words("Tempat data pribadi", "Data stores with personal data"),
            sum(store["data_class"] == "personal" for store in stores),
        ),
        Number(
            "data_stores_unencrypted",
            Words("Tempat data tanpa enkripsi", "Data stores without encryption"),
            sum(not store["encrypted"] for store in stores),
        ),
        Number("processors", Words("Prosesor data pribadi", "Processors of personal data"), len(outputs["processors"])),
        Number(
            "resources",
            Words("Sumber daya", "Resources"),
            sum(len(part["resources"]) for parts in outputs["inventory"].values() for part in parts),
        ),
    ]
