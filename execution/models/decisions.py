"""What child orders were decided from."""

import zlib

import msgspec
from django.db import models

from execution.domain import decisions

VERSION = 1
"""Of what is stored. It rises with every change after which an older program would misread or overlook something, a new field for one."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(decisions.Decision)


class UnreadableDecision(ValueError):
    """A stored decision is damaged, or a newer program wrote it."""


class Decision(models.Model):
    """One step of a slice that made child orders: all it was decided from, and what it asked for. Never changed."""

    at = models.DateTimeField()
    version = models.PositiveSmallIntegerField(default=VERSION)
    content = models.BinaryField(help_text="MessagePack, deflated; decimals are texts with all their digits.")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Decision {self.pk}"

    @classmethod
    def of(cls, decision: decisions.Decision) -> "Decision":
        """Return the row that keeps a decision."""
        return cls(at=decision.inputs.now, content=zlib.compress(_encoder.encode(decision)))

    def to_domain(self) -> decisions.Decision:
        """Return the decision as it was made.

        Raises:
            UnreadableDecision: what is stored is damaged, or of a version that this program does not know.
        """
        if self.version > VERSION:
            raise UnreadableDecision(f"a newer program stored it: version {self.version}, this one reads up to {VERSION}")
        try:
            return _decoder.decode(zlib.decompress(self.content))
        except (zlib.error, msgspec.MsgspecError, ValueError, ArithmeticError) as error:
            raise UnreadableDecision(f"what is stored is damaged: {error}") from error
