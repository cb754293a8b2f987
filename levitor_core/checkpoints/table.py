"""The table of weights: what each model is for, where it belongs, how large it is and on what terms.

Sizes of the SAM files and of Depth Anything are exact to the megabyte; the video model's is that of its fp16 files.
Those of Wan are reckoned from the numbers of parameters, in the precision in which they are published.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from levitor_core.errors import InputError
from levitor_core.renderers.wan.folder import I2V_A14B, TI2V_5B, WanWeights
from levitor_core.whole_files import is_file

Architecture = Literal["sam", "depth-anything", "svd", "svd-controlnet", "svd-unet", "wan"]

MEGABYTE = 10**6
SAM_HOST = "https://dl.fbaipublicfiles.com/segment_anything"
APACHE = "Apache-2.0"
VIDEO_MODEL = "stable-video-diffusion-img2vid-xt"
INDEX = ".safetensors.index.json"  # which of its files holds each of a network's tensors


@dataclass(frozen=True)
class Weights:
    """One model's files.

    `place` is the file or folder below the checkpoints folder; `files` are the files a folder must hold, each as
    its accepted names in order of preference; `inside` is the part of the hub `repository` they lie in. A single
    file has a `url` and a `sha256` instead of a repository. What is downloaded from a repository is that of its commit
    `revision`, and where `sums` names a file, of that SHA-256. `other_forms` are patterns of files that hold such a
    model in a form that is not read. `free_commercially` says whether the licence lets everyone use it in paid work.
    """

    name: str
    title: str
    purpose: str
    architecture: Architecture
    place: str
    size: int
    licence: str
    free_commercially: bool
    files: tuple[tuple[str, ...], ...] = ()
    repository: str = ""
    revision: str = ""
    sums: tuple[tuple[str, str], ...] = ()
    inside: str = ""
    gated: bool = False
    url: str = ""
    sha256: str = ""
    other_forms: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where a person gets it: the file's address, or the repository's page on the hub."""
        return self.url or f"https://huggingface.co/{self.repository}"

    @property
    def size_text(self) -> str:
        """Size as people read it, such as 375 MB or 4.5 GB."""
        megabytes = self.size / MEGABYTE
        return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"

    @property
    def download_command(self) -> str:
        """What to type to get it."""
        return f"python -m levitor_core checkpoints download {self.name}"

    def missing_files(self, folder: Path) -> tuple[str, ...]:
        """The preferred names of the files that `folder` lacks, those that an index there names among them."""
        return tuple(name for names in self.files for name in _lacking(folder, names))


def present(folder: Path, names: Sequence[str]) -> tuple[Path, ...]:
    """Those of `names` that are files in `folder`."""
    return tuple(folder / name for name in names if is_file(folder / name))


def first_present(folder: Path, names: Sequence[str]) -> Path | None:
    """The first of `names` that is a file in `folder`."""
    return next(iter(present(folder, names)), None)


def _lacking(folder: Path, names: Sequence[str]) -> Iterator[str]:
    found = first_present(folder, names)
    if found is None:
        yield names[0]
    elif found.name.endswith(INDEX):
        inside = found.parent.relative_to(folder)
        yield from (str(inside / name) for name in _parts_named_in(found) if not is_file(found.parent / name))


def _parts_named_in(index: Path) -> list[str]:
    """The files that the tensors of an index lie in; none of an index that cannot be read."""
    try:
        places: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        return sorted({Path(name).name for name in places.values()})
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return []


def _transformers_files(folder: str = "") -> tuple[tuple[str, ...], ...]:
    return (f"{folder}config.json",), (f"{folder}model.fp16.safetensors", f"{folder}model.safetensors")


def _diffusers_files(folder: str) -> tuple[tuple[str, ...], ...]:
    stem = f"{folder}diffusion_pytorch_model"
    return (f"{folder}config.json",), (f"{stem}.fp16.safetensors", f"{stem}.safetensors")


def _of_wan(release: WanWeights, purpose: str, size: int, other_forms: tuple[str, ...]) -> Weights:
    networks = [(name, "diffusion_pytorch_model") for name in release.experts] + [("text_encoder", "model")]
    tensors = [(f"{folder}/{stem}{INDEX}", f"{folder}/{stem}.safetensors") for folder, stem in networks]
    return Weights(
        name=release.name,
        title=release.title,
        purpose=purpose,
        architecture="wan",
        place=release.place,
        size=size,
        licence=APACHE,
        free_commercially=True,
        files=(
            ("model_index.json",),
            ("scheduler/scheduler_config.json",),
            *((f"{folder}/config.json",) for folder, _ in networks),
            *tensors,
            ("vae/config.json",),
            ("vae/diffusion_pytorch_model.safetensors",),
            ("tokenizer/tokenizer_config.json",),
            ("tokenizer/tokenizer.json",),
        ),
        repository=release.repository,
        revision=release.revision,
        other_forms=other_forms,
    )


_LEVITOR_FILES = (
    ("config.json",),
    ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors"),
)
_LEVITOR_LICENCE = "Apache-2.0 by its README; derived from Stable Video Diffusion, whose licence applies too"
_DEPTH_FILES = (("config.json",), ("preprocessor_config.json",), ("model.safetensors",))


def _original_depth(sizes: str) -> tuple[str, ...]:
    """Depth Anything's files as its authors publish them, `depth_anything_v2_vits.pth`, alone or in their folder."""
    names = f"depth_anything*_vit[{sizes}]*"
    return names, f"Depth-Anything-V2*/{names}", f"Depth-Anything-V2*/checkpoints/{names}"


TABLE: tuple[Weights, ...] = (
    Weights(
        name="sam_vit_b",
        title="SAM ViT-B",
        purpose="masks from clicks and boxes, automatic masks; the default on the CPU",
        architecture="sam",
        place="sam_vit_b_01ec64.pth",
        size=375_042_383,
        licence=APACHE,
        free_commercially=True,
        url=f"{SAM_HOST}/sam_vit_b_01ec64.pth",
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    Weights(
        name="sam_vit_h",
        title="SAM ViT-H",
        purpose="masks from clicks and boxes, automatic masks; the default on CUDA",
        architecture="sam",
        place="sam_vit_h_4b8939.pth",
        size=2_564_550_879,
        licence=APACHE,
        free_commercially=True,
        url=f"{SAM_HOST}/sam_vit_h_4b8939.pth",
        sha256="a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    ),
    Weights(
        name="depth-anything-v2-small",
        title="Depth Anything V2 Small",
        purpose="depth of the photo; the default",
        architecture="depth-anything",
        place="Depth-Anything-V2-Small-hf",
        size=99 * MEGABYTE,
        licence=APACHE,
        free_commercially=True,
        files=_DEPTH_FILES,
        repository="depth-anything/Depth-Anything-V2-Small-hf",
        revision="5426e4f0f36572d16453bbda7a8389317b1bef99",
        sums=(("model.safetensors", "3152477ce0d8d6978d76b995120de97cb5b928701fd0f817769f59e249a16b70"),),
        other_forms=_original_depth("sb"),
    ),
    Weights(
        name="depth-anything-v2-large",
        title="Depth Anything V2 Large",
        purpose="depth of the photo, finer; on request",
        architecture="depth-anything",
        place="Depth-Anything-V2-Large-hf",
        size=1341 * MEGABYTE,
        licence="CC-BY-NC-4.0",
        free_commercially=False,
        files=_DEPTH_FILES,
        repository="depth-anything/Depth-Anything-V2-Large-hf",
        revision="7581137eff8d4e94f6e796d3baea0e9fa79b22d2",
        sums=(("model.safetensors", "4e01e34ed5549b529b70b92d53226bc370f03041977b390d3dde45d47f516cf9"),),
        other_forms=_original_depth("l"),
    ),
    Weights(
        name=VIDEO_MODEL,
        title="Stable Video Diffusion XT",
        purpose="the video model of the LeviTor renderer",
        architecture="svd",
        place="stable-video-diffusion-img2vid-xt",
        size=4520 * MEGABYTE,
        licence="Stability AI's licence; paid work: see https://stability.ai/license",
        free_commercially=False,
        files=(
            ("model_index.json",),
            ("scheduler/scheduler_config.json",),
            ("feature_extractor/preprocessor_config.json",),
            *_transformers_files("image_encoder/"),
            *_diffusers_files("unet/"),
            *_diffusers_files("vae/"),
        ),
        repository="stabilityai/stable-video-diffusion-img2vid-xt",
        revision="9e43909513c6714f1bc78bcb44d96e733cd242aa",
        sums=(
            (
                "image_encoder/model.fp16.safetensors",
                "ae616c24393dd1854372b0639e5541666f7521cbe219669255e865cb7f89466a",
            ),
            (
                "unet/diffusion_pytorch_model.fp16.safetensors",
                "9fbc02e90f37d422f5e3a4aeaee95f6629dc8c45ca211b951626e930daf2bddf",
            ),
            (
                "vae/diffusion_pytorch_model.fp16.safetensors",
                "af602cd0eb4ad6086ec94fbf1438dfb1be5ec9ac03fd0215640854e90d6463a3",
            ),
        ),
        other_forms=("svd_xt*.safetensors", "stable-video-diffusion*/svd_xt*.safetensors"),
        gated=True,
    ),
    Weights(
        name="levitor-controlnet",
        title="LeviTor ControlNet",
        purpose="steers the video model along the paths; the LeviTor renderer needs it",
        architecture="svd-controlnet",
        place="LeviTor/controlnet",
        size=2728 * MEGABYTE,
        licence=_LEVITOR_LICENCE,
        free_commercially=False,
        files=_LEVITOR_FILES,
        repository="hlwang06/LeviTor",
        inside="controlnet",
    ),
    Weights(
        name="levitor-unet",
        title="LeviTor UNet",
        purpose="optional: the UNet saved with the ControlNet, used only when asked for (--unet levitor)",
        architecture="svd-unet",
        place="LeviTor/unet",
        size=6099 * MEGABYTE,
        licence=_LEVITOR_LICENCE,
        free_commercially=False,
        files=_LEVITOR_FILES,
        repository="hlwang06/LeviTor",
        inside="unet",
    ),
    _of_wan(
        TI2V_5B,
        "a newer video model, held to Preview; wants a GPU of 24 GB",
        34_200 * MEGABYTE,
        ("Wan2.2-TI2V-5B/diffusion_pytorch_model*.safetensors", "wan2.2_ti2v_5B*.safetensors"),
    ),
    _of_wan(
        I2V_A14B,
        "its larger sister; on request",
        126_000 * MEGABYTE,
        ("Wan2.2-I2V-A14B/*_noise_model/*.safetensors", "wan2.2_i2v_*14B*.safetensors"),
    ),
)


def weights_named(name: str) -> Weights:
    """The row called `name`; raises InputError listing the names when there is none."""
    for row in TABLE:
        if row.name == name:
            return row
    names = ", ".join(row.name for row in TABLE)
    raise InputError(f"There are no weights called {name!r}; choose from {names}.")
