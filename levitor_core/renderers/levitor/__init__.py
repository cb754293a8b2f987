"""The paper's model: Stable Video Diffusion, steered by the LeviTor ControlNet.

    project -> control signal -> Job -> [CLIP, VAE] -> Conditions -> sample (ControlNet + UNet, Euler) -> VAE -> Clip

`controlnet`, `residuals` and `time_context` are the network, `sampler` the algorithm, `codec` pictures to latents and
back, `folder`, `architecture` and `loading` the released folders and what they must hold, `device` and `memory` what
computes and what stays there, `pipeline` these together, `renderer` the interface, for the released model and the toy.
"""

from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.renderers.levitor.renderer import TOY, LeviTorRenderer

__all__ = ["TOY", "CheckpointFolder", "LeviTorRenderer"]
