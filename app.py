"""Start the page: arguments -> checkpoints -> Engine -> build_app -> launch. The only place that wires."""

import argparse
import importlib.util
import os
import signal
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: its spinning threads starve a busy machine
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
if os.environ.get("SPACE_ID"):
    import spaces  # noqa: F401  a Space wants it before torch

from levitor_core.checkpoints import Checkpoints
from levitor_core.engine import Engine
from ui.app import build_app
from ui.handlers import read_page_file
from ui.theme import css, theme
from ui.workspace import KEEP_S

MAX_UPLOAD = "512mb"


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
        "--keep-closed", type=float, default=KEEP_S, help="seconds that a closed tab's videos wait for a reload"
    )
    parser.add_argument("--share", action="store_true", help="also give the page a public address")
    return parser.parse_args(argv)


def _end_in_order() -> None:
    """TERM and HUP end the page by way of `atexit`, which takes its temporary files away."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, frame: sys.exit(128 + number))


def main(argv: list[str] | None = None) -> None:
    """Serve the page until interrupted."""
    arguments = parse_arguments(argv)
    _end_in_order()
    engine = Engine(Checkpoints(arguments.checkpoints), arguments.device, arguments.large_depth)
    if os.environ.get("SPACE_ID"):
        _ = engine.renderers  # a Space looks for its GPU functions before the page is up
    build_app(engine, arguments.keep_closed).launch(
        server_name=arguments.host,
        server_port=arguments.port,
        share=arguments.share,
        theme=theme(),
        css=css(),
        js=read_page_file("page.js"),
        max_file_size=MAX_UPLOAD,
        mcp_server=importlib.util.find_spec("mcp") is not None,
        footer_links=["api"],
    )


if __name__ == "__main__":
    main()
