"""What can be wrong with a field: a code for programs, a sentence in Indonesian for people."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class FaultCode(StrEnum):
    """Stable: clients may act on them."""

    REQUIRED = "required"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_FIELD = "unknown_field"
    NOT_16_DIGITS = "not_16_digits"
    NO_SUCH_REGION = "no_such_region"
    NO_SUCH_SERIAL = "no_such_serial"
    BIRTH_DATE_DIFFERS = "birth_date_differs"
    NOT_A_NAME = "not_a_name"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    EASY_TO_GUESS = "easy_to_guess"
    NOT_A_DATE = "not_a_date"
    OUT_OF_RANGE = "out_of_range"
    NOT_AN_ADDRESS = "not_an_address"
    NOT_A_MOBILE_NUMBER = "not_a_mobile_number"


class FieldError(ValueError):
    """Raised by the parser of one field."""

    def __init__(self, code: FaultCode) -> None:
        super().__init__(code)
        self.code = code


class Fault(msgspec.Struct, frozen=True):
    """One field's fault."""

    field: str
    code: FaultCode
    message: str


_LABELS = {
    "nik": "NIK",
    "family_card_number": "Nomor Kartu Keluarga",
    "name": "Nama lengkap",
    "birth_date": "Tanggal lahir",
    "email": "Email",
    "telephone": "Nomor HP",
    "password": "Kata sandi",
}

_SENTENCES = {
    FaultCode.REQUIRED: "{label} belum diisi.",
    FaultCode.WRONG_TYPE: "{label} harus berupa teks.",
    FaultCode.UNKNOWN_FIELD: "Kolom ini tidak dikenal.",
    FaultCode.NOT_16_DIGITS: "{label} harus terdiri dari 16 angka.",
    FaultCode.NO_SUCH_REGION: "{label} tidak sah: enam angka pertamanya bukan kode wilayah. Cocokkan dengan KTP.",
    FaultCode.NO_SUCH_SERIAL: "{label} tidak sah: empat angka terakhirnya tidak boleh 0000. Cocokkan dengan KTP.",
    FaultCode.BIRTH_DATE_DIFFERS: "{label} tidak cocok dengan tanggal lahir yang Anda isi. Periksa keduanya pada KTP.",
    FaultCode.NOT_A_NAME: "{label} hanya boleh berisi huruf, spasi, titik, koma, petik, dan tanda hubung.",
    FaultCode.TOO_LONG: "{label} terlalu panjang.",
    FaultCode.TOO_SHORT: "{label} terlalu pendek.",
    FaultCode.EASY_TO_GUESS: "{label} terlalu mudah ditebak. Coba beberapa kata yang tidak saling berhubungan.",
    FaultCode.NOT_A_DATE: "{label} bukan tanggal yang ada. Contoh: 27 3 1998.",
    FaultCode.OUT_OF_RANGE: "{label} tidak mungkin. Tulis tahun dengan empat angka, bukan tanggal yang akan datang.",
    FaultCode.NOT_AN_ADDRESS: "{label} tidak lengkap atau salah tulis. Contoh: nama@contoh.id.",
    FaultCode.NOT_A_MOBILE_NUMBER: "{label} harus nomor HP Indonesia. Contoh: 0812 3456 7890.",
}


def fault(field: str, code: FaultCode) -> Fault:
    """The fault of a field, in words."""
    return Fault(field=field, code=code, message=_SENTENCES[code].format(label=_LABELS.get(field, field)))
