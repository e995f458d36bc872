"""A picture of a run as a file."""

from django.conf import settings

from reports.charts.drawing import png_of, use_faces
from reports.charts.markup import standing_alone

FACES = "@expo-google-fonts/inter"


def as_svg(svg: str) -> bytes:
    """The picture as one image without links."""
    return standing_alone(svg).encode()


def as_png(svg: str) -> bytes:
    """The picture in dots, in the house's typeface.

    The converter's part for dots starts no JavaScript engine, so a request may call it.
    """
    use_faces(settings.NODE_MODULES_DIR / FACES)
    return png_of(svg)
