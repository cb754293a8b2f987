"""Can the host of weights be asked, and if not, why: the environment's word first, then one probe a process.

Every reason is the first half of a sentence: what is wrong, and what to do about it.
"""

import functools
import os
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException, InvalidURL, RemoteDisconnected
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

from levitor_core.checkpoints.table import Weights
from levitor_core.errors import MissingWeightsError
from levitor_core.hub_address import UNREADABLE

PROBE_SECONDS = 3.0
OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def obstacle(weights: Weights) -> str | None:
    """Why these weights cannot be asked for, and what to do; None when they can.

    Nothing is sent when HF_HUB_OFFLINE forbids it or an address is none.
    """
    if forbidden := offline():
        return forbidden
    address = address_of(weights)
    if not weights.url and (fault := _fault(address)):
        example = "set it to an address such as https://huggingface.co or unset it"
        return f"HF_ENDPOINT ({_without_secrets(address)!r}) {fault}; {example}"
    return _proxy_fault(address) or unreachable(address)


def offline() -> str | None:
    """Why nothing at all may be asked, and what to do; None where the environment does not forbid it."""
    if not hub_constants().HF_HUB_OFFLINE:
        return None
    return f"{next((name for name in OFFLINE if os.environ.get(name)), OFFLINE[0])} is set; unset it"


def address_of(weights: Weights) -> str:
    """What to ask before downloading `weights`: the file's own host, or the hub that HF_ENDPOINT names."""
    return weights.url or UNREADABLE or hub_constants().ENDPOINT


def hub_constants() -> Any:
    """What the hub's client read from the environment. Raises MissingWeightsError where it could not."""
    try:
        from huggingface_hub import constants
    except ValueError as error:
        raise MissingWeightsError(
            f"A variable of the hub, such as HF_HUB_DOWNLOAD_TIMEOUT, is no number ({error}); correct or unset it."
        ) from error
    return constants


def host_name(weights: Weights) -> str:
    """The host that `weights` are asked for, as people read it."""
    return urlsplit(address_of(weights)).hostname or "the hub"


@functools.cache
def unreachable(address: str, seconds: float = PROBE_SECONDS) -> str | None:
    """Why the host of `address` does not answer within `seconds`; asked once in a process, then remembered.

    The question is put from a thread of its own, since looking up a name can outlast any timeout.
    """
    answers: list[str | None] = []
    thread = threading.Thread(target=lambda: answers.append(_ask(address, seconds)), daemon=True)
    thread.start()
    thread.join(seconds)
    why = answers[0] if answers else f"it does not answer within {seconds:g} seconds"
    return why and f"{_without_secrets(address)} cannot be reached{_by_proxy(address)}: {why}; check the connection"


def _ask(address: str, seconds: float) -> str | None:
    try:
        request = urllib.request.Request(address, method="HEAD")
        open_url(request, seconds).close()
    except urllib.error.HTTPError as error:
        refused = error.code >= 500 or error.code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
        return explain_status(error.code) if refused else None
    except Exception as error:  # a foreign server can make the library raise anything, and a thread's would be shown
        return cause(error)
    return None


def open_url(request: urllib.request.Request, seconds: float, follow: bool = True) -> Any:
    """The reply to a request; a server that is silent for so many seconds is given up. Raises what urllib does, also
    for being led elsewhere unless it is to `follow`."""
    opener = urllib.request.build_opener(_Proxies(), *(() if follow else (_Stay(),)))
    return opener.open(request, timeout=seconds)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: a store that the hub leads to may answer GET only."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


class _Proxies(urllib.request.ProxyHandler):
    """The environment's proxies, ALL_PROXY too, as the hub's own client takes them."""

    def __init__(self) -> None:
        given = urllib.request.getproxies()
        for_all = {scheme: given["all"] for scheme in ("http", "https") if "all" in given}
        super().__init__(for_all | {scheme: proxy for scheme, proxy in given.items() if scheme != "all"})


def explain_status(status: int) -> str:
    """What an HTTP status means to a person."""
    try:
        name = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        name = str(status)
    means = {
        401: "it wants a valid access token as HF_TOKEN",
        403: "it does not let you have this",
        404: "it does not have this",
        407: "the proxy wants a name and a password",
        429: "too many requests; wait some minutes",
    }
    whole_kind = {3: "it redirects to nowhere", 5: "it is in trouble; wait some minutes"}
    more = means.get(status, whole_kind.get(status // 100, ""))
    return f"it answered {name}" + (f", {more}" if more else "")


def cause(error: BaseException) -> str:
    """What an error of a connection, or of what it was caused by, means to a person."""
    return next(filter(None, map(_known, _chain(error))), None) or _first_line(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__


def _known(error: BaseException) -> str | None:  # noqa: PLR0911 (one line a kind)
    name = type(error).__name__
    if isinstance(error, gaierror):
        return "nobody knows its name"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "it does not speak https; perhaps its address begins with http:"
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return "it does not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return "it broke off the connection"
    if isinstance(error, InvalidURL | UnicodeError):
        return "its address is none"
    if isinstance(error, HTTPException) or "ProtocolError" in name:
        return "it does not speak HTTP"
    return error.strerror if isinstance(error, OSError) and error.errno is not None else None


def _first_line(error: BaseException) -> str:
    lines = str(getattr(error, "strerror", None) or error).strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__


def _fault(address: str) -> str | None:
    """What keeps a text from being the address of a host."""
    if not address:
        return "is empty"
    if any(letter.isspace() or not letter.isprintable() for letter in address):
        return "holds a blank"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "has no valid host or port"
    if parts.scheme not in ("http", "https"):
        return "does not begin with https:// or http://"
    if not host:
        return "names no host"
    return "is more than an address" if parts.query or parts.fragment else None


def _proxy_of(address: str) -> tuple[str, str] | None:
    """The proxy that stands before `address`, and the variable that names it."""
    parts, proxies = urlsplit(address), urllib.request.getproxies()
    if not parts.hostname or urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    scheme = next((scheme for scheme in (parts.scheme, "all") if proxies.get(scheme)), None)
    if scheme is None:
        return None
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return proxies[scheme], next((name for name in names if os.environ.get(name)), "the system's settings")


def _proxy_fault(address: str) -> str | None:
    proxy = _proxy_of(address)
    if proxy is None:
        return None
    value, name = proxy
    fault = _fault(value if "://" in value else f"http://{value}")
    return fault and f"{name} ({_without_secrets(value)!r}) {fault}; correct or unset it"


def _by_proxy(address: str) -> str:
    proxy = _proxy_of(address)
    return f" through the proxy {_without_secrets(proxy[0])} of {proxy[1]}" if proxy else ""


def _without_secrets(address: str) -> str:
    """An address without the name and password that it may hold."""
    before, at, host = address.rpartition("@")
    return f"{before.partition('://')[0]}://…@{host}" if at and "://" in before else host
