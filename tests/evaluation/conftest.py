"""A random checkpoint with the toy model's shape: the folders of the released one, a VAE of factor 4."""

import pytest
import torch

from tests.levitor.conftest import SHARED, write_svd

TOY = {**SHARED, "block_out_channels": (32, 32), "num_attention_heads": (2, 2)}
BLOCKS = {
    "down_block_types": ("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
    "up_block_types": ("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
}


@pytest.fixture(scope="session")
def toy_root(tmp_path_factory):
    """Read only."""
    from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel

    from levitor_core.renderers.levitor.controlnet import LeviTorControlNet

    torch.manual_seed(3)
    root = tmp_path_factory.mktemp("toy")
    svd = root / "stable-video-diffusion-img2vid-xt"
    write_svd(svd)
    UNetSpatioTemporalConditionModel(sample_size=8, num_frames=4, **TOY, **BLOCKS).save_pretrained(svd / "unet")
    for old in (svd / "vae").iterdir():
        old.unlink()
    AutoencoderKLTemporalDecoder(
        down_block_types=("DownEncoderBlock2D",) * 3, block_out_channels=(32, 32, 32), layers_per_block=1
    ).save_pretrained(svd / "vae")
    controlnet = LeviTorControlNet(
        **TOY,
        down_block_types=BLOCKS["down_block_types"],
        conditioning_embedding_out_channels=(16, 32, 32),
        control_patch_side=6,
    )
    for parameter in controlnet.parameters():
        if not bool(parameter.any()):
            torch.nn.init.normal_(parameter, std=0.1)
    controlnet.save_pretrained(root / "LeviTor" / "controlnet")
    return root


@pytest.fixture(scope="session")
def model(toy_root):
    """The checkpoint on the CPU."""
    from levitor_core.evaluation.sampling import BatchGenerator

    return BatchGenerator.load(toy_root, torch.device("cpu"))
