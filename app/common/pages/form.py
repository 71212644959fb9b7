"""The registration form: its fields, and the page in each state that it can be in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.common.pages.page import Page
from app.common.pages.rendering import render


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input: `autocomplete` and `inputmode` are HTML's own tokens, which choose the phone's keypad."""

    name: str
    label: str
    hint: str
    autocomplete: str
    inputmode: str
    longest: int
    type: str = "text"


# In the order of the identity card, then of how a participant is reached.
BEFORE_BIRTH_DATE = (
    Field(
        name="nik",
        label="NIK",
        hint="16 angka pada KTP Anda.",
        autocomplete="off",
        inputmode="numeric",
        longest=24,
    ),
    Field(
        name="family_card_number",
        label="Nomor Kartu Keluarga",
        hint="16 angka di bagian atas Kartu Keluarga (KK).",
        autocomplete="off",
        inputmode="numeric",
        longest=24,
    ),
    Field(
        name="name",
        label="Nama lengkap",
        hint="Seperti tertulis pada KTP, tanpa gelar.",
        autocomplete="name",
        inputmode="text",
        longest=100,
    ),
)
BIRTH_DATE_PARTS = (
    Field(
        name="birth_day",
        label="Tanggal",
        hint="",
        autocomplete="bday-day",
        inputmode="numeric",
        longest=2,
    ),
    Field(
        name="birth_month",
        label="Bulan",
        hint="",
        autocomplete="bday-month",
        inputmode="numeric",
        longest=2,
    ),
    Field(
        name="birth_year",
        label="Tahun",
        hint="",
        autocomplete="bday-year",
        inputmode="numeric",
        longest=4,
    ),
)
AFTER_BIRTH_DATE = (
    Field(
        name="email",
        label="Email",
        hint="Email yang bisa Anda buka sendiri, untuk verifikasi akun.",
        autocomplete="email",
        inputmode="email",
        longest=254,
        type="email",
    ),
    Field(
        name="telephone",
        label="Nomor HP",
        hint="Contoh: 0812 3456 7890.",
        autocomplete="tel",
        inputmode="tel",
        longest=20,
        type="tel",
    ),
)
NAMES = tuple(field.name for field in (*BEFORE_BIRTH_DATE, *BIRTH_DATE_PARTS, *AFTER_BIRTH_DATE))

BUSY_NOTICE = (
    "Layanan sedang sangat ramai dan data Anda belum tersimpan. Isian Anda masih ada di bawah ini: "
    "tunggu sebentar, lalu tekan Daftar sekali lagi."
)


def form_page(*, values: Mapping[str, str], faults: Mapping[str, str] | None = None, notice: str | None = None) -> Page:
    """The form as filled in, with the fault of each field (`birth_date` for its three parts together)."""
    return render(
        "form.html",
        before=BEFORE_BIRTH_DATE,
        parts=BIRTH_DATE_PARTS,
        after=AFTER_BIRTH_DATE,
        values={name: values.get(name, "") for name in NAMES},
        faults=faults or {},
        notice=notice,
    )


@cache
def empty_form_page() -> Page:
    """The form before anything is filled in."""
    return form_page(values={})


@cache
def fixed_page(template: str) -> Page:
    """A page that is the same for everybody."""
    return render(template)
