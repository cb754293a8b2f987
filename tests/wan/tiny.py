"""Tiny Wan checkpoints: the real classes at toy size, in the released layout."""

from pathlib import Path

import torch

from tests.levitor.conftest import write_json

WORDS = ["<pad>", "</s>", "<unk>", "a", "ball", "rolls", "blurry"]


def write_wan(folder: Path, two_experts: bool = False) -> Path:
    """TI2V-5B's layout, or with two experts I2V-A14B's."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel

    torch.manual_seed(5)
    channels, given = (16, 20) if two_experts else (48, 0)
    shape = {
        "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 12, "in_channels": channels + given,
        "out_channels": channels, "text_dim": 16, "freq_dim": 32, "ffn_dim": 32, "num_layers": 1,
        "cross_attn_norm": True, "rope_max_seq_len": 32,
    }  # fmt: skip
    for name in ("transformer", "transformer_2")[: 1 + two_experts]:
        WanTransformer3DModel(**shape).save_pretrained(folder / name)
    statistics = {"latents_mean": [0.0] * channels, "latents_std": [1.0] * channels}
    vae = {"base_dim": 3, "z_dim": channels, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1, **statistics}
    if not two_experts:
        vae |= {"is_residual": True, "in_channels": 12, "out_channels": 12, "patch_size": 2, "scale_factor_spatial": 16}
    AutoencoderKLWan(**vae).save_pretrained(folder / "vae")
    UniPCMultistepScheduler(use_flow_sigmas=True, flow_shift=5.0).save_pretrained(folder / "scheduler")
    write_text(folder)
    index = {"boundary_ratio": 0.9} if two_experts else {"expand_timesteps": True}
    write_json(folder / "model_index.json", {"_class_name": "WanImageToVideoPipeline", **index})
    return folder


def write_text(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder / "tokenizer")
    config = UMT5Config(vocab_size=len(WORDS), d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    UMT5EncoderModel(config).save_pretrained(folder / "text_encoder")
