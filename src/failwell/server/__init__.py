"""The closed world around an application: nothing fails outside its contract."""

from failwell.server.exchange import Exchange, Guard, Principal
from failwell.server.failwell import Failwell
from failwell.server.record import LogRecorder, Recorder

__all__ = ["Exchange", "Failwell", "Guard", "LogRecorder", "Principal", "Recorder"]
