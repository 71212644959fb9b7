"""The ways in which the outputs can be shown."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """table is for the terminal, json and csv are for programs, html is for people who have nothing but a browser."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
