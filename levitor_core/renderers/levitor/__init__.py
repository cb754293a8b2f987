"""The paper's model: Stable Video Diffusion, steered by the LeviTor ControlNet.

    project -> control signal -> Job -> [CLIP, VAE] -> Conditions -> sample (ControlNet + UNet, Euler) -> VAE -> Clip

`controlnet` and `residuals` are the network, `sampler` the algorithm, `codec` pictures to latents and back,
`folder` and `loading` the released folders, `memory` what stays on the GPU, `pipeline` these together, `renderer`
the interface, for the released model and for the toy one.
"""

from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.renderers.levitor.renderer import TOY, LeviTorRenderer

__all__ = ["TOY", "CheckpointFolder", "LeviTorRenderer"]
