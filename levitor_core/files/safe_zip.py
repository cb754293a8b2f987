"""Zip archives that may be hostile: unpacked in memory, within limits that are checked before and while reading."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from levitor_core.errors import InputError

MAX_MEMBERS = 256
MAX_MEMBER_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 256 * 2**20

_ENTRY_SIGNATURE = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SUFFIXES = (".json", ".png", ".jpg")


def pack(members: Mapping[str, bytes]) -> bytes:
    """A zip of `members`; the same members give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            method = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The JSON and picture files at the top of a zip; anything else in it is left unread.

    Raises InputError for what is not a whole zip, is encrypted, leads outside its folder, or is too much.
    """
    if data.count(_ENTRY_SIGNATURE) > 2 * MAX_MEMBERS:  # before zipfile makes an object of each
        raise InputError(f"The project file holds more than {MAX_MEMBERS} files; open another copy.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check(infos)
            wanted = [info for info in infos if info.filename.endswith(_SUFFIXES) and "/" not in info.filename]
            return {info.filename: _content(archive, info) for info in wanted}
    except InputError:
        raise
    except Exception as error:  # zipfile meets hostile bytes with many kinds
        raise InputError("The project file is damaged or not a .levitor file; open another copy.") from error


def _check(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_MEMBERS or len({info.filename for info in infos}) < len(infos):
        raise InputError(f"The project file holds more than {MAX_MEMBERS} files or one twice; open another copy.")
    if any(_leads_outside(info.filename) for info in infos):
        raise InputError("The project file names files outside its folder, which is not safe; open another copy.")
    if any(info.flag_bits & 1 or info.compress_type not in _METHODS for info in infos):
        raise InputError("The project file is encrypted or packed in an unusual way; save it as a plain zip.")
    sizes = [info.file_size for info in infos]
    if sum(sizes) > MAX_UNPACKED_BYTES or max(sizes, default=0) > MAX_MEMBER_BYTES:
        raise InputError(f"The project file unpacks to more than {MAX_UNPACKED_BYTES >> 20} MB; open another copy.")


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise InputError("The project file is damaged, as one of its files has another size; open another copy.")
    return data
