"""Draws profile images anew: what is served was made here, from whatever somebody sent."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from hashlib import sha256
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from portal.core.errors import DomainError
from portal.core.words import N_

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_MEGABYTES = 5
MAX_MEGAPIXELS = 40
SIDE = 256  # pixels
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
# A picture of 40 megapixels takes 160 MB while it is shrunk.
_places = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A square WebP without metadata. Only `draw` makes one."""

    data: bytes
    digest: str


def draw(upload: bytes) -> Drawn:
    """Return the middle of an image as a square of 256 pixels, upright, without what the camera wrote into it.

    `upload`: PNG, JPEG, WebP or GIF (of which the first picture counts), recognized by its content. Raises a
    `DomainError` on `picture` for anything else and for what is too large. Slow: never call it in a transaction.
    """
    if len(upload) > MAX_MEGABYTES * 1024 * 1024:
        raise DomainError(N_("The image has more than %(size)s MB. Choose a smaller one."), "picture",
                          size=MAX_MEGABYTES)
    with _places:
        data = _encoded(_square(upload))
    return Drawn(data, sha256(data).hexdigest())


def _square(upload: bytes) -> Image:
    from PIL import Image, ImageOps  # the library is large, and few processes ever draw

    # It warns at a size that the next lines refuse anyway.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(upload), formats=_FORMATS)
        _check_size(*image.size)
        upright = image.getexif().get(0x0112)
        image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than it is needed
        square = ImageOps.fit(_in_color(image), (SIDE, SIDE), Image.Resampling.LANCZOS)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except DomainError:
        raise
    except Exception as fault:  # decoders of broken files fail in every way there is
        raise DomainError(
            N_("This is not an image that can be read. Choose a PNG, JPEG, WebP or GIF file."), "picture"
        ) from fault
    return _turned(square, upright)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise _too_many_pixels()


def _too_many_pixels() -> DomainError:
    message = N_("The image has more than %(most)s million pixels. Choose a smaller one.")
    return DomainError(message, "picture", most=MAX_MEGAPIXELS)


def _in_color(image: Image) -> Image:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _turned(square: Image, orientation: int | None) -> Image:
    """Turn a square as the camera says it was held (EXIF's eight orientations)."""
    from PIL.Image import Transpose as T

    turns = {2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_270,
             7: T.TRANSVERSE, 8: T.ROTATE_90}
    return square.transpose(turns[orientation]) if orientation in turns else square


def _encoded(square: Image) -> bytes:
    from PIL import Image

    bare = Image.new(square.mode, square.size)  # takes the pixels along and nothing else
    bare.paste(square)
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=85)
    return out.getvalue()
