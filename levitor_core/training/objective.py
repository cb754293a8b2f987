"""SVD's fine-tuning objective: v-prediction in its sigma parametrisation (EDM's preconditioning, Karras et al. 2022;
Stable Video Diffusion, Blattmann et al. 2023, appendix D.2).

    noisy = clean + sigma noise;  denoised = c_skip noisy + c_out F(c_in noisy; c_noise);
    loss = mean((1 + sigma^2) / sigma^2 |denoised - clean|^2)
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import torch
from jaxtyping import Float
from torch import Tensor

# scaled noisy latents beside the photo's, noise level, CLIP's embedding, three numbers and the control -> F
Network = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class TrainingBatch:
    """Everything one evaluation needs, all randomness drawn; float32.

    `latents` are clean and multiplied by the VAE's scaling factor, `image_latents` are not (SVD's convention);
    `keep_embedding` and `keep_image` are 0 where that condition is left out; `control` holds raw values 0..255.
    """

    latents: Float[Tensor, "b f c h w"]
    image_latents: Float[Tensor, "b c h w"]
    image_embedding: Float[Tensor, "b 1 d"]
    added_time_ids: Float[Tensor, "b 3"]
    control: Float[Tensor, "b f 3 H W"]
    noise: Float[Tensor, "b f c h w"]
    sigma: Float[Tensor, " b"]
    keep_embedding: Float[Tensor, " b"]
    keep_image: Float[Tensor, " b"]

    def copy_(self, other: Self) -> None:
        """Overwrite the tensors in place, for a captured graph that reads them."""
        for item in fields(self):
            getattr(self, item.name).copy_(getattr(other, item.name))


class Preconditioning(NamedTuple):
    """What scales the network's input and output at a noise level."""

    skip: Tensor
    out: Tensor
    into: Tensor
    noise: Tensor


def preconditioning(sigma: Tensor) -> Preconditioning:
    """Of v-prediction: the network's target has unit variance at every noise level when the data has."""
    spread = (sigma**2 + 1).sqrt()
    return Preconditioning(skip=1 / spread**2, out=-sigma / spread, into=1 / spread, noise=0.25 * sigma.log())


def loss_weight(sigma: Tensor) -> Tensor:
    """Of the squared error of the denoised latents."""
    return (1 + sigma**2) / sigma**2


def losses(network: Network, batch: TrainingBatch) -> Float[Tensor, " b"]:
    """Each clip's weighted mean squared error."""
    sigma = batch.sigma.reshape(-1, 1, 1, 1, 1)
    scale = preconditioning(sigma)
    noisy = batch.latents + sigma * batch.noise
    image = (batch.image_latents * batch.keep_image.reshape(-1, 1, 1, 1))[:, None].expand_as(noisy)
    embedding = batch.image_embedding * batch.keep_embedding.reshape(-1, 1, 1)
    sample = torch.cat([scale.into * noisy, image], dim=2)
    output = network(sample, scale.noise.flatten(), embedding, batch.added_time_ids, batch.control).float()
    denoised = scale.skip * noisy + scale.out * output
    return (loss_weight(sigma) * (denoised - batch.latents) ** 2).mean(dim=(1, 2, 3, 4))
