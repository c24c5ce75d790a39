"""Where a request comes from: its id and its caller's address, for whoever writes them down.

The outermost layer says it once; a service that records or counts asks here, so that neither id
nor address has to be handed through every call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.types import Scope

from hub.settings import current_settings

CLIENT_KEY: Final = "client_address"
"""Under which `scope["state"]` keeps the caller's address."""

_HOPS_MAX = 20
_HASH_BYTES = 16

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that is being answered; both are empty outside of one, as on the command line."""

    request_id: str = ""
    address: str = ""


_current: ContextVar[Origin] = ContextVar("hub_origin", default=Origin())  # noqa: B039 - frozen


def current_origin() -> Origin:
    """The request that is being answered, in this task and those it started."""
    return _current.get()


@contextmanager
def origin(request_id: str, address: str) -> Iterator[None]:
    """Say where the work inside the block comes from."""
    token = _current.set(Origin(request_id, address))
    try:
        yield
    finally:
        _current.reset(token)


def address_hash(address: str) -> str:
    """A keyed hash of an address, in hex: it tells that two are the same and not which; "" for "".

    IPv4 has so few addresses that without the key anybody could try them all.
    """
    if not address:
        return ""
    key = current_settings().secret_key.encode()[:64]
    return blake2b(
        address.encode(), key=key, digest_size=_HASH_BYTES, person=b"address"
    ).hexdigest()


def client_address(scope: Scope, trusted_proxies: tuple[Network, ...]) -> str:
    """The address of whoever sent the request; empty where the server knows none.

    `X-Forwarded-For` is believed only as far as it was written by proxies of these networks: from
    its right end the first address that is none of theirs is the caller's. Anything further left
    the caller may have written, and without a trusted proxy the whole header is.
    """
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    if not trusted_proxies or not _is_trusted(peer, trusted_proxies):
        return peer
    hops = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return _first_untrusted(peer, b",".join(hops), trusted_proxies)


def _first_untrusted(peer: str, header: bytes, trusted: tuple[Network, ...]) -> str:
    nearest = peer
    for hop in reversed(header.decode("latin-1").split(",")[-_HOPS_MAX:]):
        address = _parsed(_without_port(hop.strip()))
        if address is None:
            return nearest
        nearest = str(address)
        if not _is_trusted(nearest, trusted):
            return nearest
    return nearest


def _without_port(hop: str) -> str:
    """`192.0.2.1:443` and `[2001:db8::1]:443` without what some proxies add."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


@lru_cache(maxsize=4_096)
def _is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    address = _parsed(text)
    return address is not None and any(address in network for network in trusted)


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


@lru_cache(maxsize=4_096)
def address_block(address: str) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 that one IPv6 customer has."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, 64), strict=False))
    return str(parsed) if parsed else address
