"""Column types shared by the models of execution."""

from typing import Any

from django.db import models

DECIMAL_PLACES = 18
"""Of an amount."""


class AmountField(models.DecimalField):  # type: ignore[type-arg]  # generic in the stubs only, not at run time
    """A price, quantity or amount of money: 18 digits before the point, 18 after."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 36)
        kwargs.setdefault("decimal_places", DECIMAL_PLACES)
        super().__init__(*args, **kwargs)


class FeeField(models.DecimalField):  # type: ignore[type-arg]  # generic in the stubs only, not at run time
    """A fee in basis points of the notional, three digits after the point."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 7)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)
