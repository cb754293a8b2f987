"""From a photo and a control signal to videos: encode, denoise, decode, each network on the device only as planned."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from levitor_core.anchoring.anchor import Anchor
from levitor_core.anchoring.clocks import Grid
from levitor_core.anchoring.guide import Guide
from levitor_core.anchoring.schedules import noising_of
from levitor_core.anchoring.windows import AtOnce, Videos, Window, go_through
from levitor_core.document import MAX_FRAMES
from levitor_core.monitor import ProgressEvent, Stage
from levitor_core.renderers.attempts import Frames
from levitor_core.renderers.levitor import codec, memory
from levitor_core.renderers.levitor.entry import LeviTorSettings
from levitor_core.renderers.levitor.folder import CheckpointsLike
from levitor_core.renderers.levitor.inputs import draw_noises, make_conditions
from levitor_core.renderers.levitor.loading import Networks, load_networks
from levitor_core.renderers.levitor.memory import Setup
from levitor_core.renderers.levitor.sampler import Conditions, Denoiser, guidance_schedule, sample, set_noise_levels
from levitor_core.renderers.levitor.speed import quicken
from levitor_core.renderers.levitor.step import Decoder, Step
from levitor_core.structures import ControlSignal, Image, SizeHW


@dataclass(frozen=True, eq=False)
class Job:
    """One request: `image`, `control` and `guide` share their size, multiples of 8; one video for each of `seeds`,
    in windows where it is longer than `at_once`.

    A model without a ControlNet leaves the control unread; without a `guide` nothing is anchored to Preview.
    """

    image: Image
    control: ControlSignal
    fps: float
    settings: LeviTorSettings
    guide: Guide | None = None
    at_once: AtOnce = AtOnce(MAX_FRAMES)

    @property
    def seeds(self) -> range:
        """Consecutive seeds, one a variant."""
        return range(self.settings.seed, self.settings.seed + self.settings.num_variants)

    @property
    def num_frames(self) -> int:
        """Frames of each video."""
        return len(self.control.values)

    @property
    def size_hw(self) -> SizeHW:
        """Size of each frame."""
        return self.image.shape[0], self.image.shape[1]

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """What is made at once, one after the other."""
        return self.at_once.windows(self.num_frames)

    @property
    def pixels(self) -> int:
        """Pixels of what is made of each video at once, all frames together."""
        return self.windows[0].num_frames * self.image.shape[0] * self.image.shape[1]


@dataclass(frozen=True, eq=False)
class _Turn:
    """One window of the videos of some seeds: their noise, and the frames that they go on from."""

    job: Job
    seeds: range
    number: int
    photo_noise: Float[Tensor, "b 3 h w"]
    noise: Float[Tensor, "b f c rows columns"]
    before: Videos | None

    @property
    def frames(self) -> slice:
        """Which frames of the clip it makes."""
        window = self.job.windows[self.number]
        return slice(window.start, window.stop)

    @property
    def is_last(self) -> bool:
        """Whether the videos are whole after it."""
        return self.number == len(self.job.windows) - 1

    @property
    def photos(self) -> UInt8[np.ndarray, "p h w 3"]:
        """What its videos begin with: the photo that they have in common, or what each has made."""
        return self.job.image[None] if self.before is None else self.before[:, 0]

    def progress(self, title: str, step: int, total: int, stage: Stage = Stage.RENDER) -> ProgressEvent:
        """Where the work on it stands."""
        seeds, windows = self.job.seeds, self.job.windows
        if len(self.seeds) < len(seeds):
            title = f"{title}, video {seeds.index(self.seeds[-1]) + 1} of {len(seeds)}"
        if len(windows) > 1:
            title = f"{title}, part {self.number + 1} of {len(windows)}"
        return ProgressEvent(title, step, total, stage)


class Pipeline:
    """The loaded networks under one set-up. Keeps nothing of a job after it."""

    def __init__(self, networks: Networks, setup: Setup, make: bool = False) -> None:
        """`make` compiles, in minutes, what has no package yet."""
        self.networks, self.setup = networks, setup
        self._step = Step(networks.unet, networks.controlnet)
        self._denoiser = Denoiser(self._step, quicken(self._step, "step", setup.ways, make))
        self._decoder = quicken(Decoder(networks.vae), "decoder", setup.ways_to_frames, make)

    @classmethod
    def load(cls, checkpoints: CheckpointsLike, setup: Setup, make: bool = False) -> "Pipeline":
        """Load every network onto its place. Raises MissingWeightsError."""
        parked, rest = setup.plan.parked, torch.device("cpu")
        places = {name: rest if name in parked else setup.device for name in memory.NETWORKS}
        networks = load_networks(checkpoints, setup.dtype, places, setup.unet, setup.control)
        pipeline = cls(networks, setup, make)
        if setup.device.type == "cuda":
            memory.pin(*(getattr(networks, name) for name in parked if getattr(networks, name)))
        return pipeline

    def generate(self, job: Job) -> Iterator[ProgressEvent | Frames]:
        """Make the videos: yields progress between any two steps and each video when it is done.

        Closing the iterator cancels. Raises NotFiniteError, and torch's own error when memory runs out.
        """
        at_once = memory.variants_at_once(self.setup.plan, self.setup.device, job.pixels, len(job.seeds))
        for start in range(0, len(job.seeds), at_once):
            yield from (yield from self._videos(job, job.seeds[start : start + at_once]))

    def read_photos(
        self, photos: UInt8[np.ndarray, "p h w 3"], noise: Float[Tensor, "b 3 h w"], strength: float
    ) -> tuple[Float[Tensor, "p 1 c"], Float[Tensor, "b channels rows columns"]]:
        """CLIP's embeddings of the photos, and the latents of the photos with `strength` times the noise added to them;
        p is b, or 1 where b videos begin with one photo."""
        networks, pixels = self.networks, codec.to_pixels(photos)
        with memory.at_work(self.setup.device, networks.image_encoder):
            embeddings = codec.embed_images(networks, pixels)
        with memory.at_work(self.setup.device, networks.vae):
            return embeddings, codec.encode(networks.vae, pixels + strength * noise)

    def anchor(self, guides: Sequence[Guide]) -> Anchor:
        """What holds each video to its guide. Raises RendererError for a scheduler that cannot be held."""
        vae, device, noising = self.networks.vae, self.setup.device, noising_of(self.networks.scheduler)
        frames = np.stack([guide.frames for guide in guides])
        grid = Grid(codec.latent_shape(vae, frames.shape[1], frames.shape[2:4])[2:])
        strengths = torch.from_numpy(np.stack([guide.strengths(grid) for guide in guides]))
        with memory.at_work(device, vae):
            reference = codec.encode_clips(vae, torch.from_numpy(frames))
        return Anchor(reference.to(device), noising.level(strengths)[:, :, None].to(device), noising)

    def denoise(
        self,
        noise: Float[Tensor, "b f channels h w"],
        conditions: Conditions,
        settings: LeviTorSettings,
        anchor: Anchor | None = None,
    ) -> Iterator[Float[Tensor, "b f channels h w"]]:
        """The latents after each step; UNet and ControlNet must be at work. Raises NotFiniteError."""
        networks, device = self.networks, self.setup.device
        set_noise_levels(networks.scheduler, settings.steps_taken, settings.speed == "fast", device)
        guidance = guidance_schedule(settings.min_guidance_scale, settings.max_guidance_scale, noise.shape[1])
        return sample(
            self._denoiser,
            networks.scheduler,
            noise.to(device),
            conditions,
            guidance.to(device),
            self.setup.plan.split_guidance,
            mixed_context=settings.time_context == "mixed",
            anchor=anchor,
        )

    def _videos(self, job: Job, seeds: range) -> Generator[ProgressEvent, None, Videos]:
        """Those seeds' videos, window by window."""
        noises = draw_noises(self.networks, seeds, job.num_frames, job.size_hw)

        def make(number: int, before: Videos | None) -> Generator[ProgressEvent, None, Videos]:
            turn = _Turn(job, seeds, number, *noises, before)
            latents = yield from self._denoise(turn)
            videos: list[Frames] = []
            for index, video in enumerate(latents):
                videos.append((yield from self._decode(replace(turn, seeds=seeds[index : index + 1]), video)))
            return np.stack(videos)

        return (yield from go_through(job.windows, make))

    def _denoise(self, turn: _Turn) -> Generator[ProgressEvent, None, Tensor]:
        networks, job, settings = self.networks, turn.job, turn.job.settings
        steps, noise = settings.steps_taken, turn.noise[:, turn.frames]
        yield turn.progress("Reading the photo", 0, 1, Stage.PREPARE)
        photo = self.read_photos(turn.photos, turn.photo_noise, settings.noise_aug_strength)
        anchor = self._anchor_of(turn)
        with memory.at_work(self.setup.device, *networks.denoising):
            control = torch.from_numpy(np.ascontiguousarray(job.control.values[turn.frames]))[None]
            conditions = make_conditions(networks, *photo, control, job.fps, settings)
            yield turn.progress("Denoising", 0, steps)
            latents, denoised = noise, self.denoise(noise, conditions, settings, anchor)
            first = max(1, anchor.count_steps_to_skip(networks.scheduler.sigmas.tolist())) if anchor else 1
            for step, latents in enumerate(denoised, first):  # noqa: B007 (the last one is the result)
                yield turn.progress("Denoising", step, steps)
        return latents

    def _anchor_of(self, turn: _Turn) -> Anchor | None:
        """What holds a window: Preview, and the frames that it goes on from."""
        guide, vae, device = turn.job.guide, self.networks.vae, self.setup.device
        anchor = None
        if guide:
            frames = turn.job.windows[turn.number].within(len(guide.frames))
            anchor = self.anchor([guide.of_frames(frames)]).repeat(len(turn.seeds))
        if turn.before is None:
            return anchor
        with memory.at_work(device, vae):
            before = codec.encode_clips(vae, torch.from_numpy(turn.before)).to(device)
        free = Anchor.free(turn.noise[:, turn.frames].to(device), noising_of(self.networks.scheduler))
        return (anchor or free).go_on_from(before)

    def _decode(self, turn: _Turn, latents: Float[Tensor, "f channels h w"]) -> Generator[ProgressEvent, None, Frames]:
        num_frames = len(latents)
        pixels = codec.latent_factor(self.networks.vae) ** 2 * latents[0, 0].numel()
        chunk = self.setup.plan.frames_decoded_at_once(num_frames, pixels)
        yield turn.progress("Decoding frames", 0, num_frames)
        with memory.at_work(self.setup.device, self.networks.vae):
            parts: list[Frames] = []
            for part in codec.decode(self.networks.vae, latents, chunk, self._decoder):
                parts.append(part)
                done = sum(map(len, parts))
                stage = Stage.DONE if turn.is_last and done == num_frames else Stage.RENDER
                yield turn.progress("Decoding frames", done, num_frames, stage)
        return np.concatenate(parts)
