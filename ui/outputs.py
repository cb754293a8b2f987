"""SIDE EFFECT: finished videos and the files made from them, all in the tab's own folder."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image as PilImage
from PIL.PngImagePlugin import PngInfo

from levitor_core.control.steering import Steering
from levitor_core.engine import Engine
from levitor_core.errors import InputError, LevitorError
from levitor_core.files import video_io
from levitor_core.files.project_file import open_project, save
from levitor_core.monitor import Monitor
from levitor_core.provenance import about
from levitor_core.renderers import with_settings
from levitor_core.structures import AnyImage, Clip, Image, Project
from levitor_core.whole_files import replacing

MAX_VIDEOS = 24
STRIP_FRAMES, STRIP_SIDE, OVERLAY_SIDE = 8, 480, 720
SKETCH_FRAMES, SKETCH_SIDE = 3, 360
ADHERENCE_FRAMES = 25


@dataclass(frozen=True, eq=False)
class FinishedVideo:
    """One finished video, a picture of it, and the file of the project that made it, which would fill the memory."""

    video: Path
    poster: Image
    made_from: Path
    seed: int
    num_frames: int
    fps: float
    caption: str
    renderer: str
    notes: tuple[str, ...] = ()
    about: str = ""

    @property
    def project(self) -> Project:
        """The project that makes this very video. Raises InputError when its file is gone."""
        made = replace(open_project(self.made_from), opened=None)
        return with_settings(made, seed=self.seed, num_variants=1)


@dataclass(frozen=True, eq=False)
class FinishedVideos:
    """A tab's finished videos, newest first, and which one is shown."""

    items: tuple[FinishedVideo, ...] = ()
    shown: int = 0

    @property
    def current(self) -> FinishedVideo:
        """The one on show; InputError before the first."""
        if not self.items:
            raise InputError("There is no video yet; press Generate first.")
        return self.items[self.shown]

    def with_new(self, made: tuple[FinishedVideo, ...]) -> "FinishedVideos":
        """These videos after a run; the run's first video is shown."""
        return FinishedVideos((*made, *self.items)[:MAX_VIDEOS])

    def show(self, index: int) -> "FinishedVideos":
        """Another one on show."""
        return replace(self, shown=min(max(index, 0), len(self.items) - 1))


def render_videos(engine: Engine, project: Project, folder: Path, monitor: Monitor) -> tuple[FinishedVideo, ...]:
    """Render a project and write every clip as MP4 into `folder`, beside the project."""
    first = len({path.name.split("-")[1] for path in folder.glob("try-*.mp4")}) + 1
    made_from = folder / f"try-{first}.levitor"
    save(project, made_from)
    return tuple(
        _write(engine, clip, project, made_from, number)
        for number, clip in enumerate(engine.render(project, monitor), first)
    )


def thumbnail(photo: Image, side: int = 320) -> AnyImage:
    """A small copy for a gallery."""
    small = PilImage.fromarray(photo)
    small.thumbnail((side, side), PilImage.Resampling.LANCZOS)
    return np.asarray(small)


def write_gif(shown: FinishedVideo) -> Path:
    """The video as a GIF, beside its MP4."""
    path = shown.video.with_suffix(".gif")
    if not path.exists():
        video_io.write_gif(video_io.read_frames(shown.video), path, shown.fps, shown.about)
    return path


def write_strip(shown: FinishedVideo) -> Path:
    """Some frames of the video, evenly spaced, side by side as one PNG."""
    path = shown.video.with_name(f"{shown.video.stem}-strip.png")
    wanted = set(np.linspace(0, shown.num_frames - 1, STRIP_FRAMES).round().astype(int).tolist())
    chosen = [thumbnail(f, STRIP_SIDE) for index, f in enumerate(video_io.read_frames(shown.video)) if index in wanted]
    said = PngInfo()
    said.add_itxt("Comment", shown.about)
    with replacing(path) as partial:
        PilImage.fromarray(video_io.frame_strip(chosen)).save(partial, pnginfo=said)
    return path


def write_overlay(engine: Engine, shown: FinishedVideo) -> Path:
    """The video with its control points drawn over it, as an MP4."""
    path = shown.video.with_name(f"{shown.video.stem}-control.mp4")
    if not path.exists():
        steering = engine.steer(shown.project, shown.num_frames)
        frames = [thumbnail(frame, OVERLAY_SIDE) for frame in video_io.read_frames(shown.video)]
        video_io.write_mp4(
            video_io.draw_control(frames, steering.points, steering.rendered.labels), path, shown.fps, shown.about
        )
    return path


def control_sketch(engine: Engine, project: Project, steering: Steering) -> Image:
    """What LeviTor will be told, over the Preview: control points of first, middle and last frame, side by side.

    Raises InputError, naming it, for an object too small to give a point.
    """
    frames = sorted(set(np.linspace(0, steering.num_frames - 1, SKETCH_FRAMES).round().astype(int).tolist()))
    points, labels = steering.points.of_frames(frames), steering.rendered.labels[frames]
    pictures = [thumbnail(picture, SKETCH_SIDE) for picture in engine.pictures(project, steering, frames)]
    return video_io.frame_strip(video_io.draw_control(pictures, points, labels), SKETCH_FRAMES)


def write_beside(engine: Engine, shown: FinishedVideo, monitor: Monitor) -> Path:
    """The video with the Preview of the same project to its right, as an MP4."""
    path = shown.video.with_name(f"{shown.video.stem}-beside-preview.mp4")
    if not path.exists():
        same = {"renderer": "preview", "num_frames": shown.num_frames, "fps": shown.fps}
        as_shot = {"size": "draft", "crop": "none", "loop": "once", "motion_blur": 0.0, "height": None}
        project = with_settings(shown.project, **same, **as_shot)
        (preview,) = engine.render(project, monitor)
        video_io.write_mp4(
            video_io.side_by_side(video_io.read_frames(shown.video), preview.frames), path, shown.fps, shown.about
        )
    return path


def describe_adherence(shown: FinishedVideo) -> str:
    """How well the video followed its paths and what to change, kept beside it; nothing of Preview's own, which is what
    others are compared with, nor of what cannot be compared."""
    from levitor_core.adherence.comparison import compare

    if shown.renderer == "preview":
        return ""
    path = shown.video.with_suffix(".txt")
    if not path.exists():
        try:
            compared = compare(shown.project, video_io.read_frames(shown.video), ADHERENCE_FRAMES)
            text = f"{compared.sentence} {compared.about}"
        except LevitorError:
            text = ""
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _write(engine: Engine, clip: Clip, project: Project, made_from: Path, number: int) -> FinishedVideo:
    path, first = made_from.with_name(f"try-{number}-{clip.renderer}-seed{clip.seed}.mp4"), list[Image]()

    def keep_first() -> Iterator[Image]:
        for frame in clip.frames:
            if not first:
                first.append(thumbnail(frame))
            yield frame

    said = about(clip.renderer, project)
    video_io.write_mp4(keep_first(), path, clip.fps, said)
    title, seconds = engine.renderer(clip.renderer).entry.title, clip.num_frames / clip.fps
    caption = f"Try {number} · {_moving(project)}{title}, seed {clip.seed} · {seconds:.1f} s"
    return FinishedVideo(
        path, first[0], made_from, clip.seed, clip.num_frames, clip.fps, caption, clip.renderer, clip.notes, said
    )


def _moving(project: Project) -> str:
    """What is in motion, as a try is called by it."""
    names = [item.name for item in project.objects if item.moves] + (["camera"] if project.camera.keys else [])
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"{', '.join(names[:2])}{more} · " if names else ""
