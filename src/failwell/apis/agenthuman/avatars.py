"""Avatars: the public ones, and faces an account has uploaded."""

import base64
from collections.abc import Mapping
from typing import Any

from failwell.apis.agenthuman.avatar_rows import (
    add_face,
    find_avatar,
    find_picture,
    list_avatars,
)
from failwell.apis.agenthuman.avatar_schemas import (
    AVATAR,
    AVATAR_LIST,
    AVATAR_QUERY,
    NEW_FACE,
    PICTURE,
    PUBLIC_QUERY,
    UPLOAD_RULES,
    UPLOADED,
)
from failwell.apis.agenthuman.image_source import ImageSource
from failwell.apis.agenthuman.pictures import (
    FORMATS,
    LARGEST,
    MEDIA,
    MOST_PIXELS,
    Picture,
    PictureError,
    read_picture,
)
from failwell.apis.agenthuman.portraits import PREVIEW_SIDE, SIDE, portrait
from failwell.apis.agenthuman.wire import (
    BY_KEY,
    PREFIX,
    good,
    owner_of,
    page,
    success,
    unprocessable,
)
from failwell.core.clock import Clock, timestamp
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.workers import Workers
from failwell.stores.database import Database

__all__ = ["Avatars"]

_READING = ("avatars:read",)
_WRITING = ("avatars:write",)


class Avatars:
    """The endpoints of avatars.

    Args:
        database: ``agenthuman.db``.
        source: Fetches pictures.
        workers: Threads for pictures.
        clock: Where the time comes from.
    """

    def __init__(
        self, database: Database, *, source: ImageSource, workers: Workers, clock: Clock
    ) -> None:
        self._database = database
        self._source = source
        self._workers = workers
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List the avatars the caller may use."""
        return await self._list(
            call,
            parent_id=call.query.get("parent_id"),
            characters_only=call.query["characters_only"],
        )

    async def list_public(self, call: Call) -> Reply:
        """List the avatars everybody may use."""
        return await self._list(call, public_only=True)

    async def get(self, call: Call) -> Reply:
        """Read an avatar."""
        owner, avatar_id = owner_of(call), call.path["avatar_id"]
        row = await self._database.read(
            lambda connection: find_avatar(connection, owner, avatar_id)
        )
        return Reply(body=success(avatar=_avatar(row)))

    async def rules(self, _call: Call) -> Reply:
        """Tell what may be uploaded, and where there is something to try with."""
        upload = {
            "formats": [name.lower() for name in FORMATS],
            "max_bytes": LARGEST,
            "max_pixels": MOST_PIXELS,
            "sample_image_url": self._source.sample_url,
        }
        return Reply(body=success(upload=upload))

    async def upload(self, call: Call) -> Reply:
        """Make an avatar of a picture."""
        owner, name, now = owner_of(call), call.body.get("name", "Uploaded face"), self._clock.now()
        picture = await self._picture(call)
        row = await self._database.write(
            lambda connection: add_face(connection, owner, name, picture, now=now)
        )
        return Reply(
            body=success(
                avatar_id=row["id"],
                parent_id=row["parent_id"],
                image_url=_place(row, "image"),
                preview_url=_place(row, "preview"),
                message="Avatar created successfully",
            )
        )

    async def image(self, call: Call) -> Reply:
        """Send the picture of an avatar."""
        picture = await self._stored(call)
        drawn = picture.image if picture else await self._draw(call, SIDE)
        return Reply(body=drawn, media=MEDIA)

    async def preview(self, call: Call) -> Reply:
        """Send the small picture of an avatar."""
        picture = await self._stored(call)
        drawn = picture.preview if picture else await self._draw(call, PREVIEW_SIDE)
        return Reply(body=drawn, media=MEDIA)

    async def _list(self, call: Call, **wanted: Any) -> Reply:
        owner, (limit, offset) = owner_of(call), page(call)
        rows = await self._database.read(
            lambda connection: list_avatars(connection, owner, limit=limit, offset=offset, **wanted)
        )
        return Reply(body=success(avatars=[_avatar(row) for row in rows]))

    async def _picture(self, call: Call) -> Picture:
        body = call.body
        field = "image_url" if "image_url" in body else "image_base64"
        try:
            if field == "image_url":
                data = await self._source.fetch(body[field], whose=call.tenant)
                return await self._workers.run(read_picture, data)
            return await self._workers.run(_read_base64, body[field])
        except PictureError as error:
            raise unprocessable(str(error), field=field, requirement=error.requirement) from error

    async def _stored(self, call: Call) -> Picture | None:
        owner, avatar_id = owner_of(call), call.path["avatar_id"]
        return await self._database.read(
            lambda connection: find_picture(connection, owner, avatar_id)
        )

    async def _draw(self, call: Call, side: int) -> bytes:
        return await self._workers.run(portrait, call.path["avatar_id"], side)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/avatars",
                handler=self.list,
                id="listAvatars",
                summary="List your own avatars and the public ones.",
                tags=("avatars",),
                auth=BY_KEY,
                scopes=_READING,
                query=AVATAR_QUERY,
                returns=AVATAR_LIST,
            ),
            Operation(
                method="GET",
                path="/avatars/public",
                handler=self.list_public,
                id="listPublicAvatars",
                summary="List the avatars everybody may use.",
                tags=("avatars",),
                auth=BY_KEY,
                scopes=_READING,
                query=PUBLIC_QUERY,
                returns=AVATAR_LIST,
            ),
            Operation(
                method="GET",
                path="/avatars/upload-face",
                handler=self.rules,
                id="getUploadRules",
                summary="Read what may be uploaded, with the address of a sample picture.",
                tags=("avatars",),
                auth=BY_KEY,
                scopes=_READING,
                returns=UPLOAD_RULES,
            ),
            Operation(
                method="POST",
                path="/avatars/upload-face",
                handler=self.upload,
                id="uploadFace",
                summary="Make an avatar of a picture.",
                description="Makes a character and its first look; `avatar_id` is the look.",
                tags=("avatars",),
                auth=BY_KEY,
                scopes=_WRITING,
                body=NEW_FACE,
                status=201,
                returns=UPLOADED,
                situations=(
                    Situation.UNPROCESSABLE,
                    Situation.BAD_GATEWAY,
                    Situation.GATEWAY_TIMEOUT,
                ),
            ),
            Operation(
                method="GET",
                path="/avatars/{avatar_id}",
                handler=self.get,
                id="getAvatar",
                summary="Read an avatar.",
                tags=("avatars",),
                auth=BY_KEY,
                scopes=_READING,
                returns=good(avatar=AVATAR),
                situations=(Situation.NOT_FOUND,),
            ),
            self._picture_operation("image", self.image),
            self._picture_operation("preview", self.preview),
        )

    def _picture_operation(self, which: str, handler: Any) -> Operation:
        return Operation(
            method="GET",
            path=f"/avatars/{{avatar_id}}/{which}",
            handler=handler,
            id=f"getAvatar{which.capitalize()}",
            summary=f"Read the {which} of an avatar.",
            tags=("avatars",),
            auth=BY_KEY,
            scopes=_READING,
            produces=MEDIA,
            returns=PICTURE,
            situations=(Situation.NOT_FOUND,),
        )


def _read_base64(text: str) -> Picture:
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    return read_picture(base64.b64decode(encoded))


def _place(row: Mapping[str, Any], which: str) -> str:
    return f"{PREFIX}/avatars/{row['id']}/{which}"


def _avatar(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "avatar_id": row["id"],
        "name": row["name"],
        "preview_img_url": _place(row, "preview"),
        "parent_id": row["parent_id"],
        "looks_count": row["looks_count"],
        "is_favorite": False,
        "is_public": row["account_id"] is None,
        "active": True,
        "created_at": timestamp(row["created_at"]),
        "updated_at": timestamp(row["updated_at"]),
    }
