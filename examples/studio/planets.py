"""Planets: a banded giant, a cratered moon and stars, painted on two spheres lit from one side."""

from dataclasses import dataclass

import numpy as np

from examples.studio import noise

SUN = np.array([-0.66, -0.40, 0.64]) / np.linalg.norm([-0.66, -0.40, 0.64])  # right, down, towards us


@dataclass(frozen=True)
class Ball:
    """A sphere on the picture: centre and radius in picture heights."""

    x: float
    y: float
    radius: float


GIANT, MOON = Ball(0.889, 0.5, 0.285), Ball(0.36, 0.655, 0.062)


def painted(size_hw: tuple[int, int], balls: tuple[Ball, ...] = (GIANT, MOON)) -> np.ndarray:
    """The picture with those of the two balls, linear light (h, w, 3)."""
    picture = _sky(size_hw)
    for ball in balls:
        picture = _with_ball(picture, ball)
    return picture


def inside(ball: Ball, size_hw: tuple[int, int]) -> np.ndarray:
    """The ball's pixels."""
    x, y = _over(ball, size_hw)
    return x * x + y * y <= 1


def bulge(ball: Ball, size_hw: tuple[int, int]) -> np.ndarray:
    """How much nearer than its rim each pixel of the ball is, 0..1."""
    x, y = _over(ball, size_hw)
    return np.sqrt((1 - x * x - y * y).clip(0))


def _over(ball: Ball, size_hw: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = (np.indices(size_hw).astype(np.float32) + 0.5) / size_hw[0]
    return (columns - ball.x) / ball.radius, (rows - ball.y) / ball.radius


def _sky(size_hw: tuple[int, int]) -> np.ndarray:
    y, x = (np.indices(size_hw) / size_hw[0]).astype(np.float32)
    band = np.exp(-(((y - 0.62 + 0.35 * (x - 0.9)) / 0.34) ** 2))
    cloud = noise.fractal(3 * x + 2 * noise.fractal(2 * x, 2 * y, seed=3), 3 * y, octaves=6, seed=5)
    dust = noise.fractal(5 * x, 5 * y, octaves=5, seed=9)
    glow = (band * (cloud - 0.36).clip(0) * 1.3)[..., None]
    nebula = glow * (np.array([0.10, 0.16, 0.42]) + (dust[..., None] - 0.35) * np.array([0.75, 0.12, 0.25]))
    return (np.array([0.0022, 0.0035, 0.010]) + nebula.clip(0) + _stars(size_hw)).astype(np.float32)


def _stars(size_hw: tuple[int, int]) -> np.ndarray:
    h, w = size_hw
    dice, light = np.random.default_rng(4), np.zeros((h, w, 3), np.float32)
    for _ in range(520):
        cx, cy, power, warmth = dice.uniform(0, w), dice.uniform(0, h), dice.pareto(1.7) + 0.25, dice.normal()
        size = h / 1152 * min(0.7 + 0.25 * power, 2.0)
        left, top, reach = max(0, int(cx - 5 * size)), max(0, int(cy - 5 * size)), int(10 * size) + 2
        part = light[top : top + reach, left : left + reach]
        rows, columns = np.indices(part.shape[:2])
        spot = np.exp(-((rows + top - cy) ** 2 + (columns + left - cx) ** 2) / (2 * size * size))
        part += min(power, 3.5) * 0.4 * spot[..., None] * (1 + warmth * np.array([0.16, 0.0, -0.2])).clip(0.5, 1.4)
    return light


def _with_ball(picture: np.ndarray, ball: Ball) -> np.ndarray:
    x, y = _over(ball, (picture.shape[0], picture.shape[1]))
    r2 = x * x + y * y
    on = r2 <= 1
    z = np.sqrt((1 - r2).clip(0))
    result = picture.copy()
    surface = np.stack([x[on], y[on], z[on]])
    result[on] = (_giant(surface) if ball is GIANT else _moon(surface)).T
    return result.astype(np.float32)


def _giant(n: np.ndarray) -> np.ndarray:
    """Bands that swirl, a storm, darkening to the rim and a soft terminator."""
    tilt = 0.22
    lat = n[1] * np.cos(tilt) + n[0] * np.sin(tilt)
    along = np.arctan2(n[0] * np.cos(tilt) - n[1] * np.sin(tilt), n[2])
    swirl = noise.fractal(3 * along, 12 * lat, octaves=6, seed=21) - 0.5
    curl = noise.fractal(9 * along + 3 * swirl, 30 * lat, octaves=4, seed=33) - 0.5
    storm = ((along - 0.38) / 0.26) ** 2 + ((lat - 0.30) / 0.085) ** 2
    place = 12.5 * lat + 1.3 * swirl * np.sqrt((1.02 - lat * lat).clip(0)) + 0.5 * curl
    bands = 0.5 + 0.5 * np.sin(place + 1.4 * np.sin(2.3 * lat + 0.7) + 0.6 * np.sin(19 * lat))
    cream, rust, tan = (np.array(c)[:, None] for c in ((0.80, 0.66, 0.48), (0.40, 0.19, 0.10), (0.66, 0.43, 0.26)))
    colour = rust + (cream - rust) * (0.12 + 0.88 * bands**1.1)
    colour = colour + (tan - colour) * (0.35 + 0.9 * curl).clip(0, 1) * 0.5
    pole = ((np.abs(lat) - 0.55) / 0.4).clip(0, 1)
    colour = colour + (np.array([0.44, 0.43, 0.42])[:, None] * (0.7 + 0.6 * bands) - colour) * 0.75 * pole
    belt = np.exp(-(((lat + 0.17 + 0.03 * swirl + 0.015 * curl) / 0.05) ** 2))
    colour = colour * (1 - 0.6 * belt) + 0.6 * belt * np.array([0.30, 0.12, 0.06])[:, None] * (1 + curl)
    colour = colour * (1 + 0.7 * curl + 0.25 * swirl)
    eye = np.exp(-(storm**1.5))
    ring = np.exp(-(((np.sqrt(storm) - 1.15) / 0.22) ** 2))
    colour = colour * (1 - 0.75 * eye) + 0.75 * eye * (np.array([0.62, 0.22, 0.11])[:, None] * (0.9 + 0.5 * curl))
    colour = colour + 0.16 * ring * cream
    facing = SUN @ n
    light = (facing + 0.07).clip(0) ** 0.9 * (0.35 + 0.65 * n[2] ** 0.45)
    rim = (1 - n[2]) ** 3.5 * (facing + 0.25).clip(0)
    return colour * (0.92 * light + 0.005) + rim * np.array([0.55, 0.38, 0.26])[:, None]


def _moon(n: np.ndarray) -> np.ndarray:
    """Grey-blue rock with craters; relief shifts the normal."""
    step = 0.02
    height = [_rock(n[0] + dx, n[1] + dy, n[2]) for dx, dy in ((0, 0), (step, 0), (0, step))]
    bent = n - 0.30 * np.stack([(height[1] - height[0]) / step, (height[2] - height[0]) / step, 0 * height[0]])
    bent /= np.sqrt((bent * bent).sum(0))
    patches = noise.fractal(2.2 * n[0] + 5, 2.2 * n[1], 2.2 * n[2], octaves=4, seed=71)
    colour = np.array([0.42, 0.47, 0.55])[:, None] * (0.05 + 1.0 * patches)
    facing, broad = (SUN @ bent).clip(0), (SUN @ n + 0.1).clip(0, 1)
    return colour * (1.5 * facing * np.minimum(1, 4 * broad) + 0.012)


def _rock(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    height = 0.35 * noise.fractal(4 * x, 4 * y, 4 * z, octaves=5, seed=61)
    dice = np.random.default_rng(12)
    for _ in range(46):
        place = dice.normal(size=3)
        cx, cy, cz = place / np.linalg.norm(place)
        size = 0.06 + 0.22 * dice.random() ** 3
        away = np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2) / size
        height += size * (0.55 * np.exp(-(((away - 1) / 0.22) ** 2)) - 0.8 * (1 - away**2).clip(0))
    return height
