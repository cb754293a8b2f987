"""Frames to MP4 and GIF files and back; pictures made of frames. SIDE EFFECT: writes to disk, runs ffmpeg.

The ffmpeg is the one that comes with imageio-ffmpeg. Frames are read one by one, so a generator that renders while it
is read is never held whole; when it raises (Cancelled, say), nothing of the file stays.
"""

import colorsys
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from fractions import Fraction
from itertools import chain, zip_longest
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from jaxtyping import Int32, UInt8

from levitor_core.errors import InputError, RendererError, echo
from levitor_core.fields import is_number
from levitor_core.files.credentials import signed
from levitor_core.structures import AnyImage, ControlPoints, Given, Image, SizeHW
from levitor_core.whole_files import surely, temporary_folder

FPS = (0.01, 1000.0)
MAX_READ_SIDE = 4096  # of a video
MAX_GIF_FPS = 50  # browsers play a frame of under two hundredths of a second slowly
GOLDEN_RATIO = 0.618034
FRAME_FILES = "%05d.png"  # of a sequence, counted from 0

_TO_BT709 = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd,format=yuv420p"
# said by a filter: the encoder and the file's colr box take it from the frames, not from options of the same names
_TAGGED_BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
_H264 = ("-vf", f"{_TO_BT709},{_TAGGED_BT709}")
# as clear as "medium" at 18 (42.5 dB against 43.2 on 1080p), a fifth larger, for half the processor time
_H264 += ("-c:v", "libx264", "-preset", "veryfast", "-crf", "15", "-movflags", "+faststart")
_AS_STORED = ("-fps_mode", "passthrough", "-vf", "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp")
_FILMS = ("-protocol_whitelist", "file", "-format_whitelist", "mov,mp4,matroska,webm,gif,avi")  # no lists of addresses
_PRORES = (
    "-c:v",
    "prores_ks",
    "-profile:v",
    "4444",
    "-pix_fmt",
    "yuva444p10le",
    "-alpha_bits",
    "16",
    "-vendor",
    "apl0",
)
_LOSSLESS = ("-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0")


def write_video(frames: Iterable[Image], path: Path, fps: float | Given, about: str = "") -> None:
    """Write an MP4 or a GIF, as the file's ending says, with a comment `about` it; raises InputError for any other, and
    as the writers do."""
    writers = {".mp4": write_mp4, ".gif": write_gif}
    if Path(path).suffix.lower() not in writers:
        raise InputError(f"Videos are written as .mp4 or .gif; {Path(path).name!r} needs another ending.")
    writers[Path(path).suffix.lower()](frames, path, fps, about)


def write_mp4(frames: Iterable[Image], path: Path, fps: float | Given, about: str = "") -> None:
    """Write H.264 (yuv420p, BT.709, index at the front) that browsers play, with a comment `about` it.

    An odd side gets its last row or column twice. A file already at `path` is replaced only by a whole one.
    Raises InputError when there is no frame or the place cannot be written to, RendererError when encoding fails.
    """
    with signed(Path(path), about) as partial:
        _encode((_even(frame) for frame in frames), fps, (*_H264, *_comment(about), "-f", "mp4", _address(partial)))


def write_gif(frames: Iterable[Image], path: Path, fps: float | Given, about: str = "") -> None:
    """Write an endless GIF with one palette for all frames, dithered, at most 50 a second, with a comment `about` it.

    Frames are kept losslessly on disk between the two passes. Raises as `write_mp4` does.
    """
    with signed(Path(path), about) as partial, temporary_folder() as folder:
        _encode(frames, fps, (*_LOSSLESS, "frames.mkv"), folder)
        rate = f"fps={_rate(fps, MAX_GIF_FPS)}"
        palette = "palettegen=stats_mode=full:reserve_transparent=0"
        _ffmpeg("-i", "frames.mkv", "-vf", palette, "palette.png", folder=folder)
        drawn = f"[0:v]{rate}[v];[v][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
        inputs = ("-i", "frames.mkv", "-i", "palette.png")
        _ffmpeg(*inputs, "-lavfi", drawn, "-loop", "0", "-f", "gif", _address(partial), folder=folder)
        if about:
            partial.write_bytes(_with_comment(partial.read_bytes(), about.encode()))


def _comment(about: str) -> tuple[str, ...]:
    return ("-metadata", f"comment={about}") if about else ()


def _with_comment(gif: bytes, comment: bytes) -> bytes:
    """A GIF with a comment before its first frame, in blocks of the length that the format allows."""
    head = 13 + (3 << (gif[10] & 7) + 1 if gif[10] & 128 else 0)  # with the palette
    blocks = (comment[start : start + 255] for start in range(0, len(comment), 255))
    return gif[:head] + b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0" + gif[head:]


def write_prores(pictures: Path, path: Path, fps: float, about: str = "") -> None:
    """Write a folder of pictures called `FRAME_FILES`, with alpha, as ProRes 4444. Raises as `write_mp4` does."""
    with signed(Path(path), about) as partial:
        source = ("-framerate", _rate(fps), "-i", FRAME_FILES)
        _ffmpeg(*source, *_PRORES, *_comment(about), "-f", "mov", _address(partial), folder=pictures)


def read_frames(path: Path) -> Iterator[Image]:
    """The frames of a video file, one by one, each once. Raises InputError when it cannot be read, or is too large."""
    import imageio_ffmpeg

    options = {"input_params": list(_FILMS), "output_params": list(_AS_STORED)}
    try:
        with closing(imageio_ffmpeg.read_frames(_address(path), **options)) as reader:
            width, height = next(reader)["size"]
            if max(width, height) > MAX_READ_SIDE:
                raise InputError(
                    f"The video is {width} x {height}; choose one of at most {MAX_READ_SIDE} pixels a side."
                )
            for data in reader:
                yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
    except (OSError, StopIteration) as error:
        raise InputError(f"The video {Path(path).name!r} cannot be read; choose a whole video file.") from error


def _address(path: Path) -> str:
    """What ffmpeg takes for this file and for nothing else, whatever colons, dashes and signs it is called by."""
    return f"file:{os.path.abspath(path)}"  # noqa: PTH100 - Path.absolute keeps what has been tidied away here


def _encode(frames: Iterable[Image], fps: float | Given, output: Sequence[str], folder: Path | None = None) -> None:
    """Pipe frames of one size to an ffmpeg that runs in `folder`; whatever `frames` raises stops it first."""
    rate, frames = _rate(fps), iter(frames)
    first = next(frames, None)
    if first is None:
        raise InputError("There is no frame to write; ask for at least one.")
    size = f"{first.shape[1]}x{first.shape[0]}"
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", rate, "-i", "-")
    with tempfile.TemporaryFile() as log:
        with _run(_command(*source, *output), stdin=subprocess.PIPE, stderr=log, cwd=folder) as process:
            pipe = cast(IO[bytes], process.stdin)
            _feed(pipe, chain([first], frames), first.shape)
            with suppress(BrokenPipeError):
                pipe.close()
            process.wait()
        _check(process.returncode, log)


@contextmanager
def _run(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that never outlives the block.

    Another thread starts it, out of the terminal's reach: a signal, which Python raises in the main thread, then comes
    neither between the process and its handle nor to the process itself.
    """
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True, **options))  # type: ignore[arg-type]
        return started[0]

    def end() -> None:
        starter.shutdown()
        for process in started:
            _end(process)

    with ThreadPoolExecutor(1) as starter, surely(end):
        yield starter.submit(start).result()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    process.wait()


def _feed(pipe: IO[bytes], frames: Iterable[Image], shape: tuple[int, ...]) -> None:
    for frame in frames:
        if frame.shape != shape or frame.dtype != np.uint8:
            raise ValueError(f"every frame must be uint8 {shape}, not {frame.dtype} {frame.shape}")
        try:
            pipe.write(np.ascontiguousarray(frame).data)
        except BrokenPipeError:  # ffmpeg has given up; its log says why
            return


def _ffmpeg(*arguments: str, folder: Path) -> None:
    with tempfile.TemporaryFile() as log:
        with _run(_command(*arguments), stdin=subprocess.DEVNULL, stderr=log, cwd=folder) as process:
            process.wait()
        _check(process.returncode, log)


def _command(*arguments: str) -> list[str]:
    import imageio_ffmpeg

    return [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-nostdin", *arguments]


def _check(returncode: int, log: IO[bytes]) -> None:
    if returncode == 0:
        return
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines() or [f"ffmpeg ended with {returncode}"]
    if any("No space left" in line for line in lines):
        raise RendererError("The disk is full, so the video could not be written; free some space and try again.")
    raise RendererError(f"The video could not be encoded ({lines[0][:120].rstrip('.')}); try another size or place.")


def _rate(fps: float | Given, most: float = FPS[1]) -> str:
    """Frames a second, at most so many, in ffmpeg's words. Raises InputError for what is no rate."""
    if not is_number(fps, *FPS):
        raise InputError(f"Frames a second must be a number from {FPS[0]:g} to {FPS[1]:g}, not {echo(fps)}.")
    return str(Fraction(min(float(fps), most)).limit_denominator(1001))


def _even(frame: AnyImage) -> Image:
    if frame.shape[0] % 2 == 0 and frame.shape[1] % 2 == 0:
        return frame
    return np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")


def draw_control(
    frames: Iterable[Image], points: ControlPoints, labels: Int32[np.ndarray, "frames rows columns"]
) -> Iterator[Image]:
    """The control drawn over the dimmed video: every id's outline and points in its own colour.

    A nearer point is larger (radius 2 to 8 working pixels) and brighter. The frames may be larger than the
    control; it ends with the shorter of both.
    """
    for index, (frame, ids) in enumerate(zip(frames, labels, strict=False)):
        yield _control_frame(frame, points.rows[points.rows[:, 0] == index], ids, points.size_hw)


def _control_frame(
    frame: Image, rows: np.ndarray, labels: Int32[np.ndarray, "rows columns"], size_hw: SizeHW
) -> UInt8[np.ndarray, "h w 3"]:
    import cv2

    scale = frame.shape[0] / size_hw[0]
    grey = frame.mean(axis=2, keepdims=True)
    drawn = np.ascontiguousarray(((frame * 0.4 + grey * 0.6) * 0.45).astype(np.uint8))
    enlarged = cv2.resize(labels.astype(np.int16), frame.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    for label in np.unique(enlarged[enlarged > 0]).tolist():
        outlines, _ = cv2.findContours((enlarged == label).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, label_colour(label, 0.6), max(1, round(scale)), cv2.LINE_AA)
    for _, row, column, label, disparity in rows.tolist():
        nearness = disparity / 255
        center = round(((column + 0.5) * scale - 0.5) * 16), round(((row + 0.5) * scale - 0.5) * 16)
        radius = (2 + 6 * nearness) * scale * 16
        cv2.circle(drawn, center, round(radius + 24 * scale), (0, 0, 0), -1, cv2.LINE_AA, 4)
        cv2.circle(drawn, center, round(radius), label_colour(label, 0.5 + 0.5 * nearness), -1, cv2.LINE_AA, 4)
    return drawn


def label_colour(label: int, brightness: float = 1.0) -> tuple[int, int, int]:
    """An RGB colour for an id; neighbouring ids get hues far apart."""
    red, green, blue = colorsys.hsv_to_rgb((0.02 + label * GOLDEN_RATIO) % 1, 0.65, brightness)
    return round(red * 255), round(green * 255), round(blue * 255)


def side_by_side(left: Iterable[AnyImage], right: Iterable[AnyImage]) -> Iterator[Image]:
    """Two videos beside each other at the left one's height; the shorter one holds its last frame."""
    one = other = None
    for next_one, next_other in zip_longest(left, right):
        one = one if next_one is None else next_one
        other = other if next_other is None else next_other
        if one is None or other is None:
            return
        yield np.concatenate([one, _at_height(other, one.shape[0])], axis=1)


def frame_strip(frames: Iterable[AnyImage], most: int = 8, gap: int = 4) -> Image:
    """Up to `most` frames, evenly chosen from first to last, in a row with `gap` white pixels between them.

    Raises InputError when there is no frame.
    """
    every = list(frames)
    if not every:
        raise InputError("There is no frame to show; generate a video first.")
    chosen = [every[round(at)] for at in np.linspace(0, len(every) - 1, min(most, len(every)))]
    space = np.full((chosen[0].shape[0], gap, 3), 255, np.uint8)
    return np.concatenate([part for frame in chosen for part in (space, frame)][1:], axis=1)


def _at_height(frame: AnyImage, height: int) -> Image:
    from PIL import Image as PilImage

    if frame.shape[0] == height:
        return frame
    width = round(frame.shape[1] * height / frame.shape[0])
    return np.asarray(PilImage.fromarray(frame).resize((width, height), PilImage.Resampling.LANCZOS))
