"""The form that asks for the verification mail once more."""

from __future__ import annotations

from collections.abc import Mapping

from app.common.pages.page import Page
from app.common.pages.rendering import render

BUSY_NOTICE = (
    "Layanan sedang sangat ramai dan permintaan Anda belum kami terima. Tunggu sebentar, lalu coba sekali lagi."
)


def anew_page(*, faults: Mapping[str, str] | None = None, notice: str | None = None) -> Page:
    """The form; faults: of `nik` and `email`. What was typed is never sent back."""
    return render("anew.html", faults=faults or {}, notice=notice)
