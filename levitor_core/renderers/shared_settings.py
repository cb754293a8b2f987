"""What several video models are told alike: declared once, each with its own default."""

from typing import Annotated, Literal

from pydantic import Field

from levitor_core.fields import Between, Widget

MemoryMode = Literal["auto", "full", "balanced", "lean"]
_MEMORY = (("Automatic", "auto"), ("Full", "full"), ("Balanced", "balanced"), ("Lean", "lean"))

Anchor = Annotated[
    float,
    Between(0, 1),
    Widget("slider", 0.01),
    Field(title="Hold to Preview", description="0 not at all, 1 is Preview itself."),
]
BackgroundHold = Annotated[
    float,
    Between(0.1, 8),
    Widget("slider", 0.1),
    Field(title="Hold of the background", description="Beside an object's 1: less lives."),
]
Steps = Annotated[
    int,
    Between(1, 100),
    Widget("slider"),
    Field(title="Steps", description="Denoising steps; more is slower and cleaner."),
]
Memory = Annotated[
    MemoryMode,
    Widget("choice", labels=_MEMORY),
    Field(title="GPU memory", description="How much may be held; auto looks at what is free."),
]
