"""Weights: found in order, verified before use, downloaded so that nothing incomplete is ever taken for whole."""

import errno
import hashlib
import http.server
import json
import math
import os
import re
import shutil
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from levitor_core.checkpoints import Checkpoints, downloads, verification
from levitor_core.checkpoints.downloads import download
from levitor_core.checkpoints.hosts import unreachable
from levitor_core.checkpoints.table import TABLE, weights_named
from levitor_core.errors import Cancelled, InputError, MissingWeightsError
from levitor_core.monitor import Monitor, ProgressEvent
from levitor_core.renderers.levitor.architecture import SVD_SCHEDULE
from tests.cli.test_cli_closed_folders import stopped_by_modes

BODY = bytes(range(256)) * 20_000
ETAG = hashlib.sha256(BODY).hexdigest()
CONTROLNET_CONFIG = {
    "_class_name": "ControlNetSVDModel",
    "_diffusers_version": "0.24.0",
    "in_channels": 8,
    "out_channels": 4,
    "down_block_types": ["CrossAttnDownBlockSpatioTemporal"] * 3 + ["DownBlockSpatioTemporal"],
    "up_block_types": ["UpBlockSpatioTemporal"] + ["CrossAttnUpBlockSpatioTemporal"] * 3,
    "block_out_channels": [320, 640, 1280, 1280],
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 768,
    "layers_per_block": 2,
    "cross_attention_dim": 1024,
    "num_attention_heads": [5, 10, 20, 20],
    "num_frames": 25,
    "conditioning_channels": 3,
    "conditioning_embedding_out_channels": [16, 32, 96, 256],
    "with_id_feature": False,
    "feature_out_channels": [160, 160, 256, 256],
}


class Host(http.server.BaseHTTPRequestHandler):
    """A host of weights that can continue a download and break one off; also speaks enough of the hub's protocol."""

    body = BODY
    breaks_after: int | None = None
    gated = False
    knows_ranges = True
    states: str | None = None  # the range that it sends, or claims to
    ranges: list[str | None] = []  # noqa: RUF012
    paths: list[str] = []  # noqa: RUF012

    def do_HEAD(self) -> None:
        self._headers(len(Host.body))

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        Host.ranges.append(wanted)
        Host.paths.append(self.path)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and Host.knows_ranges else 0
        if start >= len(Host.body):
            self.send_error(416)
            return
        if not self._headers(len(Host.body) - start, 206 if wanted and Host.knows_ranges else 200, start):
            return
        self.wfile.write(Host.body[start : Host.breaks_after])

    def _headers(self, length: int, status: int = 200, start: int = 0) -> bool:
        gated = Host.gated and self.path != "/"
        self.send_response(401 if gated else status)
        if gated:
            self.send_header("X-Error-Code", "GatedRepo")
        self.send_header("Content-Length", str(0 if gated else length))
        if status == 206:
            true = f"bytes {start}-{len(Host.body) - 1}/{len(Host.body)}"
            self.send_header("Content-Range", true if Host.states is None else Host.states)
        self.send_header("ETag", f'"{ETAG}"')
        self.send_header("X-Repo-Commit", "0" * 40)
        self.end_headers()
        return not gated

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def host(monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    Host.breaks_after, Host.gated, Host.ranges, Host.paths = None, False, [], []
    Host.body, Host.knows_ranges, Host.states = BODY, True, None
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    unreachable.cache_clear()
    yield address
    server.shutdown()
    server.server_close()
    unreachable.cache_clear()


@pytest.fixture
def no_cache(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    return tmp_path


def small_sam(address: str):
    digest = hashlib.sha256(Host.body).hexdigest()
    return replace(weights_named("sam_vit_b"), url=f"{address}/sam.pth", size=len(Host.body), sha256=digest)


def write_tensors(path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    """A safetensors file of zeros, its data a hole in the file: real headers at real size cost nothing."""
    header, offset = {}, 0
    for name, shape in shapes.items():
        end = offset + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + offset)


@pytest.fixture(scope="module")
def controlnet_shapes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    (folder / "config.json").write_text(json.dumps(CONTROLNET_CONFIG))
    return verification.expected_shapes(weights_named("levitor-controlnet"), folder)


@pytest.fixture
def controlnet(no_cache, controlnet_shapes):
    folder = no_cache / "LeviTor" / "controlnet"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONTROLNET_CONFIG))
    write_tensors(folder / "diffusion_pytorch_model.safetensors", controlnet_shapes)
    return folder


def test_the_table_names_what_the_rules_name():
    assert [(row.place, row.size // 10**6) for row in TABLE] == [
        ("sam_vit_b_01ec64.pth", 375),
        ("sam_vit_h_4b8939.pth", 2564),
        ("Depth-Anything-V2-Small-hf", 99),
        ("Depth-Anything-V2-Large-hf", 1341),
        ("stable-video-diffusion-img2vid-xt", 4520),
        ("LeviTor/controlnet", 2728),
        ("LeviTor/unet", 6099),
        ("Wan2.2-TI2V-5B-Diffusers", 34200),
        ("Wan2.2-I2V-A14B-Diffusers", 126000),
    ]
    assert {row.name for row in TABLE if row.free_commercially} == {
        "sam_vit_b",
        "sam_vit_h",
        "depth-anything-v2-small",
        "wan2.2-ti2v-5b",
        "wan2.2-i2v-a14b",
    }


def test_weights_in_many_files_are_whole_when_all_that_their_index_names_are_there(no_cache):
    weights, checkpoints = weights_named("wan2.2-ti2v-5b"), Checkpoints(no_cache)
    folder = no_cache / weights.place
    for name in weights.missing_files(folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    assert checkpoints.require(weights.name) == folder
    index = folder / "transformer" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "one.safetensors", "b": "two.safetensors", "c": "../x"}}))
    assert weights.missing_files(folder) == tuple(
        f"transformer/{name}" for name in ("one.safetensors", "two.safetensors", "x")
    )
    with pytest.raises(MissingWeightsError, match=r"one\.safetensors is missing"):
        checkpoints.require(weights.name)
    for name in weights.missing_files(folder):
        (folder / name).touch()
    assert checkpoints.find(weights.name) == folder


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(InputError, match="sam_vit_b, sam_vit_h"):
        Checkpoints(tmp_path).find("sam")


def test_nothing_on_disk_is_all_missing_and_says_how_to_get_it(no_cache):
    table = Checkpoints(no_cache).table()
    assert all(row.path is None for row in table)
    gated = next(row for row in table if row.name.startswith("stable"))
    assert "accept its licence at https://huggingface.co/stabilityai/" in gated.how_to_get
    assert "HF_TOKEN" in gated.how_to_get and "4.5 GB" in gated.how_to_get


def test_more_than_500_megabytes_are_never_downloaded_unasked(no_cache, monkeypatch):
    monkeypatch.setattr("levitor_core.checkpoints.download", lambda *_: pytest.fail("went to the network"))
    for row in TABLE:
        if row.size > 500e6:
            with pytest.raises(MissingWeightsError, match=f"checkpoints download {row.name}"):
                Checkpoints(no_cache).require(row.name)


def test_the_folder_comes_before_the_hub_cache(controlnet, no_cache):
    snapshot = no_cache / "hub-cache" / "models--hlwang06--LeviTor" / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    refs = snapshot.parent.parent / "refs"
    refs.mkdir()
    (refs / "main").write_text("0" * 40)
    shutil.copytree(controlnet, snapshot / "controlnet", copy_function=os.link)
    checkpoints = Checkpoints(no_cache)
    assert checkpoints.require("levitor-controlnet") == controlnet
    shutil.rmtree(controlnet)
    assert checkpoints.require("levitor-controlnet") == snapshot / "controlnet"


def test_the_controlnet_is_the_published_one_to_the_last_parameter(controlnet_shapes):
    assert len(controlnet_shapes) == 671
    assert sum(map(math.prod, controlnet_shapes.values())) == 682_021_537


def test_a_controlnet_of_other_shapes_is_refused_by_name(controlnet, controlnet_shapes, no_cache):
    file = controlnet / "diffusion_pytorch_model.safetensors"
    write_tensors(file, controlnet_shapes | {"conv_in.weight": (320, 4, 3, 3)})
    with pytest.raises(MissingWeightsError, match=r"diffusion_pytorch_model.safetensors lacks 1 of the 671 tensors"):
        Checkpoints(no_cache).require("levitor-controlnet")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda file: file.write_bytes(b"<!DOCTYPE html><html>Sign in</html>"), "is a web page"),
        (lambda file: file.write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), "is a Git LFS pointer"),
        (lambda file: file.write_bytes(b"x" * 1000), "is damaged or incomplete"),
        (lambda file: file.write_bytes(b""), "is damaged or incomplete"),
        (lambda file: file.write_bytes(file.read_bytes()[:4000]), "is damaged or incomplete"),
        (lambda file: file.unlink(), "is missing"),
        (lambda file: (file.parent / "config.json").write_text("{}"), "does not describe LeviTor ControlNet"),
        (lambda file: (file.parent / "config.json").write_text("not json"), "does not describe LeviTor ControlNet"),
    ],
)
def test_damaged_weights_are_refused_in_one_sentence(controlnet, no_cache, damage, says):
    file = controlnet / "diffusion_pytorch_model.safetensors"
    with file.open("r+b") as opened:
        opened.truncate(50_000)
    damage(file)
    with pytest.raises(MissingWeightsError, match=says) as caught:
        Checkpoints(no_cache).require("levitor-controlnet")
    assert str(controlnet) in str(caught.value) and "\n" not in str(caught.value)


def test_unchanged_weights_are_checked_once_and_changed_ones_again(controlnet, no_cache, monkeypatch):
    checks = []
    monkeypatch.setattr("levitor_core.checkpoints.verify", lambda *_: checks.append(1))
    checkpoints = Checkpoints(no_cache)
    checkpoints.require("levitor-controlnet")
    checkpoints.require("levitor-controlnet")
    assert len(checks) == 1
    (controlnet / "diffusion_pytorch_model.safetensors").write_bytes(b"other")
    checkpoints.require("levitor-controlnet")
    assert len(checks) == 2


@pytest.mark.parametrize("content", [b"PK\x03\x04" + b"0" * 1000, b"<html>404</html>", b""])
def test_a_pth_that_is_not_the_published_one_is_refused(tmp_path, content):
    file = tmp_path / "sam_vit_b_01ec64.pth"
    file.write_bytes(content)
    with pytest.raises(MissingWeightsError, match=r"sam_vit_b_01ec64.pth"):
        Checkpoints(tmp_path).require("sam_vit_b")


def test_a_pth_of_the_right_size_but_other_content_is_refused(tmp_path):
    weights = replace(weights_named("sam_vit_b"), size=len(BODY), sha256=ETAG)
    file = tmp_path / weights.place
    file.write_bytes(BODY)
    verification.verify(weights, file, Monitor())
    file.write_bytes(BODY[:-1] + b"!")
    with pytest.raises(MissingWeightsError, match="is damaged or of another model"):
        verification.verify(weights, file, Monitor())


def test_a_download_reports_megabytes_and_lands_whole(host, tmp_path):
    events: list[ProgressEvent] = []
    path = download(small_sam(host), tmp_path / "new", Monitor(events.append))
    assert path.read_bytes() == BODY
    assert any(event.title == "Downloading SAM ViT-B (MB)" and event.step == 5 for event in events)
    assert list(path.parent.iterdir()) == [path]


def test_a_broken_download_leaves_nothing_in_place_and_goes_on_where_it_stopped(host, tmp_path):
    Host.breaks_after = 1_000_000
    with pytest.raises(MissingWeightsError, match="stopped"):
        download(small_sam(host), tmp_path, Monitor())
    assert not (tmp_path / "sam_vit_b_01ec64.pth").exists()
    Host.breaks_after = None
    assert download(small_sam(host), tmp_path, Monitor()).read_bytes() == BODY
    assert Host.ranges == [None, "bytes=1000000-"]


SHORT = BODY[:5000]


@pytest.mark.parametrize(
    ("knows_ranges", "states"),
    [(False, None), (True, None), (True, "bytes 0-9/10"), (True, "bytes */5000"), (True, "")],
)
@pytest.mark.parametrize(
    "left", [b"", SHORT[:1000], b"of another file", SHORT, SHORT[:-1] + b"!", SHORT + b"more", bytes(2 * len(SHORT))]
)
def test_whatever_an_earlier_try_left_the_file_comes_whole(host, tmp_path, left, knows_ranges, states):
    Host.body, Host.knows_ranges, Host.states = SHORT, knows_ranges, states
    (tmp_path / "sam_vit_b_01ec64.pth.part").write_bytes(left)
    path = download(small_sam(host), tmp_path, Monitor())
    assert path.read_bytes() == SHORT and list(tmp_path.iterdir()) == [path]
    assert (Host.ranges == []) == (left == SHORT)


@pytest.mark.parametrize("left", [0, 1000, len(SHORT), len(SHORT) + 1])
@pytest.mark.parametrize("size", [len(SHORT) - 1000, len(SHORT) + 1000])
def test_a_host_of_a_shorter_or_longer_file_is_told_as_such(host, tmp_path, left, size):
    """It refuses to go on from behind its own end, or sends more than there is to be."""
    Host.body = SHORT
    (tmp_path / "sam_vit_b_01ec64.pth.part").write_bytes(bytes(left))
    with pytest.raises(MissingWeightsError, match=r"stopped|did not send") as caught:
        download(replace(small_sam(host), size=size, sha256="0" * 64), tmp_path, Monitor())
    assert "416" not in str(caught.value).replace(host, "")  # whose port may hold any digits


def not_writable(folder):
    folder.mkdir()
    folder.chmod(0o555)


USELESS = {
    "not writable": not_writable,
    "a file": lambda folder: folder.write_text("a file"),
    "a dangling link": lambda folder: folder.symlink_to("nowhere"),
    "a loop": lambda folder: folder.symlink_to(folder),
    "below a file": lambda folder: folder.parent.write_text("a file"),
    "of too long a name": lambda folder: None,
}


@pytest.mark.parametrize("what", USELESS)
@pytest.mark.parametrize("name", ["sam_vit_b", "depth-anything-v2-small"])
def test_a_folder_that_takes_no_download_is_told_as_such(host, no_cache, what, name):
    folder = no_cache / ("x" * 300 if what == "of too long a name" else "below" if what == "below a file" else "") / "w"
    USELESS[what](folder)
    weights = small_sam(host) if name == "sam_vit_b" else weights_named(name)
    with stopped_by_modes(), pytest.raises(MissingWeightsError) as caught:
        download(weights, folder, Monitor())
    assert str(caught.value).startswith(f"{folder} cannot be written to (") and "\n" not in str(caught.value)
    assert Host.ranges == []


def test_a_cancelled_download_leaves_nothing_in_place(host, tmp_path):
    monitor = Monitor(lambda event: monitor.cancel())
    with pytest.raises(Cancelled):
        download(small_sam(host), tmp_path, monitor)
    assert not (tmp_path / "sam_vit_b_01ec64.pth").exists()


def test_a_download_of_something_else_is_thrown_away(host, tmp_path):
    with pytest.raises(MissingWeightsError, match="did not send SAM ViT-B"):
        download(replace(small_sam(host), sha256="0" * 64), tmp_path, Monitor())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_sentence(host, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(MissingWeightsError, match="The disk is full: SAM ViT-B needs 5 MB free"):
        download(small_sam(host), tmp_path, Monitor())


def test_a_disk_that_fills_up_on_the_way_is_one_sentence(host, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "_append", full)
    with pytest.raises(MissingWeightsError, match="The disk is full"):
        download(small_sam(host), tmp_path, Monitor())


def test_a_repository_downloads_file_by_file_to_its_place(host, no_cache):
    weights = weights_named("levitor-controlnet")
    place = download(weights, no_cache / "checkpoints", Monitor())
    assert place == no_cache / "checkpoints" / "LeviTor" / "controlnet"
    assert (place / "diffusion_pytorch_model.safetensors").read_bytes() == BODY
    assert weights.missing_files(place) == ()


def test_of_a_repository_the_named_commit_comes_and_what_has_another_sum_is_thrown_away(host, no_cache):
    weights = replace(weights_named("depth-anything-v2-small"), sums=(("model.safetensors", ETAG),))
    place = download(weights, no_cache, Monitor())
    assert len(Host.paths) == 3 and all(f"/resolve/{weights.revision}/" in path for path in Host.paths)
    (place / "model.safetensors").unlink()
    with pytest.raises(MissingWeightsError, match="did not send Depth Anything V2 Small"):
        download(replace(weights, sums=(("model.safetensors", "0" * 64),)), no_cache, Monitor())
    assert weights.missing_files(place) == ("model.safetensors",)


def test_what_is_pinned_is_a_commit_and_sums_of_files_that_are_fetched():
    for row in TABLE:
        assert re.fullmatch("[0-9a-f]{40}" if row.revision else "", row.revision)
        assert {name for name, _ in row.sums} <= {names[0] for names in row.files}
        assert all(re.fullmatch("[0-9a-f]{64}", told) for _, told in row.sums)
    unpinned = {row.name for row in TABLE if not (row.revision or row.sha256)}
    assert unpinned == {"levitor-controlnet", "levitor-unet"}  # their sums are published nowhere


def test_the_pinned_commit_is_found_in_the_hub_cache_and_else_that_of_main(no_cache):
    weights, folders = weights_named("depth-anything-v2-small"), []
    for commit in ("1" * 40, weights.revision):
        snapshot = no_cache / "hub-cache" / f"models--{weights.repository.replace('/', '--')}" / "snapshots" / commit
        snapshot.mkdir(parents=True)
        for names in weights.files:
            (snapshot / names[0]).touch()
        folders.append(snapshot)
    (snapshot.parent.parent / "refs").mkdir()
    (snapshot.parent.parent / "refs" / "main").write_text("1" * 40)
    assert Checkpoints(no_cache).find(weights.name) == folders[1]
    shutil.rmtree(folders[1])
    assert Checkpoints(no_cache).find(weights.name) == folders[0]


def test_a_gated_repository_says_how_to_be_let_in(host, no_cache):
    Host.gated = True
    with pytest.raises(MissingWeightsError, match=r"accept its licence at .* set HF_TOKEN") as caught:
        download(weights_named("stable-video-diffusion-img2vid-xt"), no_cache, Monitor())
    assert "\n" not in str(caught.value)


def test_offline_is_honoured(host, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MissingWeightsError, match="HF_HUB_OFFLINE is set"):
        download(small_sam(host), tmp_path, Monitor())
    assert Host.ranges == []


def test_a_host_that_never_answers_is_asked_once(tmp_path):
    unreachable.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert "does not answer" in unreachable(address, seconds=0.2)
        silent.settimeout(1)
        silent.accept()[0].close()
        assert "does not answer" in unreachable(address, seconds=0.2)
        silent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent.accept()
    unreachable.cache_clear()


def test_a_host_that_refuses_is_unreachable_and_named(tmp_path):
    unreachable.cache_clear()
    with pytest.raises(MissingWeightsError, match=r"http://127\.0\.0\.1:9/sam\.pth cannot be reached"):
        download(small_sam("http://127.0.0.1:9"), tmp_path, Monitor())
    unreachable.cache_clear()


@pytest.fixture(scope="module")
def toy_svd(tmp_path_factory):
    """The video model's real classes at toy size, saved as the real folder."""
    from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    folder = tmp_path_factory.mktemp("svd")
    UNetSpatioTemporalConditionModel(
        block_out_channels=(32, 64, 64, 64),
        num_attention_heads=(2, 4, 4, 4),
        cross_attention_dim=32,
        addition_time_embed_dim=32,
        projection_class_embeddings_input_dim=96,
        num_frames=2,
    ).save_pretrained(folder / "unet")
    AutoencoderKLTemporalDecoder(block_out_channels=(32, 32), layers_per_block=1).save_pretrained(folder / "vae")
    clip = CLIPVisionConfig(hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2)
    CLIPVisionModelWithProjection(clip).save_pretrained(folder / "image_encoder")
    normalisation = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    files = {"model_index.json": {}, "scheduler/scheduler_config.json": SVD_SCHEDULE}
    for name, values in (files | {"feature_extractor/preprocessor_config.json": normalisation}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(values))
    return folder


def test_a_video_model_folder_is_checked_part_by_part(toy_svd, no_cache):
    weights = weights_named("stable-video-diffusion-img2vid-xt")
    here = shutil.copytree(toy_svd, no_cache / weights.place)
    assert Checkpoints(no_cache).require(weights.name) == here
    shutil.copy(here / "unet/diffusion_pytorch_model.safetensors", here / "vae/diffusion_pytorch_model.safetensors")
    with pytest.raises(MissingWeightsError, match=r"vae/diffusion_pytorch_model.safetensors lacks"):
        Checkpoints(no_cache).require(weights.name)
    (here / "image_encoder" / "model.safetensors").unlink()
    with pytest.raises(MissingWeightsError, match=r"image_encoder/model.fp16.safetensors is missing"):
        Checkpoints(no_cache).require(weights.name)
