"""Which colours a picture's numbers mean, and the same colours in sRGB.

What says so, the first of: PNG's code points (cICP, ITU-T H.273), an ICC profile, the code points of AVIF and HEIC
(nclx), PNG's sRGB or its gAMA and cHRM, EXIF's word for Adobe RGB. Nothing: it is sRGB. Browsers read all but the last.
"""

import contextlib
import io
import struct
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from PIL import Image as PilImage

from levitor_core.files.image_files import in_bytes

Curve = Callable[[np.ndarray], np.ndarray]
Chromaticities = tuple[float, ...]  # x, y of white, red, green and blue

D65, DCI_WHITE = (0.3127, 0.329), (0.314, 0.351)
SRGB = (*D65, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
ADOBE_RGB = (*D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
ADOBE_GAMMA = 563 / 256
CODE_POINTS: dict[int, Chromaticities] = {
    5: (*D65, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06),
    6: (*D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    7: (*D65, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    9: (*D65, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (*DCI_WHITE, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    12: (*D65, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
CURVE_STEPS = 4096
GAMMAS = (0.00016, 6250)  # others are none to libpng, which browsers read PNGs with
PAPER_NITS, HLG_PAPER = 203, 0.2655  # ITU-R BT.2408; what is brighter than paper is cut off
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_TAGS = {b"rXYZ": 0, b"gXYZ": 1, b"bXYZ": 2, b"rTRC": 3, b"gTRC": 3, b"bTRC": 3}  # which content each one has
_EXIF_INTEROPERABILITY = 0xA005


def in_srgb(image: PilImage.Image) -> PilImage.Image:
    """The picture in sRGB, its transparency kept; as it is where nothing usable says what its colours are."""
    with contextlib.suppress(Exception):  # a broken profile, or one of other channels, says nothing about the colours
        profile = _profile(image)
        if profile is not None:
            return _convert(image, profile)
    return image


def _profile(image: PilImage.Image) -> bytes | None:
    """What the picture's numbers mean, as an ICC profile; None for sRGB."""
    info = image.info
    if "cicp" in info:
        return _of_code_points(*info["cicp"])
    if info.get("icc_profile"):
        return info["icc_profile"]
    if "nclx" in info:
        return _of_code_points(*info["nclx"])
    if "srgb" in info:
        return None
    if "gamma" in info or "chromaticity" in info:
        gamma = info.get("gamma", 0)
        curve = _power(1 / gamma) if GAMMAS[0] <= gamma <= GAMMAS[1] else _srgb
        return _unless_srgb(info.get("chromaticity", SRGB), curve)
    return matrix_profile(ADOBE_RGB, _power(ADOBE_GAMMA)) if _is_adobe_rgb(image) else None


def _of_code_points(primaries: int, transfer: int) -> bytes | None:
    return _unless_srgb(CODE_POINTS.get(primaries, SRGB), _transfer(transfer))


def _is_adobe_rgb(image: PilImage.Image) -> bool:
    """Whether a camera says so (DCF option file), as it does without a profile."""
    try:
        return image.getexif().get_ifd(_EXIF_INTEROPERABILITY).get(1) == "R03"
    except KeyError:  # Pillow's answer where there is no EXIF
        return False


def _convert(image: PilImage.Image, profile: bytes) -> PilImage.Image:
    from PIL import ImageCms

    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    if profile is not image.info.get("icc_profile"):  # but made of numbers that hold for grey as for colours
        image = in_bytes(image, "RGBA" if image.has_transparency_data else "RGB")
    colours, alpha = _parts(image)
    if MODES.get(cast(Any, source.profile).xcolor_space.strip()) != colours.mode:
        return image
    converted = ImageCms.profileToProfile(colours, source, target, outputMode="RGB") or image
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _parts(image: PilImage.Image) -> tuple[PilImage.Image, PilImage.Image | None]:
    """The picture's colours, grey or inks in 8 bits, and its transparency where it has some."""
    if image.has_transparency_data:
        image = image.convert("LA" if image.mode in ("1", "L", "LA") else "RGBA")
        return image.convert(image.mode[:-1]), image.getchannel("A")
    grey = image.mode == "1" or image.mode[0] in "IF"
    return in_bytes(image, image.mode if image.mode in MODES.values() else "L" if grey else "RGB"), None


def _unless_srgb(chromaticities: Chromaticities, curve: Curve) -> bytes | None:
    return None if (chromaticities, curve) == (SRGB, _srgb) else matrix_profile(chromaticities, curve)


def matrix_profile(chromaticities: Chromaticities, curve: Curve) -> bytes:
    """An ICC profile (version 2) of three lights and the curve from a channel's 0..1 to light, the same for each."""
    light = np.rint(np.clip(curve(np.linspace(0, 1, CURVE_STEPS)), 0, 1) * 65535).astype(">u2").tobytes()
    contents = [b"XYZ \0\0\0\0" + _write_fixed(xyz) for xyz in _lights(chromaticities).T]
    contents.append(b"curv\0\0\0\0" + struct.pack(">I", CURVE_STEPS) + light)
    start = 128 + 4 + 12 * len(_TAGS)
    offsets = start + np.cumsum([0, *map(len, contents)])
    table = [struct.pack(">4sII", kind, offsets[place], len(contents[place])) for kind, place in _TAGS.items()]
    head = struct.pack(">III4s4s4s", offsets[-1], 0, 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + _write_fixed(_D50) + bytes(48)
    return b"".join([head, struct.pack(">I", len(_TAGS)), *table, *contents])


def _lights(chromaticities: Chromaticities) -> np.ndarray:
    """XYZ of the three lights, one a column, as seen in D50 (Bradford); raises anything for impossible ones."""
    pairs = zip(chromaticities[::2], chromaticities[1::2], strict=True)
    white, *lights = (np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in pairs)
    columns = np.stack(lights, axis=1)
    adapted = np.diag((_BRADFORD @ _D50) / (_BRADFORD @ white))
    return np.linalg.solve(_BRADFORD, adapted @ _BRADFORD) @ (columns * np.linalg.solve(columns, white))


def _write_fixed(values: np.ndarray) -> bytes:
    return np.rint(values * 65536).astype(">i4").tobytes()


def _transfer(code: int) -> Curve:
    """The curve of an H.273 code; that of television is taken for sRGB's, as browsers do with pictures."""
    curves: dict[int, Curve] = {4: _power(2.2), 5: _power(2.8), 8: _power(1.0), 16: _pq, 18: _hlg}
    return curves.get(code, _srgb)


def _power(exponent: float) -> Curve:
    return lambda signal: signal**exponent


def _srgb(signal: np.ndarray) -> np.ndarray:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _pq(signal: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084, paper at 1."""
    root = signal ** (32 / 2523)
    light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (8192 / 1305)
    return light * 10_000 / PAPER_NITS


def _hlg(signal: np.ndarray) -> np.ndarray:
    """ARIB STD-B67, paper at 1, on a screen of 1,000 nits."""
    light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return (light / HLG_PAPER) ** 1.2
