"""The platform drawn: what is within what. Region, network, zones and subnets are boxes; what spans zones is a band."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from operations.outputs.words import Words, words

_WIDTH = 1180
_MARGIN = 20
_REGIONAL_WIDTH = 230
_ZONE_GAP = 14
_BAND_HEIGHT = 34
_BAND_GAP = 8
_SUBNET_HEAD = 44
_TIER_GAP = 14
_ZONE_HEAD = 34
_INTERNET_HEIGHT = 56
_TIERS = ("public", "private", "data")
_IN_THE_NETWORK = ("database", "cache", "machine volumes", "node volumes")
# What stands in the region without being a data store.
_REGIONAL = {
    "aws:kms/key:Key": "key",
    "aws:cloudtrail/trail:Trail": "audit trail",
    "aws:sesv2/emailIdentity:EmailIdentity": "mail sender",
}


@dataclass(frozen=True, kw_only=True)
class _Band:
    """What stands in the subnets of a tier, across `zones` of the zones."""

    label: Words
    zones: int
    style: str


def drawing(outputs: dict[str, Any]) -> str:
    """An inline SVG; all that it says is in the page's tables too."""
    network = outputs["network"]
    bands = {tier: _bands(tier, outputs) for tier in _TIERS}
    heights = {tier: _SUBNET_HEAD + len(bands[tier]) * (_BAND_HEIGHT + _BAND_GAP) + _BAND_GAP for tier in _TIERS}
    zone_height = _ZONE_HEAD + sum(heights.values()) + len(_TIERS) * _TIER_GAP
    region_top = _INTERNET_HEIGHT + 40
    network_top = region_top + 44
    zone_top = network_top + 44
    height = zone_top + zone_height + 3 * _MARGIN
    network_width = _WIDTH - 4 * _MARGIN - _REGIONAL_WIDTH
    parts = [
        *_internet(outputs),
        *_box("region", _MARGIN / 2, region_top, _WIDTH - _MARGIN, height - region_top - _MARGIN / 2),
        *_label(_MARGIN * 1.5, region_top + 28, _region(outputs), "head"),
        *_box("network", 1.5 * _MARGIN, network_top, network_width, zone_height + 44 + _MARGIN),
        *_label(2.2 * _MARGIN, network_top + 28, _network(outputs), "head"),
    ]
    left, inner = 2.2 * _MARGIN, network_width - 1.4 * _MARGIN
    zone_width = (inner - _ZONE_GAP * (len(network["zones"]) - 1)) / len(network["zones"])
    for index, zone in enumerate(network["zones"]):
        x = left + index * (zone_width + _ZONE_GAP)
        parts += _box("zone", x, zone_top, zone_width, zone_height)
        parts += _label(x + 12, zone_top + 23, Words(f"Zona {zone}", f"Zone {zone}"), "name")
        y = zone_top + _ZONE_HEAD
        for tier in _TIERS:
            parts += _box(f"subnet {tier}", x + 8, y, zone_width - 16, heights[tier])
            parts += _label(x + 18, y + 19, _subnet(tier, network["subnet_cidrs"][tier][index]), "name")
            parts += _label(x + 18, y + 36, _same(network["subnets"][tier][index]), "small")
            y += heights[tier] + _TIER_GAP
    y = zone_top + _ZONE_HEAD
    for tier in _TIERS:
        for number, band in enumerate(bands[tier]):
            top = y + _SUBNET_HEAD + number * (_BAND_HEIGHT + _BAND_GAP)
            width = band.zones * (zone_width + _ZONE_GAP) - _ZONE_GAP - 28
            parts += _box(f"band {band.style}", left + 14, top, width, _BAND_HEIGHT)
            parts += _label(left + 28, top + 22, band.label, "name")
        y += heights[tier] + _TIER_GAP
    gap = left + (len(network["zones"]) - 1) * (zone_width + _ZONE_GAP) - _ZONE_GAP / 2
    parts += _way_in(gap, to=zone_top + _ZONE_HEAD + _SUBNET_HEAD)
    parts += _regional(outputs, x=_WIDTH - _REGIONAL_WIDTH - 1.5 * _MARGIN, y=network_top)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-labelledby="drawing-title">'
        f'<title id="drawing-title">{escape(outputs["environment"])}: {escape(outputs["region"])}</title>'
        f"{''.join(parts)}</svg>"
    )


def _internet(outputs: dict[str, Any]) -> Iterator[str]:
    sources = dict.fromkeys(
        source for listener in outputs["exposure"]["listeners"] for source in listener["allowed_sources"]
    )
    ports = ", ".join(f"{one['port']}/{one['protocol']}" for one in outputs["exposure"]["listeners"])
    edge = outputs["exposure"]["edge"]
    through = (
        Words(f" · lewat {edge['run_by']}", f" · through {edge['run_by']}") if edge and edge["hosts"] else Words("", "")
    )
    yield from _box("internet", _MARGIN / 2, 6, _WIDTH - _MARGIN, _INTERNET_HEIGHT)
    yield from _label(
        _MARGIN * 1.5,
        40,
        Words(
            f"Internet: {', '.join(sources)} boleh ke porta {ports}{through.indonesian}",
            f"Internet: {', '.join(sources)} may reach ports {ports}{through.english}",
        ),
        "head",
    )


def _way_in(x: float, *, to: float) -> Iterator[str]:
    """From the internet to the load balancer, between two zones, where nothing is written."""
    yield f'<path class="way" d="M{x:.0f} {_INTERNET_HEIGHT + 6} V{to:.0f}"/>'
    yield f'<path class="tip" d="M{x - 7:.0f} {to - 10:.0f} h14 l-7 11 z"/>'


def _region(outputs: dict[str, Any]) -> Words:
    region, account = outputs["region"], outputs["account_id"]
    return Words(f"Wilayah {region} · akun {account}", f"Region {region} · account {account}")


def _network(outputs: dict[str, Any]) -> Words:
    network = outputs["network"]
    return Words(
        f"Jaringan {network['cidr']} · {network['vpc_id']}", f"Network {network['cidr']} · {network['vpc_id']}"
    )


def _subnet(tier: str, cidr: str) -> Words:
    name = words(tier)
    return Words(f"Subnet {name.indonesian} {cidr}", f"{tier.capitalize()} subnet {cidr}")


def _bands(tier: str, outputs: dict[str, Any]) -> list[_Band]:
    zones = len(outputs["network"]["zones"])
    return {"public": _public, "private": _private, "data": _data}[tier](outputs, zones)


def _public(outputs: dict[str, Any], zones: int) -> list[_Band]:
    gateways = len(outputs["network"]["nat_public_addresses"])
    balancers = dict.fromkeys(one["load_balancer"] for one in outputs["exposure"]["listeners"])
    return [
        *(
            _Band(label=Words(f"Penyeimbang beban {name}", f"Load balancer {name}"), zones=zones, style="way-in")
            for name in balancers
        ),
        _Band(
            label=Words(f"Gerbang keluar (NAT): {gateways}", f"NAT gateways: {gateways}"),
            zones=gateways,
            style="way-out",
        ),
    ]


def _private(outputs: dict[str, Any], zones: int) -> list[_Band]:
    """A fleet is one band, however many machines it has."""
    bands = [
        _Band(
            label=Words(
                f"{name}: {service['vms']['desired']} mesin virtual",
                f"{name}: {service['vms']['desired']} virtual machines",
            ),
            zones=zones,
            style="machines",
        )
        for name, service in outputs["services"].items()
        if service["vms"]
    ]
    placed = [
        f"{name} {service['containers']['minimum']}-{service['containers']['maximum']}"
        for name, service in outputs["services"].items()
        if service["containers"]
    ]
    if outputs["cluster"]:
        version, those = outputs["cluster"]["version"], ", ".join(placed)
        bands.append(
            _Band(
                label=Words(f"Klaster {version}, kontainer: {those}", f"Cluster {version}, containers: {those}"),
                zones=zones,
                style="containers",
            )
        )
    maintenance = Words("1 mesin pemeliharaan", "1 maintenance machine")
    return [*bands, _Band(label=maintenance, zones=1, style="machines")]


def _data(outputs: dict[str, Any], zones: int) -> list[_Band]:
    """AWS chooses the zone, so a store that stands in one of them is drawn over all."""
    database = (
        Words("PostgreSQL, di dua zona: utama dan siaga", "PostgreSQL, in two of the zones: primary and standby")
        if outputs["database"]["multi_az"]
        else Words("PostgreSQL, di salah satu zona", "PostgreSQL, in one of the zones")
    )
    nodes = 1 + outputs["cache"]["replicas"]
    return [
        _Band(label=database, zones=zones, style="store"),
        _Band(label=Words(f"Valkey, simpul: {nodes}", f"Valkey, nodes: {nodes}"), zones=zones, style="store"),
    ]


def _regional(outputs: dict[str, Any], *, x: float, y: float) -> Iterator[str]:
    """What stands in the region and in no network of ours."""
    resources = [one for parts in outputs["inventory"].values() for part in parts for one in part["resources"]]
    kinds = [
        *(store["kind"] for store in outputs["data_stores"] if store["kind"] not in _IN_THE_NETWORK),
        *(_REGIONAL[resource["type"]] for resource in resources if resource["type"] in _REGIONAL),
    ]
    heading = Words("Di wilayah, di luar jaringan", "In the region, outside the network")
    yield from _label(x, y + 18, heading, "name")
    for number, kind in enumerate(dict.fromkeys(kinds)):
        top = y + 30 + number * (_BAND_HEIGHT + _BAND_GAP)
        count, name = kinds.count(kind), words(kind)
        yield from _box("band store", x, top, _REGIONAL_WIDTH, _BAND_HEIGHT)
        yield from _label(x + 14, top + 22, Words(f"{name.indonesian}: {count}", f"{kind}: {count}"), "name")


def _same(text: str) -> Words:
    return Words(text, text)


def _box(style: str, x: float, y: float, width: float, height: float) -> list[str]:
    return [f'<rect class="{style}" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="4"/>']


def _label(x: float, y: float, label: Words, style: str) -> list[str]:
    if label.indonesian == label.english:
        return [f'<text class="{style}" x="{x:.0f}" y="{y:.0f}">{escape(label.english)}</text>']
    return [
        f'<text class="{style}" lang="{language}" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
        for language, text in (("id", label.indonesian), ("en", label.english))
    ]
