"""What the outputs' own words are called in Indonesian, for a page that is read in both languages."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One text in both languages."""

    indonesian: str
    english: str


_INDONESIAN = {
    "yes": "ya",
    "no": "tidak",
    "none": "tidak ada",
    "Allow": "boleh",
    "Deny": "dilarang",
    "ingress": "masuk",
    "egress": "keluar",
    "http": "situs",
    "worker": "pekerja",
    "public": "publik",
    "private": "privat",
    "data": "data",
    "internal": "internal",
    "personal": "pribadi",
    "shared": "bersama",
    "database": "basis data",
    "cache": "tembolok",
    "bucket": "wadah objek",
    "queue": "antrean",
    "secret": "rahasia",
    "log group": "kelompok log",
    "image repository": "gudang citra",
    "backup vault": "brankas cadangan",
    "function": "fungsi",
    "topic": "topik",
    "key": "kunci enkripsi",
    "audit trail": "jejak audit",
    "mail sender": "pengirim surel",
    "machine volumes": "diska mesin virtual",
    "node volumes": "diska simpul klaster",
    "point in time": "ke titik waktu mana pun",
    "daily copy": "salinan harian",
    "daily snapshot": "potret harian",
    "object versions": "versi objek",
    "name": "nama",
    "e-mail address": "alamat surel",
    "telephone number": "nomor telepon",
    "birth date": "tanggal lahir",
    "identity number": "NIK",
    "family card number": "nomor kartu keluarga",
    "identity card picture": "foto KTP",
    "face picture": "foto wajah",
    "payment account": "rekening atau dompet elektronik",
    "training record": "riwayat pelatihan",
    "password hash": "sidik kata sandi",
    "network address": "alamat jaringan",
    "request contents": "isi permintaan",
    "mail contents": "isi surel",
}
# UU PDP 27/2022, Article 20 (2).
_LEGAL_GROUNDS = {
    "consent": Words("persetujuan (Pasal 20 ayat 2 huruf a)", "consent (Article 20 (2) a)"),
    "contract": Words("perjanjian (Pasal 20 ayat 2 huruf b)", "contract (Article 20 (2) b)"),
    "legal obligation": Words("kewajiban hukum (Pasal 20 ayat 2 huruf c)", "legal obligation (Article 20 (2) c)"),
    "vital interest": Words("kepentingan vital (Pasal 20 ayat 2 huruf d)", "vital interest (Article 20 (2) d)"),
    "public service": Words(
        "kepentingan umum dan pelayanan publik (Pasal 20 ayat 2 huruf e)",
        "public interest and public service (Article 20 (2) e)",
    ),
    "legitimate interest": Words(
        "kepentingan yang sah (Pasal 20 ayat 2 huruf f)", "legitimate interest (Article 20 (2) f)"
    ),
}
# UU PDP 27/2022, Article 56.
_TRANSFER_GROUNDS = {
    "equal protection": Words("pelindungan setara (Pasal 56 ayat 2)", "equal protection (Article 56 (2))"),
    "binding safeguards": Words("pelindungan yang mengikat (Pasal 56 ayat 3)", "binding safeguards (Article 56 (3))"),
    "consent": Words("persetujuan (Pasal 56 ayat 4)", "consent (Article 56 (4))"),
}


def words(value: str) -> Words:
    """One of the outputs' own words, in both languages; what is no such word is the same in both."""
    return Words(_INDONESIAN.get(value, value), value)


def legal_ground(value: str) -> Words:
    """By what right personal data is processed, with the law's own place for it."""
    return _LEGAL_GROUNDS[value]


def transfer_ground(value: str | None) -> Words:
    """By what right it leaves the country."""
    return Words("tetap di Indonesia", "stays in Indonesia") if value is None else _TRANSFER_GROUNDS[value]


def yes_or_no(value: bool) -> Words:
    """A truth value in words."""
    return words("yes" if value else "no")


def days(value: int | None, *, without: Words) -> Words:
    """A number of days. without: what none means."""
    return without if value is None else Words(f"{value} hari", f"{value} days")
