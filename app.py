"""Start the page: arguments -> checkpoints -> Engine -> build_app -> launch. The only place that wires."""

import argparse
import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: its spinning threads starve a busy machine
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn's own belief in proxies; ours are declared in the settings
if __name__ == "__main__":
    from ui.server.ending import end_at_once_on_signals

    end_at_once_on_signals()  # before the seconds that the rest takes to import
if os.environ.get("SPACE_ID"):
    import spaces  # noqa: F401  a Space wants it before torch

from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from levitor_core.errors import InputError
from levitor_core.files.credentials import sign_with
from levitor_core.files.image_files import take_at_most
from levitor_core.renderers.levitor.space import lend_at_most
from levitor_core.serving.jobs import EngineElsewhere, Rendering, Setup
from levitor_core.serving.replicas import Replicas
from levitor_core.serving.workers import Workers
from ui.app import build_app
from ui.handlers import read_page_file
from ui.server import logs
from ui.server.disk import RunFolder
from ui.server.ending import raise_on_signals
from ui.server.service import Service
from ui.server.settings import ServerSettings, read_settings
from ui.server.start import fetch, settle
from ui.settings import hide_unread
from ui.theme import css, theme

PATIENCE_S = 1.0  # of a click, before a quick answer is better than a good one


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line's choices."""
    parser = argparse.ArgumentParser(description="LeviTor: one photo, 3D paths, one video, in the browser.")
    parser.add_argument(
        "--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"), help="address to listen on"
    )
    parser.add_argument("--port", type=int, default=int(os.environ.get("GRADIO_SERVER_PORT", "7860")), help="port")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), help="folder with the weights")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"), help="where models run")
    parser.add_argument("--large-depth", action="store_true", help="Depth Anything V2 Large (non-commercial licence)")
    parser.add_argument(
        "--keep-closed", type=float, help="seconds that a closed tab's videos wait for a reload (LEVITOR_KEEP_CLOSED_S)"
    )
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="make videos in N processes, one a GPU")
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="those N on a Ray cluster: HOST:PORT, auto (this host's) or local (a new one)"
    )
    parser.add_argument("--share", action="store_true", help="also give the page a public address")
    return parser.parse_args(argv)


def _settings(arguments: argparse.Namespace) -> ServerSettings:
    try:
        settings = read_settings()
    except InputError as error:
        sys.exit(str(error))
    if settings.mcp and importlib.util.find_spec("mcp") is None:
        sys.exit("LEVITOR_MCP needs a package that is missing; `pip install -r requirements.txt` has it.")
    if settings.commercial and arguments.large_depth:
        sys.exit("Depth Anything V2 Large is not for paid work; leave out --large-depth or LEVITOR_COMMERCIAL.")
    settings = replace(settings, renders=max(settings.renders, arguments.workers))
    given = arguments.keep_closed
    return settings if given is None else replace(settings, keep_closed_s=given)


def _rendering(arguments: argparse.Namespace) -> Rendering | None:
    """Where videos are made, if not here."""
    setup = Setup(arguments.checkpoints, arguments.device)
    try:
        if arguments.ray:
            return Replicas(arguments.ray, max(1, arguments.workers), setup)
        return Workers(arguments.workers, setup) if arguments.workers else None
    except InputError as error:
        sys.exit(str(error))


def _service(settings: ServerSettings) -> Service:
    try:
        sign_with(Path(settings.credentials) if settings.credentials else None)
        return Service(settings, RunFolder(settings))
    except InputError as error:
        sys.exit(str(error))


def main(argv: list[str] | None = None) -> None:
    """Serve the page until interrupted."""
    arguments = parse_arguments(argv)
    settings = _settings(arguments)
    take_at_most(settings.megapixels * 1_000_000)
    lend_at_most(settings.gpu_s)
    logs.configure(settings)
    service, page = _service(settings), None
    rendering = _rendering(arguments)
    status: str | int | None = 0
    if rendering:
        service.closing.append(rendering.close)
    try:
        checkpoints = Checkpoints(arguments.checkpoints)
        service.notes = fetch(settings.fetch, checkpoints)
        large, commercial = arguments.large_depth, settings.commercial
        given = checkpoints, arguments.device, large, commercial, service.safety.inspect, PATIENCE_S
        engine = EngineElsewhere(rendering, *given) if rendering else Engine(*given)
        if os.environ.get("SPACE_ID"):
            service.notes += settle(engine)
        page = build_app(engine, service)
        page.launch(
            server_name=arguments.host,
            server_port=arguments.port,
            share=arguments.share,
            theme=theme(),
            css=css() + hide_unread(),
            js=read_page_file("page.js"),
            mcp_server=settings.mcp,
            footer_links=["api"],
            **service.launch_options(page),
        )
    except SystemExit as ended:
        status = ended.code
    except InputError as error:  # a setting that names what is not there
        status = f"{error}\n"
    finally:
        service.end(page)
    sys.stderr.write(status if isinstance(status, str) else "")
    sys.stdout.flush()
    os._exit(status if isinstance(status, int) else 1)  # a thread in the middle of a step would not let it end


if __name__ == "__main__":
    raise_on_signals()
    main()
