"""The verification mail."""

from __future__ import annotations

import re

import pytest

from app.notification.mail import Mail, verification_mail
from tests.app.html import Document
from tests.app.notification.samples import TOKEN, message

pytestmark = pytest.mark.unit

LINK = f"https://prakerja.test/verifikasi?token={TOKEN}"


def _mail(name: str = "Siti Rahmawati") -> Mail:
    return verification_mail(message(name=name), "https://prakerja.test")


def test_text_and_html_carry_the_link_and_say_until_when_it_is_good() -> None:
    mail = _mail()
    assert LINK in mail.text.split()
    assert {link.attributes["href"] for link in Document.of(mail.html).all("a")} == {LINK}
    for part in (mail.text, mail.html):
        assert "17 Agustus 2026 pukul 10.00 WIB" in part
        assert "Siti Rahmawati" in part


def test_the_html_is_well_formed_in_indonesian_and_loads_nothing() -> None:
    document = Document.of(_mail().html)
    assert [element.tag for element in document.elements if not element.closed] == []
    assert document.one("html").attributes["lang"] == "id"
    assert not document.all("img", "link", "script", "style")


def test_lines_of_the_text_fit_a_small_screen() -> None:
    assert max(len(line) for line in _mail().text.splitlines() if LINK not in line) <= 78


@pytest.mark.parametrize("name", ["Klik bit.ly/hadiah", "www.contoh.id", "a.b/c"])
def test_a_name_makes_no_link(name: str) -> None:
    mail = _mail(name)
    assert not re.search(r"\w\.\w|\w/\w", mail.text.splitlines()[0])


@pytest.mark.parametrize(("name", "shown"), [("Ma'ruf Amin, S.H.", "Ma'ruf Amin, S. H."), ("I Gusti", "I Gusti")])
def test_a_usual_name_stays_readable(name: str, shown: str) -> None:
    assert _mail(name).text.splitlines()[0] == f"Halo {shown},"


def test_a_name_is_escaped_in_html() -> None:
    assert "<b>" not in _mail("<b>Siti</b>").html
