"""The command that compares a video with what its project asked for."""

import argparse
from collections.abc import Iterable

from levitor_core.cli import outputs
from levitor_core.cli.console import progress


def adherence(arguments: argparse.Namespace) -> Iterable[str]:
    """How well a video followed the paths, beside Preview's own figures."""
    from levitor_core.adherence.report import compare_files, write_figures

    outputs.check(arguments.output, outputs.FIGURES, (arguments.project, arguments.video))
    compared = compare_files(arguments.project, arguments.video, arguments.monitor or progress())
    write_figures({arguments.video.name: compared}, arguments.output)
    yield f"{arguments.output}: {compared.sentence}"
    yield compared.about
