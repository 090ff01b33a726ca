"""Pictures from strangers: decoded within bounds, and written anew.

What is stored is what we drew ourselves from the pixels, so nothing else that a file may
carry (places, names, scripts) is passed on. Slow; run it in a worker.
"""

from io import BytesIO

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

__all__ = [
    "FORMATS",
    "LARGEST",
    "MEDIA",
    "MOST_PIXELS",
    "Picture",
    "PictureError",
    "as_jpeg",
    "read_picture",
    "too_large",
]

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
"""The formats that are read, as Pillow calls them."""

MEDIA = "image/jpeg"
"""Media type of what is stored."""

LARGEST = 10 * 1024 * 1024
"""Most bytes of a picture."""

MOST_PIXELS = 25_000_000
"""Most pixels of a picture; decoded they take four bytes each."""

_SIDE = 1024
_PREVIEW_SIDE = 256
_QUALITY = 88
_SCAN = b"\xff\xda"
_MOST_SCANS = 40
_MIXABLE = ("L", "RGB", "RGBA")


class Picture(msgspec.Struct, frozen=True):
    """A picture that was read."""

    image: bytes
    """The picture, made smaller where it was large."""

    preview: bytes
    """A small one."""


class PictureError(Exception):
    """Bytes that cannot be used as a picture; the text is fit for the caller.

    Args:
        requirement: The broken rule, in a word.
        reason: The sentence about it.
    """

    def __init__(self, requirement: str, reason: str) -> None:
        super().__init__(reason)
        self.requirement = requirement


def read_picture(data: bytes) -> Picture:
    """Decode a picture; of an animated one the first frame.

    Raises:
        PictureError: It is too large, of another type, or broken.
    """
    if len(data) > LARGEST:
        raise too_large()
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            _check(image, data)
            # A large JPEG is decoded at a fraction of its size, which costs a fraction.
            image.draft("RGB", (_SIDE, _SIDE))
            flat = _flattened(_smaller(image))
            return Picture(as_jpeg(flat, _SIDE), as_jpeg(flat, _PREVIEW_SIDE))
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError("type", "The file must be a JPEG, PNG, GIF or WebP picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:
        # Decoders stumble over hostile bytes in as many ways as there are exceptions.
        raise PictureError("readable", "The picture is broken or incomplete") from error


def too_large() -> PictureError:
    """Refuse a file for its bytes."""
    return PictureError("max_size", f"The picture must be at most {LARGEST >> 20} MB")


def as_jpeg(image: Image.Image, side: int) -> bytes:
    """Write a picture that fits into a square."""
    smaller = image.copy()
    smaller.thumbnail((side, side))
    file = BytesIO()
    smaller.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _check(image: Image.Image, data: bytes) -> None:
    """Look at what the head of the file promises, before any pixel is decoded."""
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    # Each scan of a progressive JPEG is a pass over the whole picture; thousands fit in a file.
    if image.format == "JPEG" and data.count(_SCAN) > _MOST_SCANS:
        raise PictureError("readable", "The picture is broken or incomplete")


def _smaller(image: Image.Image) -> Image.Image:
    # Colours have to be known to be mixed; the usual modes know them already.
    image = image if image.mode in _MIXABLE else image.convert("RGBA")
    image.thumbnail((_SIDE, _SIDE))
    return image


def _flattened(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    paper = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(paper, upright).convert("RGB")


def _too_many_pixels() -> PictureError:
    return PictureError("max_pixels", f"The picture must have at most {MOST_PIXELS} pixels")
