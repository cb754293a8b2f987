"""PURE: files that every browser shows, though they break a rule, as files that keep them all; pixels are left alone.

PNG: only the chunks that the picture needs stay, so that damaged, huge or countless others do no harm. JPEG: an end
marker is put where it is missing. Whether every pixel came before the end is told by `holds_all_rows` and
`is_whole_jpeg`. What Pillow does not hand over about colours is read here too.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PROFILE_BYTES = 64 * 2**20
TRANSPARENCY_BYTES = {0: (2,), 2: (6,), 3: range(1, 257)}  # by colour type
COLOUR_CHUNKS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1}
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # a pixel, by colour type
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
MAX_EXIF_BYTES = 2**20
PIECE = 2**16

JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
_MARKER = re.compile(rb"\xff+[^\x00\x01\xd0-\xd7\xff]")  # but those that stand inside a scan
_FRAMES, _PROGRESSIVE, _SCAN, _RESTART_INTERVAL = (
    {0xC0, 0xC1, 0xC2},
    0xC2,
    0xDA,
    0xDD,
)  # Huffman coding only, as in browsers
MAX_SCANS = 32  # each costs a pass over all pixels, however few bytes it has; programs write about ten
_FILL = 4  # zeros at a file's end, at least: no pixels
_NOISE = [bytes((step * place + 7) % 251 for place in range(1, 400)) for step in (37, 91, 149, 201)]
# a decoder that misses a restart marker leaves out what comes before the one or two after it
_TAILS = [b"".join(noise + bytes([0xFF, 0xD0 + (2 * start + step) % 8]) for step in range(8)) + noise
          for start, noise in enumerate(_NOISE)]  # fmt: skip


@dataclass(frozen=True)
class Mended:
    """A file that a decoder takes, and what stands in it about its colours."""

    data: bytes
    colours: dict[str, Any] = field(default_factory=dict)


def mend(data: bytes) -> Mended:
    """The file, mended where it is a PNG or a JPEG."""
    if data.startswith(PNG_SIGNATURE):
        return _mend_png(data)
    if data.startswith(JPEG_START):
        return _mend_jpeg(data)
    return Mended(data, _code_points(data)) if data[4:8] == b"ftyp" else Mended(data)


def is_whole_jpeg(data: bytes, shown: Any, decoded: Callable[[bytes], Any]) -> bool:
    """Whether a JPEG, which has an end marker or got one, has all its pixels.

    They are there when every coefficient is in some scan and nothing that may follow the last scan changes what is
    `shown`; `decoded` gives the pixels of a JPEG and may raise anything. Other coding than Huffman's passes.
    """
    jpeg = _Jpeg.of(data)
    if not jpeg.components:
        return True
    tails = _TAILS if jpeg.restarts else (_TAILS[0], _TAILS[-1])  # no bit of their first six is the same
    return jpeg.holds_all_coefficients() and all(_same(shown, decoded, jpeg.with_tail(tail)) for tail in tails)


def _same(shown: Any, decoded: Callable[[bytes], Any], data: bytes) -> bool:
    try:
        return bool((decoded(data) == shown).all())
    except Exception:  # what followed was read as pixels, and made no sense
        return False


# AVIF, HEIC


def _code_points(data: bytes) -> dict[str, Any]:
    """Primaries and transfer of the first picture that states them."""
    boxes = [(0, len(data))]
    for kind, header in ((b"meta", 4), (b"iprp", 0), (b"ipco", 0), (b"colr", 0)):
        boxes = [
            (start + header, end) for outer in boxes for found, start, end in _boxes(data, *outer) if found == kind
        ]
    stated = (data[start : start + 8] for start, _ in boxes)
    return next(({"nclx": struct.unpack(">HH", box[4:])} for box in stated if box[:4] == b"nclx" and len(box) == 8), {})


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The kind, start and end of what each box between two places holds (ISO/IEC 14496-12)."""
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 16 if size == 1 else 8
        size = int.from_bytes(data[at + 8 : at + 16], "big") if size == 1 else size or end - at
        if size < header:
            return
        yield kind, at + header, min(at + size, end)
        at += size


# PNG


def _mend_png(data: bytes) -> Mended:
    kept, colours = [PNG_SIGNATURE], {}
    colour_type = data[25:26]
    for kind, body, whole in _chunks(data):
        if _is_critical(kind) or (_is_sound(body, whole) and _is_needed(kind, body, colour_type)):
            kept.append(whole)
        elif kind == b"iCCP" and _is_sound(body, whole):
            colours["icc_profile"] = _profile(body)
        elif kind == b"cICP" and _is_sound(body, whole) and len(body) == 4:
            colours["cicp"] = body[0], body[1]
    return Mended(b"".join([*kept, _chunk(b"IEND", b"")]), colours)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Every chunk up to the end marker: its kind, its content, and all its bytes, as far as they are there."""
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND" or not kind.isalpha():
            return
        yield kind, data[at + 8 : at + 8 + length], data[at : at + 12 + length]
        at += 12 + length


def _is_critical(kind: bytes) -> bool:
    return kind[:1].isupper()


def _is_sound(body: bytes, whole: bytes) -> bool:
    return len(whole) == len(body) + 12 and zlib.crc32(whole[4:-4]) == int.from_bytes(whole[-4:], "big")


def _is_needed(kind: bytes, body: bytes, colour_type: bytes) -> bool:
    if kind == b"tRNS":
        return len(body) in TRANSPARENCY_BYTES.get(int.from_bytes(colour_type, "big"), ())
    return (kind == b"eXIf" and len(body) <= MAX_EXIF_BYTES) or COLOUR_CHUNKS.get(kind) == len(body)


def _profile(body: bytes) -> bytes | None:
    packed = body.partition(b"\0")[2][1:]
    try:
        return zlib.decompressobj().decompress(packed, MAX_PROFILE_BYTES)
    except zlib.error:
        return None


def holds_all_rows(data: bytes) -> bool:
    """Whether the image data of a PNG that opens unpack to as many bytes as its rows have."""
    w, h, depth, colour_type, *_, interlaced = struct.unpack_from(">IIBBBBB", data, len(PNG_SIGNATURE) + 8)
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    sides = [(-((x - w) // across), -((y - h) // down)) for x, y, across, down in passes]
    missing = sum(rows * (1 + (columns * SAMPLES[colour_type] * depth + 7) // 8) for columns, rows in sides if columns)
    packed = (body for kind, body, _ in _chunks(data) if kind == b"IDAT")
    with suppress(zlib.error):  # decoders get no further either
        for size in _unpack_sizes(packed):
            missing -= size
            if missing <= 0:
                return True
    return False


def _unpack_sizes(packed: Iterable[bytes]) -> Iterator[int]:
    """The sizes of what a stream unpacks to, in pieces that need little memory."""
    stream = zlib.decompressobj()
    for rest in packed:
        while rest:
            yield len(stream.decompress(rest, PIECE))
            rest = stream.unconsumed_tail  # noqa: PLW2901
        while piece := stream.decompress(b"", PIECE):
            yield len(piece)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# JPEG


def _mend_jpeg(data: bytes) -> Mended:
    jpeg = _Jpeg.of(data)
    if len(jpeg.scans) > MAX_SCANS:
        raise ValueError("more scans than programs write")
    if jpeg.has_end or not jpeg.scans or not jpeg.components:
        return Mended(data)
    return Mended(jpeg.body + JPEG_END)


@dataclass(frozen=True)
class _Scan:
    """What a scan gives of which components: their coefficients `first` to `last`, down to the bit `low`."""

    components: frozenset[int]
    first: int
    last: int
    low: int

    @classmethod
    def of(cls, segment: bytes) -> "_Scan":
        first, last, bits = segment[1 + 2 * segment[0] :][:3]
        return cls(frozenset(segment[1 : 1 + 2 * segment[0] : 2]), first, last, bits & 15)


@dataclass(frozen=True)
class _Jpeg:
    """The parts of a JPEG that its markers tell: `body` ends where the end marker belongs."""

    body: bytes
    has_end: bool
    is_progressive: bool
    restarts: bool
    components: frozenset[int]
    scans: tuple[_Scan, ...]

    @classmethod
    def of(cls, data: bytes) -> "_Jpeg":
        frame, restarts, components, scans = 0, False, frozenset[int](), list[_Scan]()
        at, end = len(JPEG_START), len(data)
        while (found := _MARKER.search(data, at)) is not None:
            at, marker = found.end(), data[found.end() - 1]
            if marker == JPEG_END[1] or (marker == JPEG_START[1] and scans):  # of another picture in the same file
                end = at - 2
                break
            segment = data[at + 2 : at + int.from_bytes(data[at : at + 2], "big")]
            if marker in _FRAMES:
                frame, components = marker, frozenset(segment[6::3])
            elif marker == _SCAN:
                scans.append(_Scan.of(segment))
            restarts |= marker == _RESTART_INTERVAL
            at += 2 + len(segment)
        body = _without_fill(data) if end == len(data) else data[:end]
        return cls(body, data[end : end + 2] == JPEG_END, frame == _PROGRESSIVE, restarts, components, tuple(scans))

    def holds_all_coefficients(self) -> bool:
        """Whether all 64 of each component are there to the last bit."""
        wanted = {(component, number) for component in self.components for number in range(64)}
        for scan in self.scans:
            last = scan.last if self.is_progressive else 63
            if scan.low == 0:
                wanted -= {(c, number) for c in scan.components for number in range(scan.first, last + 1)}
        return not wanted

    def with_tail(self, tail: bytes) -> bytes:
        """The JPEG with other entropy-coded data after its last scan."""
        return self.body + tail + JPEG_END


def _without_fill(data: bytes) -> bytes:
    """The data without a run of zeros at its end, and without half a marker."""
    body = data.rstrip(b"\0")
    if len(data) - len(body) < _FILL:
        return data.rstrip(b"\xff")
    return body + b"\0" if body.endswith(b"\xff") else body
