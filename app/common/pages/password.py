"""The form that sets a password."""

from __future__ import annotations

from collections.abc import Mapping

from app.common.pages.page import Page
from app.common.pages.rendering import render

BUSY_NOTICE = "Layanan sedang sangat ramai dan kata sandi Anda belum tersimpan. Tunggu sebentar, lalu coba sekali lagi."


def password_page(
    *, token: str, shortest: int, longest: int, faults: Mapping[str, str] | None = None, notice: str | None = None
) -> Page:
    """The form for the holder of `token`; passwords have `shortest` to `longest` characters.

    faults: of `password` and `repeated`. What was typed is never sent back.
    """
    return render("password.html", token=token, shortest=shortest, longest=longest, faults=faults or {}, notice=notice)
