"""Every limit and setting of the server, declared once; `settings_table` makes the page of them.

Each is read from the environment by its name in capitals after LEVITOR_. A public server, one that strangers may use,
has lower limits of its own.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from levitor_core.errors import InputError, echo

PREFIX = "LEVITOR_"
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def _setting(local: Any, about: str, public: Any = None) -> Any:
    """A field: its value here, its value on a public server where that differs, and one line of help."""
    return field(default=local, metadata={"public": local if public is None else public, "help": about})


@dataclass(frozen=True)
class ServerSettings:
    """What the server allows and how long it keeps; the defaults are those of a server for oneself."""

    public: bool = _setting(False, "strangers may use this server; on a Space it is on")

    megapixels: int = _setting(100, "largest picture, in millions of pixels, looked at before it is decoded", 40)
    upload_mb: int = _setting(512, "largest file that may be uploaded", 64)
    upload_s: int = _setting(600, "seconds in which an upload must have arrived", 180)
    json_mb: int = _setting(256, "largest request that is no upload, looked at before it is parsed", 32)
    json_values: int = _setting(4_000_000, "most commas, colons and brackets in such a request", 300_000)
    body_s: int = _setting(60, "seconds in which such a request must have arrived", 30)
    idle_s: int = _setting(30, "seconds in which no byte may fail to come before a request is given up", 10)

    renders: int = _setting(1, "videos that are made at once")
    renders_waiting: int = _setting(16, "videos that wait for their turn; further ones are refused")
    renders_per_client: int = _setting(16, "of these, one client's, running ones included", 2)
    render_s: int = _setting(1800, "seconds after which a video is given up", 600)
    render_known_s: int = _setting(1800, "the same for a client who is known by a user name")
    listen_s: int = _setting(10, "seconds in which a job's event stream must be opened")

    clicks: int = _setting(2, "clicks on the stage, and what follows them, that compute at once")
    heavy: int = _setting(2, "photos opened, searched, files made or steps called, of each so many at once", 1)
    heavy_waiting: int = _setting(64, "of each of these, how many wait; further ones are refused", 32)
    heavy_per_client: int = _setting(32, "of these, one client's, running ones included", 6)
    events: int = _setting(1000, "events that wait or run, of everybody", 500)
    events_per_client: int = _setting(200, "of these, one client's", 40)
    requests_per_client: int = _setting(1000, "requests and event streams that one client has open at once", 200)

    keep_closed_s: int = _setting(600, "seconds that a closed tab's videos and session wait for a reload")
    keep_h: float = _setting(24, "hours after which a file is deleted, whatever it is", 6)
    disk_mb: int = _setting(20_000, "everything that is kept on disk; the oldest goes first", 5_000)
    client_disk_mb: int = _setting(20_000, "of this, one client's", 500)
    plates_mb: int = _setting(500, "of this, one client's backgrounds behind picked things; the oldest goes first", 64)
    memory_mb: int = _setting(0, "memory of the process above which nothing more is opened; 0 is no limit", 2_500)
    open_photos: int = _setting(64, "photos that one client has open; the oldest is then forgotten", 8)
    sessions: int = _setting(1000, "open pages whose work is kept in memory; the oldest is then forgotten", 100)
    scenes: int = _setting(200, "photos in memory that clicks are answered from; older ones are read from disk")
    scenes_mb: int = _setting(1_000, "most that these photos, with depth and clean plates, take of it", 400)

    mcp: bool = _setting(False, "calls from MCP clients are taken, at /gradio_api/mcp (needs the package mcp)")

    proxies: tuple[str, ...] = _setting((), "addresses or networks, by commas, of proxies whose word is taken")
    user_header: str = _setting("", "header in which such a proxy names the user")
    password: str = _setting("", "USER:PASSWORD that the page asks for")
    origins: tuple[str, ...] = _setting((), "other origins, by commas, whose pages may call this server")
    frames: tuple[str, ...] = _setting(("https://huggingface.co",), "origins, by commas, whose pages may frame it")
    contact: str = _setting("", "whom people write to about what should not be here, an address of mail or of a page")
    commercial: bool = _setting(False, "only what everyone may use in paid work is offered")
    check: str = _setting(
        "", "MODULE:FUNCTION that is shown every photo and frame as an array, and says why it is refused"
    )
    credentials: str = _setting("", "folder of certificates.pem and key.pem (ES256) that films are signed with (C2PA)")
    refused: str = _setting("", "file of SHA-256 sums, one a line, of files and photos' pixels that are refused")
    fetch: tuple[str, ...] = _setting(
        (), "weights, by commas, that are downloaded at start; on a Space with a token SVD"
    )
    gpu_s: int = _setting(120, "most seconds for which one video asks for the GPU that ZeroGPU lends")

    log: str = _setting("", "json or text: a line for every request and event; empty is failures alone")
    data: str = _setting("", "folder for everything that is written; empty is one in the system's temporary folder")


def read_settings(environment: Mapping[str, str] = os.environ) -> ServerSettings:
    """The settings that the environment names, over the defaults; InputError for a value that cannot be one."""
    names = {item.name: variable(item.name) for item in fields(ServerSettings)}
    given = {name: environment[variable] for name, variable in names.items() if variable in environment}
    space = "SPACE_ID" in environment
    public = _value("public", False, given.pop("public", str(int(space))))
    settings = replace(public_settings() if public else ServerSettings(), public=public)
    if space and "proxies" not in given:  # a Space stands behind the hub's own proxies, in its private networks
        settings = replace(settings, proxies=("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
    if space and "HF_TOKEN" in environment:  # whose owner may have accepted the licence of what is gated
        settings = replace(settings, fetch=("stable-video-diffusion-img2vid-xt",))
    return replace(settings, **{name: _value(name, getattr(settings, name), text) for name, text in given.items()})


def public_settings() -> ServerSettings:
    """What holds where strangers come."""
    lower: dict[str, Any] = {item.name: item.metadata["public"] for item in fields(ServerSettings)}
    lower["public"] = True
    return ServerSettings(**lower)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _value(name: str, default: Any, text: str) -> Any:
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        if text.lower() in (*_TRUE, *_FALSE):
            return text.lower() in _TRUE
        raise InputError(f"{variable(name)} must be 1 or 0, not {echo(text)}.")
    try:
        number = float(text) if name == "keep_h" else int(text)
    except ValueError:
        number = -1
    if not 0 <= number < 10**9:
        raise InputError(f"{variable(name)} must be a number from 0 on, not {echo(text)}.")
    return number
