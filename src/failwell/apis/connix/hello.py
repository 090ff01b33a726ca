"""The smallest endpoint: is my key good?"""

from failwell.apis.connix.wire import BOTH
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import answer

__all__ = ["hello", "hello_operations"]

_QUERY = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100, "default": "World"}
    },
}


async def hello(call: Call) -> Reply:
    """Greet a caller who has a key, by the name given."""
    return Reply(body={"message": f"Hello {call.query['name']}! Welcome to Connix API v1"})


def hello_operations() -> tuple[Operation, ...]:
    """Declare the endpoint."""
    return (
        Operation(
            method="GET",
            path="/hello",
            handler=hello,
            id="hello",
            summary="Test a key.",
            tags=("hello",),
            auth=BOTH,
            query=_QUERY,
            returns=answer(message={"type": "string"}),
        ),
    )
