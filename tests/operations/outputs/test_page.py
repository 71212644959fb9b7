"""The page stands by itself, speaks both languages, draws what is within what, and can be read by everybody."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest

import operations
from components.data_processor import LegalGround, PersonalData, TransferGround
from operations.outputs.drawing import drawing
from operations.outputs.numbers import numbers
from operations.outputs.page import page
from operations.outputs.words import Words, legal_ground, transfer_ground, words
from stacks.outputs_audit_model import BackupOutput, DataStoreOutput
from tests.operations.outputs.sample import sample_outputs

pytestmark = pytest.mark.unit

STYLE = (Path(operations.__file__ or "").parent / "outputs" / "page.css").read_text()
VOID = {"meta", "input", "wbr"}
Box = tuple[float, float, float, float]


class Reader(HTMLParser):
    """Elements in order with their attributes, and texts by the language that they are marked with."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str | None, str]] = []
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("lang")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"

    def handle_data(self, data: str) -> None:
        marked = [language for tag, language in self._open if language and tag != "html"]
        self.texts.append((marked[-1] if marked else None, data))


@pytest.fixture(scope="module")
def html() -> str:
    return page(sample_outputs())


@pytest.fixture(scope="module")
def boxes() -> dict[str, list[Box]]:
    """The drawing's boxes by their first class."""
    found: dict[str, list[Box]] = {}
    for rect in ET.fromstring(drawing(sample_outputs())).iter("rect"):  # noqa: S314 - we wrote it ourselves
        x, y, width, height = (float(rect.get(side, "")) for side in ("x", "y", "width", "height"))
        found.setdefault(rect.get("class", "").split()[0], []).append((x, y, x + width, y + height))
    return found


def within(inner: Box, outer: Box) -> bool:
    return outer[0] < inner[0] and outer[1] < inner[1] and inner[2] < outer[2] and inner[3] < outer[3]


def test_nothing_is_loaded_and_nothing_runs(html: str) -> None:
    elements = Reader(html).elements
    assert not {tag for tag, _ in elements} & {"script", "link", "img", "iframe", "object", "image", "use"}
    assert all(
        value and value.startswith("#")
        for _, attributes in elements
        for name, value in attributes.items()
        if name in ("href", "src", "xlink:href")
    )
    assert "url(" not in html
    assert "@import" not in html
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]


def test_every_text_that_is_in_one_language_is_in_the_other_too(html: str) -> None:
    marked = [language for language, text in Reader(html).texts if language and text.strip()]
    assert marked.count("id") == marked.count("en") > 50


def test_each_language_can_be_chosen_and_hides_the_other() -> None:
    assert "#indonesian:checked ~ main [lang=en]" in STYLE
    assert "#english:checked ~ main [lang=id]" in STYLE


def test_every_link_of_the_contents_leads_somewhere(html: str) -> None:
    elements = Reader(html).elements
    places = {attributes.get("id") for _, attributes in elements}
    assert {(attributes["href"] or "")[1:] for tag, attributes in elements if tag == "a"} <= places


def test_the_numbers_are_on_the_page(html: str) -> None:
    for number in numbers(sample_outputs()):
        assert f'<dd id="number-{number.key}">{number.value}</dd>' in html
    assert {one.key: one.value for one in numbers(sample_outputs())}["vms"] == 100


def test_what_the_drawing_says_in_numbers_the_text_says_too(html: str) -> None:
    picture = html[html.index("<svg") : html.index("</svg>")]
    text = html.replace(picture, "").replace("<wbr>", "")
    drawn = set(re.findall(r"\d+(?:[./-]\d+)*", " ".join(re.findall(r">([^<]+)</text>", picture))))
    assert len(drawn) > 15
    assert {number for number in drawn if number not in text} == set()


def test_what_stands_in_something_is_drawn_in_it(boxes: dict[str, list[Box]]) -> None:
    [region], [network] = boxes["region"], boxes["network"]
    assert within(network, region)
    assert len(boxes["zone"]) == 3
    assert all(within(zone, network) for zone in boxes["zone"])
    assert len(boxes["subnet"]) == 9
    for subnet in boxes["subnet"]:
        assert sum(within(subnet, zone) for zone in boxes["zone"]) == 1
    assert all(within(band, region) for band in boxes["band"])
    assert all(one[2] < other[0] for one, other in pairwise(sorted(boxes["zone"])))


def test_no_band_covers_another(boxes: dict[str, list[Box]]) -> None:
    for index, one in enumerate(boxes["band"]):
        for other in boxes["band"][index + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


@pytest.mark.parametrize("machines", [2, 1000])
def test_a_fleet_is_one_band_however_many_machines_it_has(machines: int) -> None:
    outputs = sample_outputs()
    bands = drawing(outputs).count('class="band machines"')
    outputs["services"]["portal"]["vms"]["desired"] = machines
    picture = drawing(outputs)
    assert picture.count('class="band machines"') == bands == 3
    assert f"portal: {machines} virtual machines" in picture


def test_the_edge_is_told_of_exactly_where_people_come_through_it() -> None:
    outputs = sample_outputs()
    edge = outputs["exposure"]["edge"]
    assert "through Cloudflare" in drawing(outputs)
    assert all(server in page(outputs).replace("<wbr>", "") for server in edge["name_servers"])
    edge["hosts"] = []
    assert "through Cloudflare" not in drawing(outputs)
    outputs["exposure"]["edge"] = None
    assert "through Cloudflare" not in drawing(outputs)
    Reader(page(outputs))


def test_a_platform_without_a_cluster_has_a_page_too() -> None:
    outputs: dict[str, Any] = sample_outputs()
    outputs["cluster"] = outputs["registry"] = outputs["exposure"]["cluster_api"] = None
    outputs["exposure"]["pod_openings"] = outputs["identities"]["cluster_access"] = []
    for service in outputs["services"].values():
        service["containers"] = None
    Reader(page(outputs))


def test_no_value_can_become_markup() -> None:
    outputs = sample_outputs()
    outputs["site"]["url"] = outputs["environment"] = "<script>alert(1)</script>"
    outputs["network"]["subnets"]["public"][0] = '"><img src=x>'
    outputs["data_stores"][0]["name"] = "<b>name</b>"
    tags = {tag for tag, _ in Reader(page(outputs)).elements}
    assert not tags & {"script", "img", "b"}


def test_what_deserves_a_look_is_marked(html: str) -> None:
    outputs = sample_outputs()
    marked = html.count('<tr class="look">')
    outputs["data_stores"][0]["encrypted"] = False
    assert page(outputs).count('<tr class="look">') == marked + 1
    assert "NOT ENCRYPTED" in page(outputs)


def test_text_can_be_read_on_every_ground() -> None:
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
    variables = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", STYLE))
    drawn_on = set(re.findall(r"fill: (#[0-9a-f]{6})", STYLE))
    grounds = {variables["paper"], variables["tint"], variables["look"], *drawn_on}
    assert len(grounds) > 10
    assert {ground for ground in grounds if contrast(variables["ink"], ground) < 4.5} == set()
    for ink in ("soft", "link"):
        assert contrast(variables[ink], variables["paper"]) >= 4.5


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_kind_of_data_and_store_has_a_name_in_indonesian() -> None:
    kinds = {
        *get_args(PersonalData),
        *get_args(DataStoreOutput.model_fields["kind"].annotation),
        *get_args(BackupOutput.model_fields["kind"].annotation),
    }
    assert {kind for kind in kinds if words(kind) == Words(kind, kind)} == set()
    for ground in get_args(LegalGround):
        assert "Pasal 20" in legal_ground(ground).indonesian
    for ground in get_args(TransferGround):
        assert "Pasal 56" in transfer_ground(ground).indonesian
