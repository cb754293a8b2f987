"""How many of the page's events wait or run, of everybody and of one client."""

from collections.abc import Callable
from typing import Any

from ui.server.settings import ServerSettings
from ui.server.visitors import client_of


def crowded(page: Any, settings: ServerSettings) -> Callable[[str], str | None]:
    """For a page (`gr.Blocks`): says why a client may start no further event, None when it may."""

    def why(client: str) -> str | None:
        events = list(page._queue.event_ids_to_events.values())
        if len(events) >= settings.events:
            return "The server has as much to do as it can; try again in a minute."
        if sum(client_of(event.request) == client for event in events) >= settings.events_per_client:
            return "You have too much under way here at once; wait until some of it is done."
        return None

    return why
