"""Wan2.2's folders as its authors publish them for diffusers: where they are, light to ask.

    checkpoints/Wan2.2-TI2V-5B-Diffusers/{model_index.json, transformer/, vae/, scheduler/, text_encoder/, tokenizer/}
    checkpoints/Wan2.2-I2V-A14B-Diffusers/                                          transformer_2/ besides
    checkpoints/Wan2.2-Lightning/{high,low}_noise_model.safetensors                 optional: four steps

A release that is not there is looked for in the hub's cache.
"""

from dataclasses import dataclass
from pathlib import Path

from levitor_core.errors import MissingWeightsError
from levitor_core.hub_address import in_cache
from levitor_core.whole_files import is_file, is_folder

PARTS = ("vae", "text_encoder", "tokenizer")
LIGHTNING = "Wan2.2-Lightning"
ADAPTERS = {"transformer": "high_noise_model.safetensors", "transformer_2": "low_noise_model.safetensors"}


@dataclass(frozen=True)
class WanWeights:
    """Where one of Wan's releases is found, by the checkpoints folder or else in the hub's cache; `name` is what the
    table of weights calls it, `revision` the commit that is downloaded."""

    name: str
    title: str
    repository: str
    revision: str
    experts: tuple[str, ...]

    @property
    def place(self) -> str:
        """Its folder's name."""
        return self.repository.rpartition("/")[2]

    def find(self, checkpoints: Path) -> Path | None:
        """Its folder with all its parts, or None; loads nothing. The text encoder's may be empty: prompts that are kept
        need none."""
        return next((at for at in (checkpoints / self.place, self._cached()) if at and self._whole(at)), None)

    def require(self, checkpoints: Path) -> Path:
        """Its folder. Raises MissingWeightsError that says how to get it."""
        found = self.find(checkpoints)
        if found is None:
            raise MissingWeightsError(
                f"The weights of {self.title} are missing; run `python -m levitor_core checkpoints download "
                f"{self.name}`, or put the folder from https://huggingface.co/{self.repository} at {self.place} in the "
                "checkpoints folder."
            )
        return found

    def lightning(self, checkpoints: Path) -> list[Path]:
        """Lightning's file for each expert, where all are here; it is made for the model with two."""
        files = [checkpoints / LIGHTNING / ADAPTERS[name] for name in self.experts]
        return files if len(files) > 1 and all(map(is_file, files)) else []

    def _whole(self, folder: Path) -> bool:
        parts = {*PARTS, *self.experts}
        return is_file(folder / "model_index.json") and all(is_folder(folder / name) for name in parts)

    def _cached(self) -> Path | None:
        found = in_cache(self.repository, "model_index.json", self.revision)
        return found and found.parent


TI2V_5B = WanWeights(
    "wan2.2-ti2v-5b",
    "Wan2.2 TI2V-5B",
    "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
    "b8fff7315c768468a5333511427288870b2e9635",
    ("transformer",),
)
I2V_A14B = WanWeights(
    "wan2.2-i2v-a14b",
    "Wan2.2 I2V-A14B",
    "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
    "596658fd9ca6b7b71d5057529bbf319ecbc61d74",
    ("transformer", "transformer_2"),
)
