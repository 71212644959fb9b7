"""What people need of a mail is its links."""

from __future__ import annotations

import pytest

from operations.mail import links

pytestmark = pytest.mark.unit


def test_links_come_in_order_once_and_without_what_surrounds_them() -> None:
    text = (
        "Buka http://127.0.0.1:8080/verifikasi?token=a-_b. Atau (https://prakerja.example/x), atau "
        '<a href="http://127.0.0.1:8080/verifikasi?token=a-_b">di sini</a>'
    )
    assert links(text) == ["http://127.0.0.1:8080/verifikasi?token=a-_b", "https://prakerja.example/x"]
    assert links("tanpa tautan") == []
