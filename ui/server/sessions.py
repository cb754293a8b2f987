"""What pages hold in Gradio's memory: of too many, the oldest of whoever has most goes, never another's.

Pages name their sessions themselves, and names are kept in many places: they are short.
"""

from collections import Counter
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState, StateHolder

from ui.server.bodies import Refused
from ui.server.failures import MISFIT

MAX_NAME = 100
_UNKNOWN = ""
_asking: ContextVar[str] = ContextVar("asking", default=_UNKNOWN)


def check_name(name: object) -> None:
    """Raise Refused for what cannot be the name of a session or an event."""
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise Refused(400, MISFIT)


def asks(client: str) -> None:
    """What this task does from now on is done for that client."""
    _asking.set(client)


class _Session(SessionState):
    """Without a copy of the page's whole configuration, which Gradio makes for links into a page: there are none."""

    def __init__(self, blocks: Any) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks=()))  # type: ignore[arg-type]

    def _update_config(self, key: int) -> None: ...

    def _update_value_in_config(self, key: int, value: Any) -> None: ...


class Sessions(StateHolder):
    """Gradio's, which by itself lets one client's many sessions push out everybody's; when each was used last is known
    until `forget`."""

    def __init__(self) -> None:
        super().__init__()
        self._owners: dict[str, str] = {}

    def __getitem__(self, session_id: str) -> SessionState:
        check_name(session_id)
        if session_id not in self.session_data:
            self.session_data[session_id] = _Session(self.blocks)
        return super().__getitem__(session_id)

    def update(self, session_id: str) -> None:
        """The session is used; it may be one too many."""
        with self.lock:
            self._owners.setdefault(session_id, _asking.get())
            self.session_data.move_to_end(session_id)
            while len(self.session_data) > self.capacity:
                self._let_go_of_one(session_id)

    def own(self, session_id: str, client: str) -> None:
        """The session is that client's."""
        with self.lock:
            self._owners[session_id] = client

    def forget(self, session_id: str) -> None:
        """Nothing is known of the session any more."""
        with self.lock:
            for known in (self.session_data, self.time_last_used, self._owners):
                known.pop(session_id, None)

    def _let_go_of_one(self, used: str) -> None:
        kept = [session for session in self.session_data if session != used]
        has = Counter(self._owners.get(session, _UNKNOWN) for session in self.session_data)
        most = max((self._owners.get(session, _UNKNOWN) for session in kept), key=has.__getitem__)
        oldest = next(session for session in kept if self._owners.get(session, _UNKNOWN) == most)
        self.session_data.pop(oldest)
