"""Feature networks of FID and FVD, each from its own library, and the distances of generated from true videos.

FID: torch-fidelity's port of the TensorFlow Inception v3 that FID is defined with; 2048 features a frame.
FVD: cd-fvd's I3D of Kinetics-400; 400 logits a clip of at least 10 frames.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from levitor_core.errors import InputError, MissingWeightsError
from levitor_core.evaluation.fetched_weights import FetchedWeights
from levitor_core.evaluation.frechet import Features, frechet_distance

INCEPTION = FetchedWeights(
    "FID's Inception v3",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "Apache-2.0",
    "6726825d",
)
I3D = FetchedWeights(
    "FVD's I3D",
    "https://github.com/songweige/TATS/raw/main/tats/fvd/i3d_pretrained_400.pt",
    "MIT",
)
FRAMES_AT_ONCE = 32
MIN_FVD_FRAMES = 10  # I3D's pooling over time takes no fewer

Videos = Sequence[UInt8[np.ndarray, "_ _ _ 3"]]  # frames, height and width are each one's own


class FeatureNetwork(Protocol):
    """Videos to a cloud of features; `metric` is what the Frechet distance of such clouds is called."""

    metric: str

    def features(self, videos: Videos) -> Features:
        """One row a frame or a clip."""
        ...


class InceptionFeatures:
    """Every frame through Inception v3. Raises MissingWeightsError."""

    metric = "FID"

    def __init__(self, device: torch.device) -> None:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        INCEPTION.tensors()  # the library unpickles without a guard; only files that hold tensors alone get that far
        with _check_network(INCEPTION):
            network = FeatureExtractorInceptionV3("inception", ["2048"], str(INCEPTION.file()))
        self._network, self._device = network.to(device), device

    @torch.no_grad()
    def features(self, videos: Videos) -> Features:
        """One row of 2048 a frame."""
        frames = torch.from_numpy(np.concatenate(list(videos))).permute(0, 3, 1, 2)
        parts = [self._network(part.to(self._device))[0] for part in frames.split(FRAMES_AT_ONCE)]
        return _to_numpy(torch.cat(parts))


class I3dFeatures:
    """Every clip through I3D. Raises MissingWeightsError."""

    metric = "FVD"

    def __init__(self, device: torch.device) -> None:
        from cdfvd.third_party.i3d.pytorch_i3d import InceptionI3d

        self._network: Any = InceptionI3d(400, in_channels=3)
        with _check_network(I3D):
            self._network.load_state_dict(I3D.tensors())
        self._network = self._network.to(device).eval()
        self._device = device

    @torch.no_grad()
    def features(self, videos: Videos) -> Features:
        """One row of 400 a clip. Raises InputError for clips too short for I3D."""
        from cdfvd.third_party.i3d.utils import preprocess_i3d

        if min(map(len, videos)) < MIN_FVD_FRAMES:
            raise InputError(f"FVD needs clips of at least {MIN_FVD_FRAMES} frames; ask for more frames.")
        rows = [self._network(preprocess_i3d(video[None]).to(self._device)) for video in videos]
        return _to_numpy(torch.cat(rows))


def distance(network: FeatureNetwork, generated: Videos, truth: Videos) -> float:
    """The metric that `network` names. Raises InputError when there are too few videos."""
    return frechet_distance(network.features(generated), network.features(truth))


@contextmanager
def _check_network(weights: FetchedWeights) -> Iterator[None]:
    """Turns a file of another network into the sentence that says where to get the right one."""
    try:
        yield
    except RuntimeError as error:  # load_state_dict's word for other names or shapes
        raise MissingWeightsError(
            f"{weights.path} is of another network than {weights.network}; delete it and fetch {weights.url} again."
        ) from error


def _to_numpy(rows: Tensor) -> Float[np.ndarray, "n dims"]:
    return rows.double().cpu().numpy()
