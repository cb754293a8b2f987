"""What is trained: SVD with a ControlNet grown from its encoder (paper section 3.2), or both fresh at toy size."""

from pathlib import Path
from typing import Any, cast

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import AutoencoderKLTemporalDecoder
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from jaxtyping import Float
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection
from transformers.utils.constants import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from levitor_core.errors import InputError
from levitor_core.renderers.levitor import codec
from levitor_core.renderers.levitor.architecture import SHARED, SVD_SCHEDULE, read_normalisation, read_scheduler
from levitor_core.renderers.levitor.controlnet import LeviTorControlNet
from levitor_core.renderers.levitor.folder import FINE_TUNED_UNET, VIDEO_MODEL, CheckpointFolder
from levitor_core.renderers.levitor.loading import Networks, load_network, load_networks
from levitor_core.renderers.levitor.memory import NETWORKS
from levitor_core.renderers.levitor.residuals import predict
from levitor_core.training.config import ModelConfig, TrainingConfig

COPIED = ("conv_in", "time_embedding", "add_embedding", "down_blocks", "mid_block")
EMBEDDED_IDS, CONTEXT = 32, 32  # toy widths of added_time_ids' and CLIP's embeddings


class Trainee(nn.Module):
    """UNet and ControlNet as one module, which is what data parallelism wants.

    `units`: what one unit of each control channel is while training, so that heat and disparity up to 255 and ids of
    1 to 10 reach one layer alike; `released_state` folds it into that layer's weights.
    """

    units: Tensor

    def __init__(
        self, unet: UNetSpatioTemporalConditionModel, controlnet: LeviTorControlNet, units: tuple[float, ...]
    ) -> None:
        super().__init__()
        self.unet, self.controlnet = unet, controlnet
        self.register_buffer("units", torch.tensor(units).reshape(3, 1, 1), persistent=False)

    def forward(
        self,
        sample: Float[Tensor, "b f both h w"],
        timestep: Float[Tensor, " b"],
        image_embedding: Float[Tensor, "b 1 d"],
        added_time_ids: Float[Tensor, "b 3"],
        control: Float[Tensor, "b f 3 H W"],
    ) -> Float[Tensor, "b f c h w"]:
        """The UNet's prediction with the ControlNet's residuals; control raw, 0..255."""
        inputs = (sample, timestep, image_embedding, added_time_ids)
        residuals = self.controlnet(*inputs, self.controlnet.embed_control(control / self.units))
        return predict(self.unet, *inputs, residuals)


FIRST_WEIGHT = "controlnet.controlnet_cond_embedding.conv_in.weight"


def released_state(state: dict[str, Tensor], units: tuple[float, ...]) -> dict[str, Tensor]:
    """A trainee's tensors as the app runs them, taking raw control; with 1 / units, the way back."""
    scale = torch.tensor(units, device=state[FIRST_WEIGHT].device).reshape(1, 3, 1, 1)
    return state | {FIRST_WEIGHT: state[FIRST_WEIGHT] / scale}


def load_base(config: TrainingConfig, device: torch.device) -> tuple[Networks, Trainee]:
    """What training starts from: the networks of `base` and, on `device` in float32, what is trained.

    A frozen UNet is held in the run's precision. Raises MissingWeightsError when `base` is incomplete.
    """
    model = config.model
    networks = (_make_fresh if model.fresh else _load_svd)(config, device)
    trainee = Trainee(networks.unet, networks.steering, model.control_units)
    if model.continue_controlnet:
        inverse = tuple(1 / unit for unit in model.control_units)
        trainee.load_state_dict(released_state(trainee.state_dict(), inverse))
    trainee.to(device).train()
    networks.steering.requires_grad_(True)
    networks.unet.requires_grad_(model.train_unet or model.fresh)
    if config.run.gradient_checkpointing:
        for network in (networks.unet, networks.steering):
            network.enable_gradient_checkpointing()
    if config.run.plain_attention:
        _use_plain_attention(trainee)
    if not (model.train_unet or model.fresh) and config.run.precision != "no":
        cast(nn.Module, networks.unet).to({"fp16": torch.float16, "bf16": torch.bfloat16}[config.run.precision])
    return networks, trainee


def _use_plain_attention(trainee: Trainee) -> None:
    for name, module in trainee.named_modules():
        if isinstance(module, Attention) and ("temporal" in name or name.endswith("attn2")):
            module.set_processor(AttnProcessor())


def _load_svd(config: TrainingConfig, device: torch.device) -> Networks:
    layout, devices = CheckpointFolder(Path(config.model.base)), _everything_on(device)
    if config.model.continue_controlnet:
        trained = config.model.train_unet and layout.find(FINE_TUNED_UNET) is not None
        return load_networks(layout, torch.float32, devices, "levitor" if trained else "base")
    svd = layout.require(VIDEO_MODEL)
    vae, image_encoder, unet = (
        load_network(name, svd / name, torch.float32, devices) for name in ("vae", "image_encoder", "unet")
    )
    return Networks(
        unet=unet,
        controlnet=controlnet_from_unet(unet, config.model),
        vae=vae,
        image_encoder=image_encoder,
        scheduler=read_scheduler(svd / "scheduler" / "scheduler_config.json"),
        **read_normalisation(svd),
    )


def load_autoencoder(folder: Path, device: torch.device) -> AutoencoderKLTemporalDecoder:
    """A VAE in float32, frozen. Raises MissingWeightsError."""
    return load_network("vae", folder, torch.float32, _everything_on(device))


def _everything_on(device: torch.device) -> dict[str, torch.device]:
    return {name: device for name in NETWORKS}


def controlnet_from_unet(unet: UNetSpatioTemporalConditionModel, model: ModelConfig) -> LeviTorControlNet:
    """A ControlNet that changes nothing yet: the UNet's encoder and middle, then zero convolutions."""
    controlnet = LeviTorControlNet(
        **{name: unet.config[name] for name in SHARED},
        conditioning_embedding_out_channels=model.control_widths,
        control_patch_side=model.control_patch_side,
    )
    for part in COPIED:
        getattr(controlnet, part).load_state_dict(getattr(unet, part).state_dict())
    return controlnet


def _make_fresh(config: TrainingConfig, device: torch.device) -> Networks:
    """Random networks at toy size around the VAE of `base`; CLIP says nothing (a constant context trains best)."""
    model = config.model
    vae = load_autoencoder(CheckpointFolder(Path(model.base)).place(VIDEO_MODEL) / "vae", device)
    factor = codec.latent_factor(vae)
    unet = make_unet(model, vae.config["latent_channels"], (config.data.height // factor, config.data.num_frames))
    return Networks(
        unet=unet,
        controlnet=_make_controlnet(unet, model, factor),
        vae=vae,
        image_encoder=cast(Any, _make_constant_clip()).to(device),
        scheduler=EulerDiscreteScheduler(**SVD_SCHEDULE),
        image_mean=tuple(OPENAI_CLIP_MEAN),
        image_std=tuple(OPENAI_CLIP_STD),
    )


def make_unet(
    model: ModelConfig, latent_channels: int, sample_size_and_frames: tuple[int, int]
) -> UNetSpatioTemporalConditionModel:
    """SVD's UNet with the config's widths and random weights."""
    levels = len(model.block_out_channels)
    return UNetSpatioTemporalConditionModel(
        sample_size=sample_size_and_frames[0],
        num_frames=sample_size_and_frames[1],
        in_channels=2 * latent_channels,
        out_channels=latent_channels,
        down_block_types=("CrossAttnDownBlockSpatioTemporal",) * levels,
        up_block_types=("CrossAttnUpBlockSpatioTemporal",) * levels,
        block_out_channels=model.block_out_channels,
        addition_time_embed_dim=EMBEDDED_IDS,
        projection_class_embeddings_input_dim=3 * EMBEDDED_IDS,
        layers_per_block=model.layers_per_block,
        cross_attention_dim=CONTEXT,
        num_attention_heads=model.num_attention_heads,
    )


def _make_controlnet(unet: UNetSpatioTemporalConditionModel, model: ModelConfig, factor: int) -> LeviTorControlNet:
    if 2 ** (len(model.control_widths) - 1) != factor:
        raise InputError(
            f"model.control_widths must be {factor.bit_length()} numbers, as the VAE has that many levels."
        )
    return controlnet_from_unet(unet, model)


def _make_constant_clip() -> CLIPVisionModelWithProjection:
    """The smallest CLIP, whose embedding is zero for every picture."""
    sizes: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "patch_size": 32}
    config = CLIPVisionConfig(**sizes, num_attention_heads=1, image_size=64, projection_dim=CONTEXT)
    clip = CLIPVisionModelWithProjection(config).eval().requires_grad_(False)
    nn.init.zeros_(clip.visual_projection.weight)
    return clip
