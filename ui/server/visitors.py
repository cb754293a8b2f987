"""Who asks: a request -> the client that caps know. A proxy's word is taken only from declared proxies."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from gradio.context import LocalContext

from ui.server.settings import ServerSettings

CLIENT, USER, ARRIVED = "levitor.client", "levitor.user", "levitor.arrived"  # what the guard notes in a scope
UNKNOWN = "unknown"
MAX_NAME = 200
_PREFIX_OF_IPV6 = 64  # what one household has

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies whose headers are believed."""

    def __init__(self, settings: ServerSettings) -> None:
        self._networks = tuple(_network(name) for name in settings.proxies)
        self._user_header = settings.user_header.lower()

    def trusts(self, host: str) -> bool:
        """Whether this address is one of them."""
        address = _address(host)
        return address is not None and any(address in network for network in self._networks)

    def user(self, peer: str, headers: Mapping[str, str]) -> str | None:
        """The user whom a trusted peer names."""
        name = headers.get(self._user_header, "").strip() if self._user_header and self.trusts(peer) else ""
        return f"user {name[:MAX_NAME]}" if name else None

    def address(self, peer: str, headers: Mapping[str, str]) -> str:
        """Where the request came from: the last address in X-Forwarded-For that is none of our proxies."""
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        host = peer
        while hops and self.trusts(host):
            host = hops.pop()
        return _household(host)


def _network(name: str) -> Network:
    return ipaddress.ip_network(name, strict=False)


def _address(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host.removeprefix("[").partition("]")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _household(host: str) -> str:
    address = _address(host)
    if address is None:
        return UNKNOWN
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, _PREFIX_OF_IPV6), strict=False))


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """An ASGI scope's headers; of one that comes several times, all by commas."""
    headers: dict[str, str] = {}
    pairs: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


def scope_of(request: Any) -> Mapping[str, Any]:
    """The ASGI scope of Gradio's request or of FastAPI's; empty where there is none."""
    inner = getattr(request, "request", None) or request
    return getattr(inner, "scope", None) or {}


def client_of(request: Any) -> str:
    """The client that a handler's request comes from."""
    scope, login = scope_of(request), getattr(request, "username", None)
    return scope.get(USER) or (f"user {login}" if login else scope.get(CLIENT, UNKNOWN))


def is_known(request: Any) -> bool:
    """Whether the client is a user with a name."""
    return client_of(request).startswith("user ")


def current_request() -> Any:
    """The request that the running handler answers; None outside of one."""
    return LocalContext.request.get(None)
