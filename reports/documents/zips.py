"""Office files whose bytes depend on what is in them, not on when they were packed."""

import datetime as dt
import io
import re
import zipfile

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
BOOKS = ".xlsx"
CORE = "docProps/core.xml"


def settled(packed: bytes, made_at: dt.datetime) -> bytes:
    """The same file packed anew: no times but `made_at`, in it and in the workbooks it holds."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            content = _settled_part(name, before.read(name), made_at)
            info = zipfile.ZipInfo(name, FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(info, content)
    return out.getvalue()


def _settled_part(name: str, content: bytes, made_at: dt.datetime) -> bytes:
    if name.endswith(BOOKS):
        return settled(content, made_at)
    if name == CORE:
        moment = made_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
        return TIMES.sub(rb"\g<1>" + moment, content)
    return content
