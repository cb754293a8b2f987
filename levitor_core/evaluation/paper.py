"""PURE. What the paper measured (arXiv 2412.15214v1, Tables 2 and S1), to set our ablations beside.

DAVIS, Multi-Points setting, full-size model; read in a third party's transcription of the tables. The paper gives no
intervals.
"""

from dataclasses import dataclass
from typing import Any

from levitor_core.datasets.clips import Ablation
from levitor_core.tables import markdown_table


@dataclass(frozen=True)
class PaperNumbers:
    """FID of frames, FVD of clips, ObjMC in pixels; lower is better in each."""

    fid: float
    fvd: float
    objmc: float

    def minus(self, other: "PaperNumbers") -> "PaperNumbers":
        """The differences."""
        return PaperNumbers(self.fid - other.fid, self.fvd - other.fvd, self.objmc - other.objmc)

    def cells(self, form: str = "{:.2f}") -> tuple[str, ...]:
        """The three as text."""
        return tuple(form.format(value) for value in (self.fid, self.fvd, self.objmc))


FULL_MODEL = PaperNumbers(25.41, 190.44, 25.97)
PAPER = {
    Ablation(): FULL_MODEL,
    Ablation(without_depth=True): PaperNumbers(25.45, 199.44, 25.40),
    Ablation(without_instance=True): PaperNumbers(28.04, 221.29, 29.13),
    Ablation(without_depth=True, without_instance=True): PaperNumbers(27.83, 227.58, 29.82),
    Ablation(single_point=True): PaperNumbers(30.91, 253.73, 38.21),
}
_NAMES = {"single_point": "single point", "without_depth": "without depth", "without_instance": "without instance"}


def paper_difference(switches: dict[str, Any]) -> PaperNumbers | None:
    """The paper's ablation minus its full model; None for one that the paper does not have."""
    found = PAPER.get(Ablation(**switches))
    return found.minus(FULL_MODEL) if found else None


def paper_table() -> str:
    """The paper's ablations as Markdown, each with its difference to the full model."""
    rows = [
        (_title(ablation), *map("{} ({})".format, numbers.cells(), numbers.minus(FULL_MODEL).cells("{:+.2f}")))
        for ablation, numbers in PAPER.items()
    ]
    return markdown_table(("paper", "FID", "FVD", "ObjMC (px)"), rows)


def _title(ablation: Ablation) -> str:
    names = [text for switch, text in _NAMES.items() if getattr(ablation, switch)]
    return ", ".join(names) or "full"
