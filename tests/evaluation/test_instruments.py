"""The metrics' networks at their real architecture, from random weights; and what is said when there are none."""

import numpy as np
import pytest
import torch

from levitor_core.adherence.flow import LucasKanade
from levitor_core.errors import MissingWeightsError
from levitor_core.evaluation import features, trackers
from levitor_core.evaluation.benchmark import make_available
from levitor_core.motion.tracks import Tracks
from tests.evaluation.scenes import RED, background, centres, composed, square_rgba

CPU = torch.device("cpu")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty torch.hub, and no way to fill it."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)

    def unreachable(url, *args, **kwargs):
        raise OSError(f"no route to {url}")

    monkeypatch.setattr(torch.hub, "download_url_to_file", unreachable)
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


@pytest.fixture
def videos():
    return np.random.default_rng(0).integers(0, 256, (2, 10, 32, 32, 3), dtype=np.uint8)


@pytest.mark.parametrize("make", [features.InceptionFeatures, features.I3dFeatures, trackers.CoTracker])
def test_missing_weights_are_one_sentence_with_url_and_place(hub, make):
    with pytest.raises(MissingWeightsError) as caught:
        make(CPU)
    text = str(caught.value)
    assert "https://" in text
    assert str(hub) in text
    assert text.endswith((".pth.", ".pt."))
    assert "\n" not in text


@pytest.mark.parametrize("make", [features.InceptionFeatures, features.I3dFeatures, trackers.CoTracker])
def test_offline_nothing_is_asked(hub, monkeypatch, make):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in ("download_url_to_file", "load"):
        monkeypatch.setattr(torch.hub, name, lambda *_, **__: pytest.fail("went to the network"))
    with pytest.raises(MissingWeightsError, match=r"HF_HUB_OFFLINE is set; unset it so that the weights of .* or down"):
        make(CPU)
    torch.save({}, trackers.COTRACKER.path)
    with pytest.raises(MissingWeightsError, match=r"unset it so that CoTracker's code can be fetched, or put github"):
        trackers.CoTracker(CPU)


def test_cotracker_says_that_it_is_not_for_commercial_use(hub):
    with pytest.raises(MissingWeightsError, match="no commercial use"):
        trackers.CoTracker(CPU)


def test_what_cannot_be_had_is_left_out_with_its_reason(hub):
    made, missing = make_available({"FID": lambda: features.InceptionFeatures(CPU), "LK": LucasKanade})
    assert [item.metric for item in made] == ["LK trajectory error"]
    assert "inception" in missing["FID"]


@pytest.mark.parametrize("content", [b"", b"no pickle"])
def test_damaged_weights_are_refused(hub, content):
    features.I3D.path.write_bytes(content)
    with pytest.raises(MissingWeightsError, match="delete it and fetch"):
        features.I3dFeatures(CPU)


def test_weights_of_another_network_are_refused(hub):
    torch.save({"a": torch.zeros(2)}, features.I3D.path)
    with pytest.raises(MissingWeightsError, match="of another network"):
        features.I3dFeatures(CPU)


def test_a_pickle_that_would_run_code_is_refused(hub):
    import pickle

    class Evil:
        def __reduce__(self):
            return (print, ("ran",))

    features.INCEPTION.path.write_bytes(pickle.dumps({"a": Evil()}, protocol=2))
    with pytest.raises(MissingWeightsError, match="no state dict"):
        features.InceptionFeatures(CPU)


@pytest.mark.slow
def test_fvd_through_the_real_i3d(hub, videos):
    from cdfvd.third_party.i3d.pytorch_i3d import InceptionI3d

    torch.manual_seed(0)
    torch.save(InceptionI3d(400, in_channels=3).state_dict(), features.I3D.path)
    network = features.I3dFeatures(CPU)
    assert network.features(list(videos)).shape == (2, 400)
    assert features.distance(network, list(videos), list(videos)) == pytest.approx(0, abs=1e-9)
    assert network.metric == "FVD"


@pytest.mark.slow
def test_fid_through_the_real_inception(hub, videos, monkeypatch):
    from torch_fidelity import feature_extractor_inceptionv3 as library

    with monkeypatch.context() as patched:  # the library has no way to build the network without weights
        kind = library.FeatureExtractorInceptionV3
        patched.setattr(library.torch, "load", lambda *args, **kwargs: {})
        patched.setattr(kind, "load_state_dict", lambda self, state: None)
        torch.manual_seed(0)
        weights = kind("random", ["2048"], "none").state_dict()
    torch.save(weights, features.INCEPTION.path)
    network = features.InceptionFeatures(CPU)
    assert network.features(list(videos[:, :2])).shape == (4, 2048)
    assert features.distance(network, list(videos[:, :2]), list(videos[:, :2])) == pytest.approx(0, abs=1e-6)


def moving_video(step, behind=None):
    corners = [(8 + step * t, 16) for t in range(5)]
    textured = background(64, seed=1)
    layer = square_rgba(RED, corners, side=16, size=64)
    texture = np.random.default_rng(3).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    texture = texture.repeat(4, axis=0).repeat(4, axis=1)[:16, :16]
    for frame, (x, y) in zip(layer, corners, strict=True):
        frame[y : y + 16, x : x + 16, :3] = texture
    return composed(textured, layer), centres(corners, 16)


def test_lucas_kanade_follows_a_textured_square():
    video, path = moving_video(2)
    tracks = LucasKanade().track(video, path[:1])
    assert tracks.visible.all()
    assert np.abs(tracks.xy[0] - path).max() < 0.5


def test_a_point_that_vanishes_is_no_longer_seen():
    video, path = moving_video(2)
    video[3:] = np.random.default_rng(5).integers(0, 256, video[3:].shape, dtype=np.uint8)
    assert not LucasKanade().track(video, path[:1]).visible[0, -1]


def test_trajectory_error_of_a_shift_is_the_shift():
    xy = np.random.default_rng(0).uniform(0, 50, (3, 6, 2))
    moved = xy + np.array([3, 4])
    moved[:, 0] = xy[:, 0]
    seen = np.ones((3, 6), bool)
    assert trackers.trajectory_error(Tracks(moved, seen), Tracks(xy, seen)) == pytest.approx(5)
