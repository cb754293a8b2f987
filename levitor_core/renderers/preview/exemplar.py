"""Fill a hole with patches of its surroundings, coarse to fine.

The energy is that of Wexler, Shechtman, Irani, "Space-Time Completion of Video" (PAMI 2007): every patch that
touches the hole should look like some patch of the source; patches vote for the hole's colours. Matches are exact
on coarse levels and found by the propagation and random search of Barnes et al., "PatchMatch" (2009) on finer ones,
all targets at once, on patches reduced to their main components.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int

from levitor_core.structures import Mask

RADIUS = 3  # a patch is 7 x 7 pixels
COMPONENTS = 20
BRIDGED_SHARE = 0.25  # of a row; a wider hole is bridged less, one of twice this not at all
MAX_TONE_SHIFT = 10.0  # grey levels
ROW_WEIGHT, COLUMN_WEIGHT = 80.0, 25.0  # grey levels that a source a picture's length up or aside counts as different
FINEST_SIDE, COARSEST_SIDE, LEVEL_RATIO = 256, 40, 1.6
EXACT_SIDE = 100
MAX_FINEST_TARGETS = 14_000
FIRST_ROUNDS, EXACT_ROUNDS, SEARCH_ROUNDS = 6, 3, 2
SEARCH_RADII = (9, 3, 1)
SPECK = 1.5  # times the strong detail of a hole's surroundings
AROUND = 0.3  # of the side of a hole
NEIGHBOURS = ((0, 1), (1, 0), (0, -1), (-1, 0))

Colours = Float32[np.ndarray, "h w 3"]


def fill_by_example(image: Colours, smooth: Colours, hole: Mask, source: Mask) -> Colours | None:
    """The image (0..255) with its hole filled by patches of `source`; None where no whole patch is a source.

    `smooth` is a first guess of the hole's colours. Deterministic.
    """
    random = np.random.default_rng(0)
    level: _Level | None = None
    for size in _sizes(hole):
        small, small_hole, small_source = _shrunk(image, smooth, hole, source, size)
        if not small_hole.any():
            continue
        if level is None:
            small = _with_rows_continued(small, small_hole)
        finer = _Level(small, small_hole, small_source)
        if not len(finer.sources):
            continue
        _solve(finer, level, random)
        level = finer
    return None if level is None else _at_full_size(image, hole, level)


class _Level:
    """One size of the picture: target patches (those that touch the hole), source patches, and their matches."""

    def __init__(self, image: Colours, hole: Mask, source: Mask) -> None:
        self.original, self.image, self.hole = image, image.copy(), hole
        self.height, self.width = hole.shape
        window = np.ones((2 * RADIUS + 1,) * 2, np.uint8)
        target = cv2.dilate(hole.astype(np.uint8), window)
        whole = cv2.erode((source & ~hole).astype(np.uint8), window, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        self.targets = np.flatnonzero(target)
        self.sources = np.flatnonzero(whole)
        self.target_id = _number(self.targets, hole.size)
        self.source_id = _number(self.sources, hole.size)
        self.rows, self.columns = np.divmod(self.targets, self.width)
        depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
        self.confidence = (1.15**-depth).ravel()[self.targets].astype(np.float32)
        if len(self.sources):
            patches = self._patches(self.sources)
            self._components = _main_components(patches)
            self.source_features = self._features(patches, self.sources)

    def _patches(self, at: Int[np.ndarray, " n"]) -> Float32[np.ndarray, "n d"]:
        padded = np.pad(self.image, ((RADIUS, RADIUS), (RADIUS, RADIUS), (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * RADIUS + 1,) * 2, axis=(0, 1))
        return windows[np.divmod(at, self.width)].reshape(len(at), -1)

    def _features(self, patches: Float32[np.ndarray, "n d"], at: Int[np.ndarray, " n"]) -> Float32[np.ndarray, "n f"]:
        scale = np.sqrt(patches.shape[1]) / max(self.height, self.width)
        place = scale * np.array([ROW_WEIGHT, COLUMN_WEIGHT]) * np.stack(np.divmod(at, self.width), 1)
        return np.hstack([patches @ self._components, place]).astype(np.float32)

    def match_exactly(self) -> None:
        """The nearest source of every target, all compared with all."""
        features = self._features(self._patches(self.targets), self.targets)
        half_norm = (self.source_features**2).sum(1) / 2
        chunks = (features[i : i + 512] for i in range(0, len(features), 512))
        best = np.concatenate([np.argmax(part @ self.source_features.T - half_norm, 1) for part in chunks])
        self.match = best
        self.distance = self._distance(features, best)

    def take_matches(self, coarse: "_Level") -> None:
        """Start from a coarser level's matches, moved to the nearest source where they are none here."""
        _, _, row, column = _upsample(coarse, self.hole.shape, self.targets)
        wanted = row.clip(0, self.height - 1) * self.width + column.clip(0, self.width - 1)
        is_source = np.zeros(self.hole.size, np.uint8)
        is_source[self.sources] = 1
        blocked = (1 - is_source).reshape(self.hole.shape)
        _, nearest = cv2.distanceTransformWithLabels(blocked, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        nearest = nearest.ravel().astype(np.int64)
        source_of = np.zeros(int(nearest.max()) + 1, np.int64)
        source_of[nearest[self.sources]] = np.arange(len(self.sources))
        self.match = source_of[nearest[wanted]]

    def search(self, random: np.random.Generator) -> None:
        """Improve matches by those of the four neighbours and by random ones nearby."""
        features = self._features(self._patches(self.targets), self.targets)
        self.distance = self._distance(features, self.match)
        for down, right in NEIGHBOURS:
            beside = (self.rows - down).clip(0, self.height - 1) * self.width + (self.columns - right).clip(
                0, self.width - 1
            )
            neighbour = self.target_id[beside]
            neighbour = np.where(neighbour >= 0, neighbour, np.arange(len(self.targets)))
            shift = self.targets - self.targets[neighbour]
            self._try(features, self.sources[self.match[neighbour]] + shift)
        for radius in SEARCH_RADII:
            step = random.integers(-radius, radius + 1, (2, len(self.targets)))
            self._try(features, self.sources[self.match] + step[0] * self.width + step[1])

    def _try(self, features: Float32[np.ndarray, "n f"], position: Int[np.ndarray, " n"]) -> None:
        candidate = self.source_id[position.clip(0, self.hole.size - 1)]
        distance = np.where(candidate >= 0, self._distance(features, candidate.clip(0)), np.inf)
        better = distance < self.distance
        self.match = np.where(better, candidate, self.match)
        self.distance = np.where(better, distance, self.distance)

    def _distance(self, features: Float32[np.ndarray, "n f"], match: Int[np.ndarray, " n"]) -> np.ndarray:
        difference = features - self.source_features[match]
        return np.einsum("nf,nf->n", difference, difference)

    def _tone_shift(self) -> Float32[np.ndarray, "n 3"]:
        """What a little to add to each matched patch so that its mean is the target's: keeps gradients smooth."""
        window = (2 * RADIUS + 1,) * 2
        wanted = cv2.blur(self.image, window).reshape(-1, 3)[self.targets]
        offered = cv2.blur(self.original, window).reshape(-1, 3)[self.sources[self.match]]
        return (wanted - offered).clip(-MAX_TONE_SHIFT, MAX_TONE_SHIFT)

    def vote(self) -> None:
        """Every pixel of the hole becomes the mean of what the patches over it propose, good matches first."""
        spread = 2 * np.quantile(self.distance, 0.75) + 1e-6
        weight = np.exp(-self.distance / spread) * self.confidence + 1e-6
        padded_width = self.width + 2 * RADIUS
        size = (self.height + 2 * RADIUS) * padded_width
        place = (self.rows + RADIUS) * padded_width + self.columns + RADIUS
        weights, proposed = np.zeros(size, np.float32), np.zeros(size, np.int64)
        weights[place], proposed[place] = weight, self.sources[self.match]
        hole = np.flatnonzero(self.hole)
        rows, columns = np.divmod(hole, self.width)
        hole_place = (rows + RADIUS) * padded_width + columns + RADIUS
        colours = self.original.reshape(-1, 3)
        toned = np.zeros((size, 3), np.float32)
        toned[place] = self._tone_shift()
        total, count = np.zeros((len(hole), 3), np.float32), np.zeros(len(hole), np.float32)
        for down, right in _votes(len(hole)):
            patch = hole_place - down * padded_width - right
            share = weights[patch]
            pixel = (proposed[patch] + down * self.width + right).clip(0, self.hole.size - 1)
            total += share[:, None] * (colours[pixel] + toned[patch])
            count += share
        self.image.reshape(-1, 3)[hole] = total / count[:, None]


def _solve(level: _Level, coarse: _Level | None, random: np.random.Generator) -> None:
    if coarse is not None:
        level.image[level.hole] = _resize(coarse.image, level.hole.shape)[level.hole]
    if coarse is None or max(level.hole.shape) <= EXACT_SIDE:
        for _ in range(FIRST_ROUNDS if coarse is None else EXACT_ROUNDS):
            level.match_exactly()
            level.vote()
        return
    level.take_matches(coarse)
    for _ in range(SEARCH_ROUNDS):
        level.search(random)
        level.vote()


def _sizes(hole: Mask) -> list[tuple[int, int]]:
    """Sizes (h, w), coarse to fine; the finest is bounded by the number of patches to match."""
    long_side = max(hole.shape)
    finest = min(long_side, FINEST_SIDE, long_side * np.sqrt(MAX_FINEST_TARGETS / max(hole.sum(), 1)))
    sides = [finest]
    while sides[-1] / LEVEL_RATIO >= COARSEST_SIDE:
        sides.append(sides[-1] / LEVEL_RATIO)
    return [
        (max(round(hole.shape[0] * side / long_side), 2), max(round(hole.shape[1] * side / long_side), 2))
        for side in reversed(sides)
    ]


def _shrunk(
    image: Colours, smooth: Colours, hole: Mask, source: Mask, size: tuple[int, int]
) -> tuple[Float32[np.ndarray, "rows columns 3"], Bool[np.ndarray, "rows columns"], Bool[np.ndarray, "rows columns"]]:
    """The three at a smaller size; colours near the hole hold nothing of what was in it."""
    known = _resize((~hole).astype(np.float32), size)
    colours = _resize(np.where(hole[..., None], smooth, image), size)
    return colours, known < 0.5, _resize(source.astype(np.float32), size) > 0.99


def _with_rows_continued(image: Colours, hole: Mask) -> Colours:
    """Every row's hole bridged linearly, as far as it has two sides near enough: horizons and grounds are level."""
    bridged = image.copy()
    for row in np.flatnonzero(hole.any(1)):
        known, gap = np.flatnonzero(~hole[row]), np.flatnonzero(hole[row])
        if not len(known):
            continue
        gap = gap[(gap > known[0]) & (gap < known[-1])]
        share = np.clip(2 - len(gap) / (BRIDGED_SHARE * image.shape[1]), 0, 1)
        for channel in range(3):
            bridge = np.interp(gap, known, image[row, known, channel])
            bridged[row, gap, channel] += share * (bridge - bridged[row, gap, channel])
    return bridged


def _at_full_size(image: Colours, hole: Mask, level: _Level) -> Colours:
    """Copy full-size pixels by the finest level's matches, then correct their local mean to that level's."""
    positions = np.flatnonzero(hole)
    total, count = np.zeros((len(positions), 3), np.float32), np.zeros((len(positions), 1), np.float32)
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share, row, column = _copy_from(level, hole, positions, corner)
        total += share * image[row, column]
        count += share
    filled = image.copy()
    filled.reshape(-1, 3)[positions] = total / count
    window = (max(3, 2 * hole.shape[0] // level.height | 1),) * 2
    wanted = _resize(level.image, hole.shape)
    grain, usual = filled - cv2.blur(filled, window), usual_grain(image - cv2.blur(image, window), hole)[..., None]
    toned = wanted + (cv2.blur(wanted, window) - wanted + grain).clip(-usual, usual)
    return np.where(hole[..., None], toned.clip(0, 255), image)


def usual_grain(grain: Colours, hole: Mask) -> Float32[np.ndarray, "h w"]:
    """How far (grey levels) fine detail of the surroundings goes, for every pixel of a hole: what goes further is a
    speck where copies of unlike things meet."""
    usual = np.zeros(hole.shape, np.float32)
    parts, labels = cv2.connectedComponents(hole.astype(np.uint8))
    strength = np.abs(grain).max(-1)
    for part in range(1, parts):
        inside = labels == part
        reach = max(RADIUS, round(AROUND * np.sqrt(inside.sum())))
        around = cv2.dilate(inside.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)).astype(bool) & ~hole
        usual[inside] = SPECK * np.quantile(strength[around], 0.9) if around.any() else 255
    return usual


def _copy_from(
    level: _Level, hole: Mask, positions: Int[np.ndarray, " n"], corner: tuple[int, int]
) -> tuple[Float32[np.ndarray, "n 1"], Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Share, row and column of the pixel that one of the four coarse neighbours proposes for each position."""
    y, x, row, column = _upsample(level, hole.shape, positions, corner)
    row, column = row.clip(0, hole.shape[0] - 1), column.clip(0, hole.shape[1] - 1)
    share = (y * x) ** 2 + 1e-4
    return np.where(hole[row, column], 1e-6, share)[:, None].astype(np.float32), row, column


def _upsample(
    coarse: _Level, size: tuple[int, int], positions: Int[np.ndarray, " n"], corner: tuple[int, int] | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bilinear weights (y, x) of one coarse neighbour (of the nearest without `corner`) and the place it proposes."""
    scale_y, scale_x = size[0] / coarse.height, size[1] / coarse.width
    rows, columns = np.divmod(positions, size[1])
    y, x = (rows + 0.5) / scale_y - 0.5, (columns + 0.5) / scale_x - 0.5
    near_y, near_x = (np.rint(y), np.rint(x)) if corner is None else (np.floor(y) + corner[0], np.floor(x) + corner[1])
    at = (near_y.clip(0, coarse.height - 1) * coarse.width + near_x.clip(0, coarse.width - 1)).astype(np.int64)
    target = coarse.target_id[at]
    matched = np.where(target >= 0, coarse.sources[coarse.match[target.clip(0)]], at)
    down, right = matched // coarse.width - at // coarse.width, matched % coarse.width - at % coarse.width
    row, column = rows + np.rint(down * scale_y), columns + np.rint(right * scale_x)
    return 1 - np.abs(y - near_y), 1 - np.abs(x - near_x), row.astype(np.int64), column.astype(np.int64)


def _main_components(patches: Float32[np.ndarray, "n d"]) -> Float32[np.ndarray, "d f"]:
    """Orthonormal directions that hold most of what patches differ by."""
    sample = patches[:: max(1, len(patches) // 1500)]
    centred = sample - sample.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return axes[:, -COMPONENTS:]


def _votes(hole_size: int) -> list[tuple[int, int]]:
    """Offsets within a patch that vote; every second one where the hole is large."""
    steps = range(-RADIUS, RADIUS + 1) if hole_size < 4000 else range(1 - RADIUS, RADIUS, 2)
    return [(down, right) for down in steps for right in steps]


def _number(positions: Int[np.ndarray, " n"], size: int) -> Int[np.ndarray, " size"]:
    numbers = np.full(size, -1, np.int64)
    numbers[positions] = np.arange(len(positions))
    return numbers


def _resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = size[0] < image.shape[0]
    return cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
