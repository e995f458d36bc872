"""From specifications to SVG and PNG. The converter is loaded by the first picture, not before."""

import functools
from pathlib import Path
from types import ModuleType

from reports.charts.marks import Spec
from reports.charts.markup import dressed, standing_alone

VEGA_LITE = "6.4"
SCALE = 2
FACES = ("400Regular", "600SemiBold")


def draw(
    spec: Spec, themes: tuple[str, ...], *, name: str, title: str, description: str
) -> dict[str, str]:
    """An SVG for each theme, the same bytes for the same input.

    Drawn once, then coloured. `name` begins the ids in it and is one in a page.
    """
    converter = _converter()
    svg = converter.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    said = {"name": name, "title": title, "description": description}
    return {theme: dressed(svg, theme=theme, **said) for theme in themes}


def png_of(svg: str) -> bytes:
    """The picture of an SVG in dots, twice as fine as on paper of old."""
    png: bytes = _converter().svg_to_png(standing_alone(svg), scale=SCALE)
    return png


@functools.cache
def use_faces(folder: Path) -> None:
    """Take the house's typeface from a folder of an npm package, where it is installed.

    Only dots need it: an SVG takes the faces of whoever reads it, and layouts measure no words.
    """
    for face in FACES:
        if (folder / face).is_dir():
            _converter().register_font_directory(str(folder / face))


def _converter() -> ModuleType:
    import vl_convert  # noqa: PLC0415  (17 MB and a JavaScript engine: only where pictures are drawn)

    return vl_convert
