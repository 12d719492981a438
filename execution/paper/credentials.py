"""What ccxt signs in with on each paper venue, computed from one key and secret: desk and exchange agree without sharing a file."""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PASSPHRASE = "paper-passphrase"  # noqa: S105 - known to everybody, like the paper key itself
_KEY_PREFIX = "organizations/paper/apiKeys/"
_ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, section 2.4.2


def credentials(venue_name: str, key: str, secret: str) -> dict[str, str]:
    """Return ccxt's constructor arguments `apiKey`, `secret` and, where the venue wants one, `password`."""
    if venue_name == "okx":
        return {"apiKey": key, "secret": secret, "password": PASSPHRASE}
    if venue_name == "coinbase":
        return {"apiKey": cloud_key_name(key), "secret": private_key_pem(secret)}
    return {"apiKey": key, "secret": secret}


def cloud_key_name(key: str) -> str:
    """Return the name under which Coinbase would know a key."""
    return f"{_KEY_PREFIX}{key}"


def private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key of a secret: SHA-512 of it, taken modulo the curve's order, so the same secret always gives the same key."""
    digest = hashlib.sha512(b"paper coinbase key " + secret.encode()).digest()
    return ec.derive_private_key(int.from_bytes(digest) % (_ORDER_OF_P256 - 1) + 1, ec.SECP256R1())


def private_key_pem(secret: str) -> str:
    """Return that key as the PEM text that Coinbase hands out."""
    return private_key(secret).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
