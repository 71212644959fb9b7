"""A small reading of a page: its elements in order, with attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "path", "circle", "rect"}


@dataclass
class Element:
    """One element; `text` is all text inside it, `closed` whether its end was written where it belongs."""

    tag: str
    attributes: dict[str, str]
    parents: list[Element]
    text: str = ""
    closed: bool = False

    def inside(self, tag: str) -> bool:
        return any(parent.tag == tag for parent in self.parents)


@dataclass
class Document(HTMLParser):
    """The elements of a page."""

    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    @classmethod
    def of(cls, html: str) -> Document:
        document = cls()
        document.feed(html)
        document.close()
        return document

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, list(self._open), closed=tag in _VOID)
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1].tag == tag:
            self._open.pop().closed = True

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def one(self, tag: str) -> Element:
        (element,) = self.all(tag)
        return element

    def by_id(self, identifier: str) -> Element:
        (element,) = (each for each in self.elements if each.attributes.get("id") == identifier)
        return element
