"""What segmenters have read of photos: each photo is read once, kept for a while, and clicks need not wait for it."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress

from levitor_core.monitor import Monitor
from levitor_core.segmentation import Segmenter
from levitor_core.structures import Image, ImageEmbedding, Project

MOST = 96  # of about 4 MB
_Key = tuple[str, str]  # the names of segmenter and photo


class Encodings:
    """The newest encodings of photos; `look_at` is shown each photo before it is read, and may refuse it. Safe to call
    from several threads."""

    def __init__(self, look_at: Callable[[Image], None]) -> None:
        self._look_at = look_at
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, Future[ImageEmbedding]] = OrderedDict()
        self._reading: dict[str, Future[Segmenter]] = {}  # by the photo's name

    def of(self, project: Project, segmenter: Segmenter, monitor: Monitor | None = None) -> ImageEmbedding:
        """That of the project's photo; who asks for it while it is read waits, others do not."""
        key = segmenter.name, project.photo_id
        while True:
            with self._lock:
                kept = self._kept.setdefault(key, begun := Future())
                self._kept.move_to_end(key)
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
            with suppress(CancelledError):
                return kept.result() if kept is not begun else self._encode(project, segmenter, begun, monitor)

    def reader_within(self, seconds: float, project: Project, wanted: Callable[[], Segmenter]) -> Segmenter:
        """The `wanted` segmenter if by then it has been loaded and has read the photo, else the quick picker; the other
        goes on reading."""
        from levitor_core.segmentation.quick import QuickSegmenter

        name = project.photo_id
        with self._lock:
            if (reading := self._reading.get(name)) is None:
                reading = self._reading[name] = Future()
                threading.Thread(target=self._read, args=(project, wanted, reading), daemon=True).start()
        try:
            return reading.result(seconds)
        except TimeoutError:
            return QuickSegmenter()

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._kept.clear()

    def _encode(
        self, project: Project, segmenter: Segmenter, begun: Future[ImageEmbedding], monitor: Monitor | None
    ) -> ImageEmbedding:
        try:
            self._look_at(project.photo)
            begun.set_result(segmenter.embed(project.photo, project.scene.size_hw, monitor))
            return begun.result()
        finally:
            if not begun.done():  # those who wait do it themselves
                with self._lock:
                    self._kept.pop((segmenter.name, project.photo_id), None)
                begun.cancel()

    def _read(self, project: Project, wanted: Callable[[], Segmenter], reading: Future[Segmenter]) -> None:
        try:
            self.of(project, segmenter := wanted())
        except BaseException as error:  # it is told to whoever waits
            reading.set_exception(error)
        else:
            reading.set_result(segmenter)
        finally:
            with self._lock:
                del self._reading[project.photo_id]
