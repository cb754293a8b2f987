"""Which pages may call this server or frame it, and what a browser is told of that with every answer."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from ui.server.settings import ServerSettings

_HERE = ("localhost", "127.0.0.1", "[::1]", "0.0.0.0")


def security_headers(settings: ServerSettings) -> dict[str, str]:
    """What every answer carries. Gradio's components are compiled in the page, which needs eval and inline scripts."""
    own = "'self' data: blob:"
    rules = {
        "default-src": own,
        "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "worker-src": "'self' blob:",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(("'self'", *settings.frames)),
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in rules.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
    }


def is_foreign(headers: Mapping[str, str], allowed: tuple[str, ...]) -> bool:
    """Whether a page of another site sends this."""
    origin = headers.get("origin")
    if origin is None or origin in allowed:
        return False
    host = urlsplit(origin).netloc.lower()
    own = {headers.get("host", "").lower(), *(name.strip() for name in headers.get("x-forwarded-host", "").split(","))}
    return not host or (host not in own and not (_name(host) in _HERE and any(_name(name) in _HERE for name in own)))


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host
