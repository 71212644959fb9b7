"""The tables of data: where it lies, and who else processes what of it is personal."""

from __future__ import annotations

from typing import Any

from operations.outputs.cells import Cell, Table
from operations.outputs.words import Words, days, legal_ground, transfer_ground, words, yes_or_no


def data_tables(outputs: dict[str, Any]) -> list[Table]:
    """Every place where data lies, and how many there are of those that run."""
    return [_data_stores(outputs), _copies(outputs)]


def processor_tables(outputs: dict[str, Any]) -> list[Table]:
    """Who else processes personal data."""
    return [_processors(outputs)]


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


def _copies(outputs: dict[str, Any]) -> Table:
    database, cache = outputs["database"], outputs["cache"]
    return Table(
        title=Words("Basis data dan tembolok yang berjalan", "Running database and cache"),
        columns=[
            Words("Nama", "Name"),
            Words("Porta", "Port"),
            Words("Simpul", "Nodes"),
            Words("Siaga di zona lain", "Standby in another zone"),
        ],
        rows=[
            [
                database["identifier"],
                str(database["port"]),
                "2" if database["multi_az"] else "1",
                yes_or_no(database["multi_az"]),
            ],
            [
                cache["replication_group"],
                str(cache["port"]),
                str(1 + cache["replicas"]),
                yes_or_no(cache["replicas"] > 0),
            ],
        ],
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
