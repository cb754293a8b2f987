"""Loading the released folder layout: what it reads, and one sentence naming the file for all it must refuse."""

import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from levitor_core.errors import MissingWeightsError
from levitor_core.renderers.levitor.architecture import SHARED, SVD_SCHEDULE, controlnet_config, read_scheduler
from levitor_core.renderers.levitor.loading import load_networks
from levitor_core.renderers.levitor.memory import NETWORKS
from tests.in_memory import lies_in

SVD = "stable-video-diffusion-img2vid-xt"
WEIGHTS = "diffusion_pytorch_model.safetensors"
CONTROLNET = f"LeviTor/controlnet/{WEIGHTS}"
CONFIG = "LeviTor/controlnet/config.json"
SCHEDULER = f"{SVD}/scheduler/scheduler_config.json"
PREPROCESSOR = f"{SVD}/feature_extractor/preprocessor_config.json"
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
    "too few heads": (CONFIG, lambda root: edit_json(root / CONFIG, num_attention_heads=[2])),
    "with id feature": (CONFIG, lambda root: edit_json(root / CONFIG, with_id_feature=True)),
    "other control": (CONFIG, lambda root: edit_json(root / CONFIG, conditioning_channels=4)),
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
        SCHEDULER,
        lambda root: (root / SCHEDULER).unlink(),
    ),
    "scheduler of text": (
        SCHEDULER,
        lambda root: edit_json(root / SCHEDULER, beta_start="a"),
    ),
    "only a pickled unet": (
        f"{SVD}/unet/{WEIGHTS}",
        lambda root: (root / SVD / "unet" / WEIGHTS).rename(root / SVD / "unet" / "diffusion_pytorch_model.bin"),
    ),
    "two colours": (PREPROCESSOR, lambda root: edit_json(root / PREPROCESSOR, image_std=[0.3, 0.3])),
    "no normalisation": (
        PREPROCESSOR,
        lambda root: edit_json(root / PREPROCESSOR, remove="image_mean"),
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


def test_loaded_networks_need_their_files_no_more(copied, folders):
    networks = load_networks(folders(copied), torch.float32, ON_CPU)
    assert not lies_in(copied) and networks


def test_every_tensor_arrives_and_unknown_config_fields_do_not_matter(networks, checkpoint_root):
    on_disk = load_file(checkpoint_root / CONTROLNET)
    loaded = networks.controlnet.state_dict()
    assert on_disk.keys() == loaded.keys()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in on_disk.items())
    assert networks.scheduler.config["prediction_type"] == "v_prediction"


def test_what_the_controlnet_shares_with_the_unet_comes_from_there(copied, folders, networks):
    """Also where no tensor's shape would tell, as for heads."""
    edit_json(copied / CONFIG, remove="num_attention_heads", **dict.fromkeys(SHARED))
    controlnet = load_networks(folders(copied), torch.float32, ON_CPU).controlnet
    assert all(list_of(controlnet.config[name]) == list_of(networks.unet.config[name]) for name in SHARED)
    assert controlnet.mid_block.attentions[0].transformer_blocks[0].attn1.heads == 4


def list_of(value):
    return list(value) if isinstance(value, tuple | list) else value


@pytest.mark.parametrize("value", ["other", 3, [3, 3, 3, 3], [4, 4, 8, 8], {}, False])
@pytest.mark.parametrize("name", SHARED)
def test_a_controlnet_whose_config_disagrees_with_the_unets_is_refused_by_name(name, value, copied):
    edit_json(copied / CONFIG, **{name: value})
    with pytest.raises(MissingWeightsError, match=rf"gives {name} as .* but .*unet/config.json has .*one release\.$"):
        controlnet_config(copied / "LeviTor/controlnet", copied / SVD / "unet")


def test_one_value_for_all_blocks_agrees_with_a_list_of_it(copied):
    edit_json(copied / SVD / "unet" / "config.json", layers_per_block=[1, 1, 1, 1], cross_attention_dim=[32] * 4)
    edit_json(copied / CONFIG, transformer_layers_per_block=[1, 1, 1, 1])
    config = controlnet_config(copied / "LeviTor/controlnet", copied / SVD / "unet")
    assert (config["layers_per_block"], config["cross_attention_dim"]) == (1, 32)


def test_without_any_unet_the_published_one_is_what_a_controlnet_shares(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    config = controlnet_config(tmp_path, None)
    assert config["num_attention_heads"] == [5, 10, 20, 20] and config["block_out_channels"] == [320, 640, 1280, 1280]
    assert config["cross_attention_dim"] == 1024 and config["projection_class_embeddings_input_dim"] == 768


@pytest.mark.parametrize("name", SVD_SCHEDULE)
def test_another_noise_schedule_than_stable_video_diffusions_is_refused_by_the_field(name, copied):
    others = {"prediction_type": "epsilon", "timestep_type": "discrete", "timestep_spacing": "trailing"}
    others |= {"interpolation_type": "log_linear", "beta_schedule": "linear", "final_sigmas_type": "sigma_min"}
    others |= {"trained_betas": [0.5] * 1000}
    if name not in others:
        others[name] = not SVD_SCHEDULE[name] if isinstance(SVD_SCHEDULE[name], bool) else SVD_SCHEDULE[name] * 2
    edit_json(copied / SCHEDULER, **{name: others[name]})
    with pytest.raises(MissingWeightsError, match=rf"scheduler_config.json .*({name}|damaged)"):
        read_scheduler(copied / SCHEDULER)


def test_a_schedule_of_another_class_or_without_its_fields_is_refused(copied):
    edit_json(copied / SCHEDULER, _class_name="DPMSolverMultistepScheduler")
    with pytest.raises(MissingWeightsError, match=r"_class_name is .DPMSolverMultistepScheduler"):
        read_scheduler(copied / SCHEDULER)
    replace_file(copied / SCHEDULER, b"{}")
    with pytest.raises(MissingWeightsError, match="is not Stable Video Diffusion's noise schedule"):
        read_scheduler(copied / SCHEDULER)


def test_fields_of_other_schedulers_that_published_configs_carry_do_not_matter(copied):
    edit_json(copied / SCHEDULER, clip_sample=False, set_alpha_to_one=False, skip_prk_steps=True, trained_betas=None)
    assert read_scheduler(copied / SCHEDULER).config["sigma_max"] == 700


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


@pytest.mark.parametrize(("unet", "expected"), [("base", 0.0), ("levitor", 7.0)])
def test_the_unet_of_the_levitor_folder_is_used_only_when_asked_for(unet, expected, copied, folders):
    """Whoever downloads the whole repository has it; the released demo never loads it."""
    base, released = copied / SVD / "unet", copied / "LeviTor" / "unet"
    shutil.copytree(base, released)
    edit_tensors(base / WEIGHTS, lambda tensors: tensors["conv_out.bias"].fill_(0.0))
    edit_tensors(released / WEIGHTS, lambda tensors: tensors["conv_out.bias"].fill_(7.0))
    networks = load_networks(folders(copied), torch.float32, ON_CPU, unet)
    assert networks.unet.state_dict()["conv_out.bias"].tolist() == [expected] * 4


def test_the_controlnet_must_agree_with_the_unet_that_was_chosen(copied, folders):
    shutil.copytree(copied / SVD / "unet", copied / "LeviTor" / "unet")
    edit_json(copied / "LeviTor" / "unet" / "config.json", num_attention_heads=[4, 4, 8, 8])
    load_networks(folders(copied), torch.float32, ON_CPU)
    with pytest.raises(MissingWeightsError, match=r"LeviTor/unet/config\.json has"):
        load_networks(folders(copied), torch.float32, ON_CPU, "levitor")


@pytest.mark.parametrize("variant", [".fp16", ""])
def test_half_or_full_weights_alone_are_enough(variant, copied, folders):
    for path in list(copied.rglob("*.safetensors")):
        path.rename(path.with_name(f"{path.name.split('.')[0]}{variant}.safetensors"))
    load_networks(folders(copied), torch.float16, ON_CPU)


def test_weights_in_eight_bits_are_widened(copied, folders):
    tensors = {name: tensor.to(torch.float8_e4m3fn) for name, tensor in load_file(copied / CONTROLNET).items()}
    (copied / CONTROLNET).unlink()
    save_file(tensors, copied / CONTROLNET)
    loaded = load_networks(folders(copied), torch.float32, ON_CPU).controlnet.state_dict()
    assert all(torch.equal(loaded[name], tensor.float()) for name, tensor in tensors.items())


def test_position_ids_of_older_files_are_no_weights(copied, folders):
    path = copied / SVD / "image_encoder" / "model.safetensors"
    ids = {"vision_model.embeddings.position_ids": torch.arange(50)[None]}
    edit_tensors(path, lambda tensors: tensors.update(ids))
    assert load_networks(folders(copied), torch.float32, ON_CPU).image_encoder.config.projection_dim == 32
