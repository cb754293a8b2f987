"""Loading the released folder layout: what it reads, and one sentence naming the file for all it must refuse."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from levitor_core.errors import MissingWeightsError
from levitor_core.renderers.levitor.loading import load_networks
from levitor_core.renderers.levitor.memory import NETWORKS

SVD = "stable-video-diffusion-img2vid-xt"
WEIGHTS = "diffusion_pytorch_model.safetensors"
CONTROLNET = f"LeviTor/controlnet/{WEIGHTS}"
CONFIG = "LeviTor/controlnet/config.json"
ON_CPU = dict.fromkeys(NETWORKS, torch.device("cpu"))


def replace_file(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def truncate(path: Path) -> None:
    replace_file(path, path.read_bytes()[: path.stat().st_size // 2])


def edit_json(path: Path, remove: str = "", **changes) -> None:
    values = json.loads(path.read_text()) | changes
    values.pop(remove, None)
    replace_file(path, json.dumps(values).encode())


def edit_tensors(path: Path, edit) -> None:
    tensors = load_file(path)
    edit(tensors)
    path.unlink()
    save_file(tensors, path)


def only_pickle(root: Path) -> None:
    (root / CONTROLNET).unlink()
    (root / CONTROLNET).with_suffix(".bin").write_bytes(pickle.dumps({"conv_in.weight": 0}))


def foreign(root: Path) -> None:
    replace_file(root / CONTROLNET, (root / SVD / "unet" / WEIGHTS).read_bytes())


DAMAGE = {
    "weights missing": (CONTROLNET, lambda root: (root / CONTROLNET).unlink()),
    "weights truncated": (CONTROLNET, lambda root: truncate(root / CONTROLNET)),
    "weights empty": (CONTROLNET, lambda root: replace_file(root / CONTROLNET, b"")),
    "a web page": (CONTROLNET, lambda root: replace_file(root / CONTROLNET, b"<!doctype html>" * 99)),
    "weights of another network": (CONTROLNET, foreign),
    "a pickle instead": (CONTROLNET, only_pickle),
    "one tensor less": (CONTROLNET, lambda root: edit_tensors(root / CONTROLNET, lambda t: t.pop("conv_in.bias"))),
    "one tensor more": (
        CONTROLNET,
        lambda root: edit_tensors(root / CONTROLNET, lambda t: t.update(spare=torch.zeros(1))),
    ),
    "another shape": (
        CONTROLNET,
        lambda root: edit_tensors(root / CONTROLNET, lambda t: t.update({"conv_in.bias": torch.zeros(33)})),
    ),
    "integers": (
        CONTROLNET,
        lambda root: edit_tensors(root / CONTROLNET, lambda t: t.update({"conv_in.bias": torch.zeros(32).int()})),
    ),
    "config missing": (CONFIG, lambda root: (root / CONFIG).unlink()),
    "config truncated": (CONFIG, lambda root: truncate(root / CONFIG)),
    "config a list": (CONFIG, lambda root: replace_file(root / CONFIG, b"[]")),
    "config not text": (CONFIG, lambda root: replace_file(root / CONFIG, b"\xff\xfe\x00")),
    "heads not listed": (CONFIG, lambda root: edit_json(root / CONFIG, remove="num_attention_heads")),
    "too few heads": (CONFIG, lambda root: edit_json(root / CONFIG, num_attention_heads=[2])),
    "with id feature": (CONFIG, lambda root: edit_json(root / CONFIG, with_id_feature=True)),
    "unknown blocks": (CONFIG, lambda root: edit_json(root / CONFIG, down_block_types=["Nothing"] * 4)),
    "channels of text": (CONFIG, lambda root: edit_json(root / CONFIG, block_out_channels=["a"] * 4)),
    "no unet": (f"{SVD}/unet/{WEIGHTS}", lambda root: (root / SVD / "unet" / WEIGHTS).unlink()),
    "vae truncated": (
        f"{SVD}/vae/diffusion_pytorch_model.fp16.safetensors",
        lambda root: truncate(root / SVD / "vae" / "diffusion_pytorch_model.fp16.safetensors"),
    ),
    "clip truncated": (
        f"{SVD}/image_encoder/model.safetensors",
        lambda root: truncate(root / SVD / "image_encoder" / "model.safetensors"),
    ),
    "no scheduler": (
        f"{SVD}/scheduler/scheduler_config.json",
        lambda root: (root / SVD / "scheduler" / "scheduler_config.json").unlink(),
    ),
    "scheduler of text": (
        f"{SVD}/scheduler/scheduler_config.json",
        lambda root: edit_json(root / SVD / "scheduler" / "scheduler_config.json", beta_start="a"),
    ),
    "no normalisation": (
        f"{SVD}/feature_extractor/preprocessor_config.json",
        lambda root: edit_json(root / SVD / "feature_extractor" / "preprocessor_config.json", remove="image_mean"),
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_each_damage_is_one_sentence_naming_the_file(case, copied, folders):
    name, damage = DAMAGE[case]
    damage(copied)
    with pytest.raises(MissingWeightsError) as caught:
        load_networks(folders(copied), torch.float32, ON_CPU)
    text = str(caught.value)
    assert str(copied / name) in text
    assert "\n" not in text and text.endswith(".") and text.count(". ") == 0


def test_a_pickle_is_never_run(copied, folders, tmp_path):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "exploded",)

    only_pickle(copied)
    for name in ("diffusion_pytorch_model.bin", "random_states_0.pkl"):
        (copied / "LeviTor" / "controlnet" / name).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(MissingWeightsError):
        load_networks(folders(copied), torch.float32, ON_CPU)
    assert not (tmp_path / "exploded").exists()


def test_every_tensor_arrives_and_unknown_config_fields_do_not_matter(networks, checkpoint_root):
    on_disk = load_file(checkpoint_root / CONTROLNET)
    loaded = networks.controlnet.state_dict()
    assert on_disk.keys() == loaded.keys()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in on_disk.items())
    assert not networks.fine_tuned_unet and networks.scheduler.config["prediction_type"] == "v_prediction"


def test_heads_come_from_the_config(copied, folders):
    """They change no tensor's shape, so only the config can tell."""
    edit_json(copied / CONFIG, num_attention_heads=[4, 4, 8, 8])
    controlnet = load_networks(folders(copied), torch.float32, ON_CPU).controlnet
    assert controlnet.down_blocks[0].attentions[0].transformer_blocks[0].attn1.heads == 4
    assert controlnet.mid_block.attentions[0].transformer_blocks[0].attn1.heads == 8


def test_nothing_is_left_without_storage_and_nothing_trains(networks):
    for name in NETWORKS:
        network = getattr(networks, name)
        assert not network.training
        tensors = [*network.parameters(), *network.buffers()]
        assert {tensor.device.type for tensor in tensors} == {"cpu"}
        assert not any(tensor.requires_grad for tensor in tensors)


@pytest.mark.parametrize(("dtype", "expected"), [(torch.float32, 1.0), (torch.float16, 2.0)])
def test_the_variant_nearest_to_what_is_asked_is_read(copied, folders, dtype, expected):
    path = copied / SVD / "unet" / WEIGHTS
    edit_tensors(path, lambda tensors: tensors["conv_out.bias"].fill_(1.0))
    half = {name: tensor.half() for name, tensor in load_file(path).items()}
    half["conv_out.bias"].fill_(2.0)
    save_file(half, path.with_name("diffusion_pytorch_model.fp16.safetensors"))
    unet = load_networks(folders(copied), dtype, ON_CPU).unet
    assert unet.dtype == dtype
    assert unet.state_dict()["conv_out.bias"].tolist() == [expected] * 4


def test_the_released_unet_is_used_when_it_is_there(copied, folders):
    released = copied / "LeviTor" / "unet"
    (copied / SVD / "unet").rename(released)
    edit_tensors(released / WEIGHTS, lambda tensors: tensors["conv_out.bias"].fill_(7.0))
    networks = load_networks(folders(copied), torch.float32, ON_CPU)
    assert networks.fine_tuned_unet
    assert networks.unet.state_dict()["conv_out.bias"].tolist() == [7.0] * 4


def test_position_ids_of_older_files_are_no_weights(copied, folders):
    path = copied / SVD / "image_encoder" / "model.safetensors"
    ids = {"vision_model.embeddings.position_ids": torch.arange(50)[None]}
    edit_tensors(path, lambda tensors: tensors.update(ids))
    assert load_networks(folders(copied), torch.float32, ON_CPU).image_encoder.config.projection_dim == 32
