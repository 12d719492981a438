"""Check tokens as Coinbase does: a JSON Web Token (RFC 7519) a request, signed with the key's P-256 key (ES256)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from execution.paper.credentials import cloud_key_name, private_key
from execution.paper.exchange import ApiKey

ISSUERS = frozenset({"cdp", "coinbase-cloud"})
LONGEST_SECONDS = 120
COORDINATE_BYTES = 32


class InvalidToken(Exception):
    """The token is not a good one."""


class Tokens:
    """The known keys."""

    def __init__(self, accounts: Mapping[str, ApiKey]) -> None:
        self._keys = {cloud_key_name(key): (key, private_key(known.secret).public_key()) for key, known in accounts.items()}

    def check(self, token: str, *, uri: str, now_ms: int) -> str:
        """Return whose token it is; `uri` is what it must be for, "" on a socket.

        Raises:
            InvalidToken: it is nobody's, of another time, or for something else.
        """
        signed, _, signature = token.rpartition(".")
        head, _, claims_part = signed.partition(".")
        header, claims = _json(head), _json(claims_part)
        key, public_key = self._keys.get(str(header.get("kid")), ("", None))
        if public_key is None or header.get("alg") != "ES256" or not header.get("nonce"):
            raise InvalidToken("the header names no known key, ES256 and a nonce")
        _verify(public_key, signed, _bytes(signature))
        if claims.get("sub") != header["kid"] or claims.get("iss") not in ISSUERS:
            raise InvalidToken("the subject is not the key, or the issuer not one of them")
        _check_time(claims, now_ms)
        # ccxt leaves off "https://" only; what it signs for an exchange without TLS starts with the scheme
        if str(claims.get("uri", "")).replace(" http://", " ", 1) != uri:
            raise InvalidToken("the token is for another request")
        return key


def _check_time(claims: Mapping[str, Any], now_ms: int) -> None:
    begin, end = claims.get("nbf"), claims.get("exp")
    if type(begin) is not int or type(end) is not int or end - begin > LONGEST_SECONDS:
        raise InvalidToken("the token is without its times, or for too long")
    if not begin * 1000 <= now_ms < end * 1000:
        raise InvalidToken("the token is not of this time")


def _verify(public_key: ec.EllipticCurvePublicKey, signed: str, signature: bytes) -> None:
    if len(signature) != 2 * COORDINATE_BYTES:
        raise InvalidToken("the signature is not one of ES256")
    numbers = (int.from_bytes(signature[:COORDINATE_BYTES]), int.from_bytes(signature[COORDINATE_BYTES:]))
    try:
        public_key.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise InvalidToken("the signature is wrong") from error


def _json(part: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_bytes(part), type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise InvalidToken("not a token") from error


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise InvalidToken("not a token") from error
