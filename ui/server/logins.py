"""Wrong passwords: after each, its client waits twice as long before the next is looked at; lives on the event loop."""

import math
import time
from collections import OrderedDict

from ui.server.bodies import Refused

LONGEST_S = 300.0
REMEMBERED = 4096


class Logins:
    """Who tried when, and how often in vain."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how many, and until when the next waits

    def begin(self, client: str) -> None:
        """A password is about to be looked at. Raises Refused while the client has to wait.

        It counts as wrong until it is known to be right, so that many at once are not looked at either.
        """
        failed, until = self._failures.get(client, (0, 0.0))
        left = until - time.monotonic()
        if left > 0:
            raise Refused(429, f"Too many wrong passwords; try again in {math.ceil(left)} s.")
        self._failures[client] = failed + 1, time.monotonic() + min(2.0**failed, LONGEST_S)
        self._failures.move_to_end(client)
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, client: str) -> None:
        """The password was right."""
        self._failures.pop(client, None)
