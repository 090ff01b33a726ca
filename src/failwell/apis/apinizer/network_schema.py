"""Addresses and networks as a pattern, so that documents say exactly what is accepted."""

from failwell.server.schemas import Schema

__all__ = ["NETWORK"]

_BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"({_BYTE}\.){{3}}{_BYTE}(/(3[0-2]|[12]?[0-9]))?"

_H = "[0-9A-Fa-f]{1,4}"
# Eight groups, or fewer with one gap (RFC 4291, 2.2): after n groups at most 7 - n follow.
_GAPS = [rf"({_H}:){{1,{7 - after}}}(:{_H}){{1,{after}}}" for after in range(1, 7)]
_V6 = "|".join([rf"({_H}:){{7}}{_H}", rf"({_H}:){{1,7}}:", *_GAPS, rf":((:{_H}){{1,7}}|:)"])

NETWORK: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 43,
    "pattern": rf"^({_V4}|({_V6})(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)$",
    "examples": ["192.168.1.100", "10.0.0.0/8", "2001:db8::/32"],
}
"""An address, or a network in CIDR form, of either IP version."""
