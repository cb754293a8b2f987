"""What all requests of one server share: its settings, queues and listeners."""

from typing import Any

from ui.server.events import crowded
from ui.server.guard import app_options
from ui.server.listeners import Listeners
from ui.server.settings import ServerSettings
from ui.server.turns import FairQueue

SPARE_THREADS = 64  # for what is neither a video nor heavy


class Service:
    """One server's."""

    def __init__(self, settings: ServerSettings | None = None) -> None:
        self.settings = settings = settings or ServerSettings()
        self.listeners = Listeners(settings.listen_s)
        self.queues = {
            "render": FairQueue(settings.renders, settings.renders_waiting, settings.renders_per_client, "videos"),
            "heavy": FairQueue(settings.heavy, settings.heavy_waiting, settings.heavy_per_client, "pictures"),
        }

    def render_limit(self, known: bool) -> float:
        """Seconds that a video may take, for a client known by name or for a stranger."""
        return self.settings.render_known_s if known else self.settings.render_s

    def launch_options(self, page: Any) -> dict[str, Any]:
        """How `page.launch` is called so that the settings hold."""
        settings, user = self.settings, self.settings.password.partition(":")
        return {
            "max_file_size": f"{settings.upload_mb}mb",
            "max_threads": settings.renders_waiting + settings.heavy_waiting + SPARE_THREADS,  # waiting counts, too
            "app_kwargs": app_options(settings, self.listeners, crowded(page, settings)),
            "auth": [(user[0], user[2])] if user[2] else None,
            "enable_monitoring": False,
            "state_session_capacity": settings.sessions,
        }
