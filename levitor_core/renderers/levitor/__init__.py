"""The paper's model: Stable Video Diffusion, steered by the LeviTor ControlNet.

    project -> control signal -> Job -> [CLIP, VAE] -> Conditions -> sample (ControlNet + UNet, Euler) -> VAE -> Clip

`controlnet`, `residuals` and `time_context` are the network, `sampler` the algorithm, `codec` pictures to latents and
back, `inputs` noise and conditions, `folder`, `architecture` and `loading` the released folders and what they must
hold, `memory` what stays on the device, `pipeline` these together (training and evaluation stand on it too), `renderer`
the interface, for the released model and the toy.
"""

from levitor_core.renderers.levitor.folder import CheckpointFolder
from levitor_core.renderers.levitor.renderer import TOY, LeviTorRenderer

__all__ = ["TOY", "CheckpointFolder", "LeviTorRenderer"]
