"""Content credentials (C2PA): whoever makes videos for others may sign what they say of themselves, with a certificate
of their own. The library is an extra, which the sentence names that misses it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from levitor_core.errors import InputError, RendererError, echo
from levitor_core.version import VERSION
from levitor_core.whole_files import replacing

CERTIFICATES, KEY, ALGORITHM = "certificates.pem", "key.pem", "es256"
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"

_signer: Any = None


def sign_with(folder: Path | None) -> None:
    """From now on sign every film that this process writes by the certificates, the host's first, and the key there.

    Raises InputError where the library or a file is missing, or does not fit.
    """
    global _signer  # noqa: PLW0603 - of the process, as its key is
    _signer = None
    if folder is None:
        return
    try:
        import c2pa  # pyright: ignore[reportMissingImports]

        certificates, key = (folder / CERTIFICATES).read_bytes(), (folder / KEY).read_bytes()
        _signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(ALGORITHM, certificates, key, None))
    except ImportError as error:
        raise InputError("Signing needs a missing package; `pip install c2pa-python==0.38.1` has it.") from error
    except Exception as error:  # of the files' content its library raises anything
        what = f"{CERTIFICATES} and {KEY} for ES256"
        raise InputError(f"{echo(str(folder))} cannot be signed with; it must hold {what}.") from error


@contextmanager
def signed(path: Path, about: str) -> Iterator[Path]:
    """A new file to write a film to, as `replacing`; it is signed before it takes its place. Raises RendererError."""
    with replacing(path) as partial:
        yield partial
        if _signer is not None:
            _sign(partial, path.name, about)


def _sign(film: Path, title: str, about: str) -> None:
    import c2pa  # pyright: ignore[reportMissingImports]

    source = "trainedAlgorithmicMedia" if "AI model" in about else "compositeSynthetic"  # as `provenance.about` says
    action = {"action": "c2pa.created", "digitalSourceType": _SOURCES + source, "description": about}
    made = {
        "claim_generator_info": [{"name": "LeviTor", "version": VERSION}],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    bare = film.rename(film.with_name(f"bare{film.suffix}"))
    try:
        with c2pa.Builder(json.dumps(made)) as builder:
            builder.sign_file(bare, film, _signer)
    except c2pa.C2paError as error:
        raise RendererError("The video could not be signed; tell whoever runs this server.") from error
    finally:
        bare.unlink()
