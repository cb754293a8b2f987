"""The signals by which terminals, service managers and people ask a program to end."""

import signal

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def heard() -> tuple[signal.Signals, ...]:
    """Those that whoever started the program does not have ignored, as nohup does."""
    return tuple(number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None))
