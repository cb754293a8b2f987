"""How many of the page's events wait or run, of everybody and of one client; how Gradio goes about them."""

import sys
from collections.abc import Callable
from typing import Any

from ui.server.sessions import check_name
from ui.server.settings import ServerSettings
from ui.server.visitors import client_of

LOOK_EVERY_S, TELL_EVERY_S = 0.02, 0.1  # for an event, and how it gets on; Gradio's 1 ms cost much of a core


def calm(page: Any) -> None:
    """Gradio's queue takes short names only, looks for work less often, and keeps no figures: it would make a data
    frame of its last 10,000 events at the end of each."""
    queue = page._queue
    queue.sleep_when_free, queue.progress_update_sleep_when_free = LOOK_EVERY_S, TELL_EVERY_S
    queue.ANALYTICS_MAX_EVENTS, queue.ANAYLTICS_CACHE_FREQUENCY = 0, sys.maxsize
    take = queue.push

    async def push(body: Any, request: Any, username: str | None) -> Any:
        check_name(body.session_hash or "")
        return await take(body, request, username)

    queue.push = push


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
