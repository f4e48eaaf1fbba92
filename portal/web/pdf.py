"""Pages as PDF, where the optional extra is installed; what it needs is loaded when somebody asks for the first one."""

from __future__ import annotations

import ctypes.util
import functools
import importlib.util
import logging
import re
from typing import Any

from PIL import ImageFile

_SARA_AM = re.compile("([\u0e48-\u0e4b]?)\u0e33")


@functools.cache
def available() -> bool:
    """Tell whether PDFs can be made here: the extra `pdf` and the library that it draws text with."""
    return importlib.util.find_spec("weasyprint") is not None and ctypes.util.find_library("pango-1.0") is not None


def pdf(html: str, css: str) -> bytes:
    """Return a page as a tagged PDF. Nothing is fetched for it, neither from the network nor from the disk."""
    weasyprint = _loaded()
    fonts, fetcher = weasyprint.text.fonts.FontConfiguration(), _fetcher()
    sheet = weasyprint.CSS(string=css, url_fetcher=fetcher, font_config=fonts)
    made: bytes = weasyprint.HTML(string=decomposed(html), url_fetcher=fetcher).write_pdf(
        stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"
    )
    return made


@functools.cache
def _loaded() -> Any:
    """Return the library. It lets Pillow accept torn images in the whole process: uploads must go on being refused."""
    strict = ImageFile.LOAD_TRUNCATED_IMAGES
    import weasyprint
    import weasyprint.text.fonts

    ImageFile.LOAD_TRUNCATED_IMAGES = strict
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # rules for screens are none of its business
    return weasyprint


def decomposed(text: str) -> str:
    """Return text with Thai SARA AM in its two parts, which look the same.

    In one piece it makes the letter า of the whole page read as ำ when it is copied or read aloud.
    """
    return _SARA_AM.sub("\u0e4d\\1\u0e32", text)


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):  # type: ignore[misc]
        """Fetches nothing."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError(f"a document refers to {url}")

    return Nothing()
