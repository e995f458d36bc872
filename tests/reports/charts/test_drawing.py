import re
import struct
from xml.etree import ElementTree as ET

import pytest

from reports.charts.choosing import chart_of
from reports.charts.drawing import draw, png_of
from reports.charts.figures import Column
from reports.charts.fitting import DOTS
from reports.charts.markup import linked, standing_alone
from reports.charts.palette import DARK, LIGHT
from reports.charts.wording import clean, cut, wrapped
from tests.reports.charts.tables import cell, columns, table

NAMES = ('<script>alert("1")</script>', "שלום & 'quoted'\x0b\ud83d\x00")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(theme="light"):
    strange = (*columns("Asia"), Column(NAMES[0], "5"), Column(NAMES[1]))
    figures = table([[60, 50, 70, 20], [40, 50, None, 80]], columns=strange)
    spec = chart_of(figures, DOTS)
    return draw(spec, (theme,), name="one", title=NAMES[0], description=NAMES[1])[theme]


@pytest.fixture(scope="module")
def light() -> str:
    return drawn()


@pytest.fixture(scope="module")
def dark() -> str:
    return drawn("dark")


def test_the_same_figures_give_the_same_bytes(light):
    assert drawn() == light


def test_a_picture_has_a_name_a_description_and_ids_of_its_own(light):
    root = ET.fromstring(light)

    assert root.get("role") == "group"
    assert root.get("aria-labelledby") == "one-title"
    assert root.get("aria-describedby") == "one-desc"
    assert [child.text for child in list(root)[:2]] == [NAMES[0], "שלום & 'quoted'"]
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert ids == ["one-title", "one-desc"]


def test_nothing_in_it_needs_more_than_a_strict_policy_allows(light):
    root = ET.fromstring(light)

    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    attributes = {key for element in root.iter() for key in element.attrib}
    assert tags <= {"svg", "title", "desc", "g", "a", "path", "line", "text", "tspan", "rect"}
    assert not {key for key in attributes if key == "style" or key.startswith("on")}
    assert "https:" not in light
    assert "<script" not in light
    assert "&lt;script&gt;" in light


def test_every_colour_has_its_token_so_that_a_page_can_change_it(light, dark):
    for picture, palette in ((light, LIGHT), (dark, DARK)):
        for element in ET.fromstring(picture).iter():
            for paint in ("fill", "stroke"):
                value = element.get(paint, "none")
                if value != "none":
                    token = next(key for key, one in palette.items() if one == value)
                    assert f"{paint}-{token}" in element.get("class").split()
    assert set(re.findall(r"#[0-9a-f]{6}", dark)) <= set(DARK.values())


def test_marks_lead_to_their_cells_and_to_nothing_where_there_is_no_address(light):
    assert len(re.findall('href="#cell-', light)) == 7
    shown = linked(light, {(0, 1): "/s/x/?row=a&amp;column=b", (1, 3): "/there/"})

    links = [one for one in ET.fromstring(shown).iter() if one.tag == f"{SVG}a"]
    assert [link.get("href") for link in links] == ["/s/x/?row=a&column=b", "/there/"]
    assert [link.get("tabindex") for link in links] == ["-1", "-1"]
    assert links[0][0].text == "R1, Asia: 50%"


def test_a_file_is_one_image_without_links(light):
    alone = standing_alone(light)

    root = ET.fromstring(alone)
    assert root.get("role") == "img"
    assert not [element for element in root.iter() if element.tag == f"{SVG}a"]
    assert len(root.findall(f".//{SVG}path")) == len(ET.fromstring(light).findall(f".//{SVG}path"))


def test_coordinates_tell_no_more_than_a_tenth_of_a_pixel(light):
    drawing = [
        element.get(key, "")
        for element in ET.fromstring(light).iter()
        for key in ("d", "transform")
    ]

    assert not re.search(r"\.\d\d", " ".join(drawing))


def test_the_dots_are_twice_as_many_as_the_pixels(light):
    root = ET.fromstring(light)
    width, height = struct.unpack(">II", png_of(light)[16:24])

    assert (width, height) == (2 * int(root.get("width")), 2 * int(root.get("height")))


def test_words_are_wrapped_and_cut_to_their_room():
    assert wrapped("one two three", 50, 13) == ["one two", "three"]
    assert wrapped("one two three four five", 50, 13) == ["one two", "three…"]
    assert cut("abcdefghij", 40, 13) == "abcd…"
    assert clean("a\x0b\x00 \n b\ud800") == "a b"
    assert cell(3).shown == "3%"
