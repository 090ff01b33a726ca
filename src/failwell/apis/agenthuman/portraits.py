"""Portraits: drawn faces for the public avatars and for the bundled image host."""

import hashlib
from functools import lru_cache

from PIL import Image, ImageDraw

from failwell.apis.agenthuman.pictures import as_jpeg

__all__ = ["PREVIEW_SIDE", "SIDE", "portrait"]

SIDE = 512
"""Width and height of a portrait."""

PREVIEW_SIDE = 128
"""Width and height of its preview."""


@lru_cache(maxsize=64)
def portrait(subject: str, side: int = SIDE) -> bytes:
    """Draw a face in the colours of a subject, as JPEG; the same one each time.

    Args:
        subject: Whose face it is, an avatar's identifier.
        side: Width and height.
    """
    colours = hashlib.sha256(subject.encode()).digest()
    image = Image.new("RGB", (SIDE, SIDE), (colours[0] // 2 + 96, colours[1] // 2 + 96, 208))
    draw = ImageDraw.Draw(image)
    skin = (colours[2] // 2 + 112, colours[3] // 3 + 112, 112)
    draw.ellipse((96, 400, 416, 640), fill=(colours[4] // 2, colours[5] // 2, 96))
    draw.ellipse((136, 72, 376, 412), fill=skin)
    for left in (196, 284):
        draw.ellipse((left, 196, left + 32, 228), fill="white")
        draw.ellipse((left + 10, 206, left + 22, 218), fill="black")
    draw.arc((204, 260, 308, 348), start=20, end=160, fill=(96, 32, 32), width=8)
    return as_jpeg(image, side)
