"""Films are signed by a host's certificate where it wants that, or not at all; by the library where it is here."""

import json
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from levitor_core.errors import InputError, RendererError
from levitor_core.files import credentials
from levitor_core.files.credentials import CERTIFICATES, KEY, sign_with
from levitor_core.files.video_io import read_frames, write_video

FRAMES = [np.full((32, 48, 3), 40 * value, np.uint8) for value in range(4)]


class Builder:
    """Signs by writing what it was told behind the film."""

    def __init__(self, made):
        self.made = made

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        pass

    def sign_file(self, bare, film, signer):
        if signer == b"expired":
            raise ValueError
        film.write_bytes(bare.read_bytes() + self.made.encode())


@pytest.fixture
def library(monkeypatch, tmp_path):
    """A stand-in for the library, and a folder to sign with."""
    made = SimpleNamespace(
        C2paSignerInfo=lambda algorithm, certificates, key, stamps: key,
        Signer=SimpleNamespace(from_info=lambda key: key or 1 / 0),
        Builder=Builder,
        C2paError=ValueError,
    )
    monkeypatch.setitem(sys.modules, "c2pa", made)
    monkeypatch.setattr(credentials, "_signer", None)
    for name in (CERTIFICATES, KEY):
        (tmp_path / name).write_bytes(b"good")
    return tmp_path


@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_every_film_is_signed_as_what_it_is_and_stands_alone(library, ending):
    film = library / f"a.{ending}"
    for about, source in (("made by an AI model", "trainedAlgorithmicMedia"), ("by computer", "compositeSynthetic")):
        sign_with(library)
        write_video(FRAMES, film, 6, about)
        said = json.loads(film.read_bytes()[film.read_bytes().rindex(b'{"claim_generator_info') :])
        (action,) = said["assertions"][0]["data"]["actions"]
        assert action["digitalSourceType"].endswith(f"/{source}") and action["description"] == about
    sign_with(None)
    write_video(FRAMES, film, 6)
    assert b"claim_generator_info" not in film.read_bytes()
    assert {path.name for path in library.iterdir()} == {CERTIFICATES, KEY, film.name}


def test_what_cannot_be_signed_is_not_handed_out(library):
    (library / KEY).write_bytes(b"expired")
    sign_with(library)
    with pytest.raises(RendererError, match="could not be signed"):
        write_video(FRAMES, library / "a.mp4", 6)
    assert {path.name for path in library.iterdir()} == {CERTIFICATES, KEY}


def test_a_folder_that_does_not_fit_or_a_missing_library_is_told_at_the_start(library, monkeypatch):
    (library / KEY).write_bytes(b"")
    for folder in (library, library / "none"):
        with pytest.raises(InputError, match=r"must hold certificates\.pem and key\.pem"):
            sign_with(folder)
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(InputError, match="pip install c2pa-python"):
        sign_with(library)


def test_the_library_itself_signs_a_film_that_plays_and_is_valid(tmp_path, monkeypatch):
    c2pa = pytest.importorskip("c2pa", reason="c2pa-python, an extra, is not installed")
    monkeypatch.setattr(credentials, "_signer", None)
    _write_credentials(tmp_path)
    sign_with(tmp_path)
    film = tmp_path / "a.mp4"
    write_video(FRAMES, film, 6, "made by an AI model")
    assert len(list(read_frames(film))) == len(FRAMES)
    with c2pa.Reader(str(film)) as reader:
        assert json.loads(reader.json())["validation_state"] == "Valid"


def _write_credentials(folder):
    """A certificate for signing documents, of an authority that nobody knows."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    names = [x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]) for name in ("Host", "Authority")]
    own, above = (ec.generate_private_key(ec.SECP256R1()) for _ in names)
    day = timedelta(days=1)
    issued = x509.CertificateBuilder().issuer_name(names[1]).not_valid_before(datetime.now(UTC) - day)
    issued = issued.not_valid_after(datetime.now(UTC) + day)
    made = []
    for name, key, is_above in ((names[0], own, False), (names[1], above, True)):
        usage = x509.KeyUsage(not is_above, False, False, False, False, is_above, is_above, False, False)
        public = key.public_key()
        certificate = issued.subject_name(name).public_key(public).serial_number(x509.random_serial_number())
        for extension, critical in (
            (x509.BasicConstraints(is_above, None), True),
            (usage, True),
            (x509.SubjectKeyIdentifier.from_public_key(public), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), False),
        ):
            certificate = certificate.add_extension(extension, critical)
        if not is_above:
            purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            certificate = certificate.add_extension(purposes, False)
        made.append(certificate.sign(above, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / CERTIFICATES).write_bytes(b"".join(made))
    form = serialization.PrivateFormat.PKCS8
    (folder / KEY).write_bytes(own.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
