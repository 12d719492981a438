"""Keys of venue accounts: encrypted in the database, never shown again."""

import base64
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from execution.models.venues import Venue

SECRETS = ("api_key", "api_secret", "password")
SHOWN_CHARACTERS = 4
SHORTEST_SHOWN = 12
"""Of a shorter key not even the end is shown."""


class CredentialsUnreadable(RuntimeError):
    """They were encrypted under another key than the one set now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One account's keys in plain text; they show in no representation."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    password: str = field(default="", repr=False)
    """A third word that some venues want: OKX calls it passphrase."""


class VenueCredential(models.Model):
    """The keys of the desk's account on a venue in live mode. Columns hold ciphertext; `put` and `reveal` are the only ways in and out."""

    venue = models.OneToOneField(Venue, verbose_name=_("venue"), on_delete=models.CASCADE, related_name="credential")
    api_key = models.TextField(_("API key"), blank=True, editable=False)
    api_secret = models.TextField(_("API secret"), blank=True, editable=False)
    password = models.TextField(_("password or passphrase"), blank=True, editable=False)
    api_key_ending = models.CharField(_("key ends in"), max_length=SHOWN_CHARACTERS, blank=True, editable=False)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    history = HistoricalRecords(excluded_fields=list(SECRETS))
    _change_reason: str | None = None  # the history takes it from here

    class Meta:
        verbose_name = _("venue credential")
        verbose_name_plural = _("venue credentials")

    def __str__(self) -> str:
        return f"Credentials of {self.venue}"

    @property
    def is_complete(self) -> bool:
        """Tell whether there is enough to sign a request."""
        return bool(self.api_key and self.api_secret)

    def put(self, name: str, text: str) -> None:
        """Encrypt one of SECRETS into its column; an empty text clears it."""
        if name not in SECRETS:
            raise ValueError(f"no credential is called {name}")
        setattr(self, name, _fernet(settings.CREDENTIALS_KEY).encrypt(text.encode()).decode() if text else "")
        if name == "api_key":
            self.api_key_ending = text[-SHOWN_CHARACTERS:] if len(text) >= SHORTEST_SHOWN else ""

    def reveal(self) -> Credentials:
        """Return the keys in plain text, for the one who signs requests.

        Raises:
            CredentialsUnreadable: DIPMASTER_CREDENTIALS_KEY (or SECRET_KEY) is not the one they were stored under.
        """
        return Credentials(**{name: self._decrypted(name) for name in SECRETS})

    def _decrypted(self, name: str) -> str:
        stored = getattr(self, name)
        try:
            return _fernet(settings.CREDENTIALS_KEY).decrypt(stored.encode()).decode() if stored else ""
        except InvalidToken:
            raise CredentialsUnreadable(f"{self.venue.name}: the {name} was stored under another credentials key; enter it again") from None


@lru_cache(maxsize=4)
def _fernet(key: str) -> Fernet:
    """Derive the encryption key (HKDF, RFC 5869), so that what signs cookies is not itself what encrypts keys."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dipmaster venue credentials").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
