"""The engine without a page: `python -m levitor_core COMMAND ...`.

    words -> parser (values) -> one of commands, arranging, making (given, outputs) -> lines -> console;  stopping

Exit status 0: done; 2: bad input; 3: missing weights; 1: something failed on the way; 130, 143, 129: stopped by
Ctrl-C, TERM, HUP. One line on stderr says why.
"""

import sys
from collections.abc import Sequence

from levitor_core.cli.console import Lines, complain, without_library_messages
from levitor_core.cli.parser import parse
from levitor_core.cli.stopping import Stopped, raise_on_signals
from levitor_core.errors import InputError, LevitorError, MissingWeightsError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    try:
        with raise_on_signals(), without_library_messages():
            return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt as stop:
        complain("Stopped before the end; run the command again.")
        return stop.status if isinstance(stop, Stopped) else 130
    except MissingWeightsError as error:
        return _fail(error, 3)
    except InputError as error:
        return _fail(error, 2)
    except (LevitorError, OSError) as error:
        return _fail(error, 1)


def _run(argv: Sequence[str]) -> int:
    arguments, lines = parse(argv), Lines()
    for line in arguments.run(arguments):
        lines.say(line)
    if lines.lost is None or isinstance(lines.lost, BrokenPipeError):
        return 0
    complain(f"What there is to say could not be written ({lines.lost.strerror or lines.lost}); give it another place.")
    return 1 if arguments.only_says else 0


def _fail(error: LevitorError | OSError, status: int) -> int:
    complain(str(error))
    return status
