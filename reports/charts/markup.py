"""An SVG made fit for a page: named, linked, in a theme's colours, without what policies forbid."""

import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET  # reads only what our own converter wrote

from reports.charts.marks import FACE, LINKED, PADDING, WIDTH
from reports.charts.palette import LIGHT, PALETTES
from reports.charts.wording import clean

WHOLE_WIDTH: Final = WIDTH + 2 * PADDING
SVG = "http://www.w3.org/2000/svg"
HREF = "{http://www.w3.org/1999/xlink}href"
FACES = f"{FACE}, 'Inter Variable', 'Noto Sans', 'DejaVu Sans', sans-serif"
NUMBER = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
PAINTED: Final = ("fill", "stroke")
KEPT: Final = frozenset(
    {"d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "width", "height", "viewBox", "transform"}
    | {"fill", "stroke", "stroke-width", "stroke-miterlimit", "opacity", "version"}
    | {"fill-opacity", "font-size", "font-weight", "text-anchor", "points", "r"}
)
MEASURED: Final = frozenset({"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height"})
LEFT = re.compile(r"^translate\(-?[\d.]+,")
USUAL: Final = frozenset(
    {
        ("transform", "translate(0,0)"),
        ("opacity", "1"),
        ("text-anchor", "start"),
        ("version", "1.1"),
    }
)
LINK = re.compile(r'<a href="#cell-(\d+)-(\d+)" tabindex="-1">')
TOKENS: Final[Mapping[str, str]] = {value: token for token, value in LIGHT.items()}

ET.register_namespace("", SVG)


def dressed(svg: str, *, theme: str, name: str, title: str, description: str) -> str:
    """What the converter wrote, as a picture of ours; `name` begins its ids and is one in a page.

    Marks lead to `#cell-ROW-COLUMN`, which a page replaces. Colours have the class of their token
    beside them, so that a page's own style sheet can take their place.
    """
    root = ET.fromstring(svg)  # noqa: S314
    for element in list(root.iter()):
        _strip(element, theme)
    _prune(root)
    _cut_to_width(root)
    _name(root, name, title, description)
    return ET.tostring(root, encoding="unicode")


def linked(svg: str, addresses: Mapping[tuple[int, int], str]) -> str:
    """The picture with each mark leading to the address of its cell; without one it is no link.

    Addresses are escaped for an attribute already.
    """
    return _unlinked_where(svg, addresses)


def standing_alone(svg: str) -> str:
    """The picture as a file: one image without links."""
    alone = _unlinked_where(svg, {})
    return alone.replace('role="group"', 'role="img"', 1)


def _unlinked_where(svg: str, addresses: Mapping[tuple[int, int], str]) -> str:
    pieces = LINK.split(svg)
    done = [pieces[0]]
    for row, column, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        address = addresses.get((int(row), int(column)))
        if address:
            done.append(f'<a href="{address}" tabindex="-1">{rest}')
        else:
            done.append(f"<g>{rest.replace('</a>', '</g>', 1)}")
    return "".join(done)


def _name(root: ET.Element, name: str, title: str, description: str) -> None:
    root.set("role", "group")
    root.set("aria-labelledby", f"{name}-title")
    root.set("aria-describedby", f"{name}-desc")
    root.set("font-family", FACES)
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{tag}"})
        element.text = clean(text)
        root.insert(place, element)


def _cut_to_width(root: ET.Element) -> None:
    """Take the place and width of the layout: how wide words are depends on the faces installed."""
    height = root.get("height", "0")
    root.set("width", str(WHOLE_WIDTH))
    root.set("viewBox", f"0 0 {WHOLE_WIDTH} {height}")
    for group in root.iterfind(f"{{{SVG}}}g[@transform]"):
        group.set("transform", LEFT.sub(f"translate({PADDING},", group.get("transform", "")))


def _strip(element: ET.Element, theme: str) -> None:
    """Keep of an element what draws it, with short numbers; a link keeps where it leads."""
    if element.tag == f"{{{SVG}}}a":
        _keep_link(element)
        return
    kept = {key: value for key, value in element.items() if key in KEPT}
    element.attrib.clear()
    element.attrib.update(_in_theme(_short(kept), theme))


def _keep_link(element: ET.Element) -> None:
    address = element.get(HREF, "")
    element.attrib.clear()
    if address.startswith(LINKED):
        element.set("href", f"#cell-{address.removeprefix(LINKED)}")
        element.set("tabindex", "-1")
        title = ET.Element(f"{{{SVG}}}title")
        title.text = element[0].get("aria-label", "")
        element.insert(0, title)
    else:
        element.tag = f"{{{SVG}}}g"


def _short(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes with coordinates to a tenth of a pixel, which is all that a figure needs."""
    shorter = {
        key: NUMBER.sub(_tenth, value) if key in MEASURED else value
        for key, value in attributes.items()
    }
    return {key: value for key, value in shorter.items() if (key, value) not in USUAL}


def _tenth(found: re.Match[str]) -> str:
    tenth = round(float(found[0]), 1) + 0.0  # -0.0 becomes 0.0
    return f"{tenth:g}"


def _in_theme(attributes: dict[str, str], theme: str) -> dict[str, str]:
    palette, classes = PALETTES[theme], []
    for paint in PAINTED:
        token = TOKENS.get(attributes.get(paint, "").lower())
        if token:
            attributes[paint] = palette[token]
            classes.append(f"{paint}-{token}")
    if classes:
        attributes["class"] = " ".join(classes)
    return attributes


def _prune(element: ET.Element) -> None:
    """Take away what draws nothing: empty paths, and groups that say nothing of what is in them."""
    children: list[ET.Element] = []
    for child in element:
        _prune(child)
        if child.tag == f"{{{SVG}}}g" and not child.attrib:
            children.extend(child)
        elif not _is_nothing(child):
            children.append(child)
    element[:] = children


def _is_nothing(element: ET.Element) -> bool:
    tag = element.tag.removeprefix(f"{{{SVG}}}")
    if tag == "path":
        is_painted = any(paint in element.attrib for paint in PAINTED)
        return not (element.get("d") and is_painted)
    return tag == "g" and len(element) == 0
