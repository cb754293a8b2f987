"""Where a video model's weights lie, by name: the app's checkpoints, or any folder with the same layout."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from levitor_core.errors import MissingWeightsError
from levitor_core.whole_files import absence, is_folder

VIDEO_MODEL, CONTROLNET, FINE_TUNED_UNET = "stable-video-diffusion-img2vid-xt", "levitor-controlnet", "levitor-unet"
PLACES = {VIDEO_MODEL: VIDEO_MODEL, CONTROLNET: "LeviTor/controlnet", FINE_TUNED_UNET: "LeviTor/unet"}


class CheckpointsLike(Protocol):
    """Where weights are: a folder by name, or None, or a MissingWeightsError that says how to get it."""

    def find(self, name: str) -> Path | None: ...  # noqa: D102
    def require(self, name: str) -> Path: ...  # noqa: D102


@dataclass(frozen=True)
class CheckpointFolder:
    """A folder laid out as `checkpoints/` is: the released weights, a training run's, or the toy model's."""

    root: Path

    def place(self, name: str) -> Path:
        """Where the folder of these weights is, or is to be."""
        return self.root / PLACES[name]

    def find(self, name: str) -> Path | None:
        """The folder of these weights, or None."""
        return self.place(name) if is_folder(self.place(name)) else None

    def require(self, name: str) -> Path:
        """The folder of these weights. Raises MissingWeightsError."""
        folder = self.find(name)
        if folder is None:
            raise MissingWeightsError(f"{self.place(name)} {absence(self.place(name))}; put the weights there.")
        return folder
