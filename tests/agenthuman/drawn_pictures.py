"""Pictures that tests draw, and how a host sends them."""

import io
import struct
import zlib

from PIL import Image, ImageDraw

from tests.agenthuman.conftest import send


def picture(form: str = "PNG", *, mode: str = "RGB", size=(640, 480), **options) -> bytes:
    """Draw something and write it in a format."""
    image = Image.new("RGB", size, "navy")
    ImageDraw.Draw(image).ellipse((0, 0, size[0] // 2, size[1]), fill="gold")
    file = io.BytesIO()
    image.convert(mode).save(file, form, **options)
    return file.getvalue()


def sending(body: bytes, **how):
    """An answer with a body."""
    return lambda handler: send(handler, body, **how)


def png_of(width: int, height: int) -> bytes:
    """Write a PNG of one colour, a thousandth of the size of its pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = bytes(1 + (width + 7) // 8)
    packed = zlib.compress(row * min(height, 20_000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def garbage(handler) -> None:
    """Answer with what is no HTTP."""
    handler.wfile.write(b"\x00\x01\x02 this is no protocol\r\n\r\n")
