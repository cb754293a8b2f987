"""What can go wrong for a person: every message is one sentence that says what to do."""


class LevitorError(Exception):
    """A problem a person can solve; its text is shown as it stands."""


class InputError(LevitorError):
    """A photo, click, path, setting or project file that cannot be used."""


class MissingWeightsError(LevitorError):
    """A model's files are absent, incomplete or foreign."""


class RendererError(LevitorError):
    """A renderer could not finish: out of memory, numbers that blew up, a full disk."""


class Cancelled(LevitorError):
    """The person pressed Cancel or closed the page."""

    def __init__(self) -> None:
        super().__init__("Cancelled; press Generate to start again.")
