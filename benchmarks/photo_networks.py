"""What reads a photo, at its real size with random weights, which cost what trained ones cost."""

from typing import Any

from levitor_core.depth.depth_anything import DepthAnything
from levitor_core.segmentation.sam import SamSegmenter

# width, heads, layers, layers that are read, channels of the neck, channels where they are joined
_DEPTH: dict[str, tuple[int, int, int, list[int], list[int], int]] = {
    "Small": (384, 6, 12, [3, 6, 9, 12], [48, 96, 192, 384], 64),
    "Large": (1024, 16, 24, [5, 12, 18, 24], [256, 512, 1024, 1024], 256),
}


def depth_anything(size: str, device: str) -> DepthAnything:
    """Depth Anything V2 Small or Large."""
    import torch
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessor

    width, heads, layers, read, neck, joined = _DEPTH[size]
    configure: Any = Dinov2Config  # its signature hides out_indices
    backbone = configure(
        hidden_size=width,
        num_attention_heads=heads,
        num_hidden_layers=layers,
        image_size=518,
        out_indices=read,
        apply_layernorm=True,
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=width, neck_hidden_sizes=neck, fusion_hidden_size=joined
    )
    processor = DPTImageProcessor(
        size={"height": 518, "width": 518}, keep_aspect_ratio=True, ensure_multiple_of=14, resample=3
    )
    torch.manual_seed(0)
    model: Any = DepthAnythingForDepthEstimation(config)
    return DepthAnything(model.to(device).eval(), processor)


def sam(size: str, device: str) -> SamSegmenter:
    """SAM `vit_b` or `vit_h`."""
    import torch
    from segment_anything import sam_model_registry

    torch.manual_seed(0)
    return SamSegmenter(sam_model_registry[size]().to(device).eval(), f"SAM {size}")
