"""Desk and paper exchange compute the same credentials from the same key and secret."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from execution.paper.credentials import credentials, private_key


def test_the_same_secret_gives_the_same_key() -> None:
    assert credentials("coinbase", "k", "s") == credentials("coinbase", "k", "s")


def test_different_secrets_give_different_keys() -> None:
    assert credentials("coinbase", "k", "s")["secret"] != credentials("coinbase", "k", "t")["secret"]


def test_a_signature_with_the_pem_is_verified_by_the_derived_public_key_and_by_no_other() -> None:
    signer = load_pem_private_key(credentials("coinbase", "k", "s")["secret"].encode(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    signature = signer.sign(b"message", ec.ECDSA(hashes.SHA256()))
    private_key("s").public_key().verify(signature, b"message", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        private_key("t").public_key().verify(signature, b"message", ec.ECDSA(hashes.SHA256()))


def test_okx_gets_a_passphrase_and_binance_and_bybit_none() -> None:
    assert set(credentials("okx", "k", "s")) == {"apiKey", "secret", "password"}
    assert credentials("binance", "k", "s") == credentials("bybit", "k", "s") == {"apiKey": "k", "secret": "s"}
