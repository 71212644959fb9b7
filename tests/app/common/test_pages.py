"""Every page: small, without script, and usable by everybody."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from app.common.pages import CONTENT_SECURITY_POLICY, Page, render
from app.common.pages.anew import anew_page
from app.common.pages.form import BUSY_NOTICE, NAMES, empty_form_page, fixed_page, form_page
from app.common.pages.password import password_page
from app.common.pages.rendering import STYLE
from app.portal.waves import Wave, WaveStatus
from tests.app.html import Document

pytestmark = pytest.mark.unit

LARGEST_BODY = 12 * 1024  # of the 14 KB of a first view; the rest is for headers, and more than they need
FAULTS = {name: f"{name} salah." for name in ("nik", "family_card_number", "name", "birth_date", "email", "telephone")}
WAVE = Wave(
    number=2,
    opens_at=datetime(2020, 4, 20, tzinfo=UTC),
    closes_at=datetime(2020, 5, 23, tzinfo=UTC),
    quota=200_000,
    registered=None,
    accepted=None,
)
STATUSES = {
    "unknown": None,
    "closed": WaveStatus(open=None, upcoming=None, past=(WAVE,)),
    "announced": WaveStatus(open=None, upcoming=WAVE, past=()),
    "open": WaveStatus(open=WAVE, upcoming=None, past=()),
}
PAGES: dict[str, Page] = {
    **{f"home-{name}": render("home.html", status=status) for name, status in STATUSES.items()},
    **{f"waves-{name}": render("waves.html", status=status) for name, status in STATUSES.items()},
    **{name: fixed_page(f"{name}.html") for name in ("result", "known", "missing", "trouble", "verified", "unusable")},
    "ordered": fixed_page("ordered.html"),
    "anew": anew_page(),
    "anew-with-faults": anew_page(faults={"nik": "NIK belum diisi.", "email": "Email belum diisi."}),
    "password": password_page(token="x" * 43, shortest=15, longest=128),
    "password-with-faults": password_page(
        token="x" * 43, shortest=15, longest=128, faults={"password": "Kata sandi salah.", "repeated": "Tidak sama."}
    ),
    "form": empty_form_page(),
    "form-with-faults": form_page(values=dict.fromkeys(NAMES, "x"), faults=FAULTS),
    "form-when-busy": form_page(values={}, notice=BUSY_NOTICE),
}
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def _document(page: Page) -> Document:
    return Document.of(page.html.decode())


@each_page
def test_it_is_small_on_the_wire(page: Page) -> None:
    assert gzip.decompress(page.compressed) == page.html
    assert len(page.compressed) < 5 * 1024
    assert len(page.html) < LARGEST_BODY, "also for a browser that takes no compressed page"


@each_page
def test_it_needs_nothing_else_and_runs_no_script(page: Page) -> None:
    document = _document(page)
    assert not document.all("script", "img", "iframe", "object", "audio", "video")
    assert all(link.attributes["href"].startswith("data:") for link in document.all("link"))
    assert not [name for element in document.elements for name in element.attributes if name.startswith("on")]
    assert not [element for element in document.elements if "style" in element.attributes]
    assert "script-src" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY


@each_page
def test_its_style_is_the_one_that_the_policy_allows(page: Page) -> None:
    assert _document(page).one("style").text == STYLE


@each_page
def test_it_is_well_formed_with_unique_ids(page: Page) -> None:
    document = _document(page)
    assert [element.tag for element in document.elements if not element.closed] == []
    identifiers = [element.attributes["id"] for element in document.elements if "id" in element.attributes]
    assert len(identifiers) == len(set(identifiers))


@each_page
def test_it_has_a_language_a_title_and_landmarks(page: Page) -> None:
    document = _document(page)
    assert document.one("html").attributes["lang"] == "id"
    assert document.one("title").text.endswith("\u2013 Kartu Prakerja")
    assert document.one("main").attributes["id"] == "isi"
    assert document.one("nav").attributes["aria-label"]
    assert document.one("h1").text.strip()


@each_page
def test_its_first_link_skips_to_the_content(page: Page) -> None:
    assert _document(page).all("a")[0].attributes["href"] == "#isi"


@each_page
def test_its_headings_leave_out_no_level(page: Page) -> None:
    levels = [int(element.tag[1]) for element in _document(page).all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


@each_page
def test_every_reference_to_an_element_finds_it(page: Page) -> None:
    document = _document(page)
    for element in document.elements:
        for name in ("for", "aria-describedby", "aria-labelledby"):
            for identifier in element.attributes.get(name, "").split():
                document.by_id(identifier)
        if element.tag == "a" and element.attributes["href"].startswith("#"):
            document.by_id(element.attributes["href"][1:])


@each_page
def test_images_are_hidden_from_screen_readers(page: Page) -> None:
    assert all(svg.attributes["aria-hidden"] == "true" for svg in _document(page).all("svg"))


def test_every_input_has_a_label_a_keypad_and_an_autocomplete_token() -> None:
    document = _document(empty_form_page())
    labelled = {label.attributes["for"] for label in document.all("label")}
    inputs = document.all("input")
    assert [each.attributes["name"] for each in inputs] == list(NAMES)
    for each in inputs:
        assert each.attributes["id"] in labelled
        assert each.attributes["inputmode"]
        assert each.attributes["autocomplete"]
        assert "required" in each.attributes


def test_the_parts_of_the_birth_date_are_one_group_with_a_legend() -> None:
    document = _document(empty_form_page())
    assert document.one("legend").text == "Tanggal lahir"
    parts = [each for each in document.all("input") if each.inside("fieldset")]
    assert [each.attributes["autocomplete"] for each in parts] == ["bday-day", "bday-month", "bday-year"]


def test_each_fault_stands_beside_its_field_and_in_a_summary_that_links_to_it() -> None:
    document = _document(form_page(values={}, faults=FAULTS))
    links = {link.text: link.attributes["href"][1:] for link in document.all("a") if link.text in FAULTS.values()}
    for name, message in FAULTS.items():
        field = document.by_id(links[message])
        assert field.attributes["aria-invalid"] == "true"
        assert f"{name}-galat" in field.attributes["aria-describedby"]
        assert document.by_id(f"{name}-galat").text == message
    assert document.one("title").text.startswith("Periksa isian")


def test_what_was_typed_is_kept_and_can_break_nothing() -> None:
    html = form_page(values={"name": '"><script>alert(1)</script>'}, faults={"name": "<b>"}).html.decode()
    assert "<script>" not in html
    assert "<b>" not in html
    (name,) = (each for each in Document.of(html).all("input") if each.attributes["name"] == "name")
    assert name.attributes["value"] == '"><script>alert(1)</script>'


def test_keyboard_focus_is_visible() -> None:
    rule = re.search(r":focus-visible\{([^}]*)\}", STYLE)
    assert rule is not None
    assert "outline:3px solid" in rule[1]
