"""The colours, in one place: old phones' browsers know no CSS variables, so they are filled in beforehand.

Every pair of text and ground that the style sheet uses has a contrast of at least 4.5 to 1 (WCAG 2.2, AA).
"""

PALETTE = {
    "ink": "#16202e",  # text
    "muted": "#495567",  # secondary text
    "white": "#ffffff",
    "paper": "#f5f3ee",  # the page's ground
    "line": "#cfcabf",  # hairlines
    "edge": "#5d6878",  # the edge of a field: 3 to 1 against its ground
    "deep": "#0d3b4f",  # header, footer, headings
    "sea": "#0b5f7a",  # links and buttons
    "foam": "#d9ecf1",  # text on the deep ground
    "gold": "#f4b73f",  # the one accent, under dark text
    "cream": "#fff6df",  # a notice's ground
    "fault": "#a3160f",  # what must be put right
    "blush": "#fdf0ee",  # its ground
}
