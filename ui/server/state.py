"""How the server is, for those who watch over it: `/health` and `/metrics`, answered at once whatever else goes on."""

import time

from fastapi.responses import JSONResponse, Response

from levitor_core.version import VERSION
from ui.server import jobs
from ui.server.metrics import CONTENT_TYPE, Metrics

_began = time.monotonic()


def answer(path: str, metrics: Metrics) -> Response | None:
    """The answer where the path asks for one of them."""
    if path == "/health":
        ending = jobs.is_ending()
        about = {"status": "ending" if ending else "ok", "version": VERSION, "up_s": round(time.monotonic() - _began)}
        return JSONResponse(about, 503 if ending else 200)
    return Response(metrics.text(), media_type=CONTENT_TYPE) if path == "/metrics" else None
