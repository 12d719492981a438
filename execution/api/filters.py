"""How the list of orders is narrowed."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from dipmaster.domain.instruments import UnknownSymbol, parse_symbol
from execution.domain.lifecycle import OrderState
from execution.models import ParentOrder
from execution.models.orders import SIDES


class OrderFilter(filters.FilterSet):
    """Filters of the list of orders; several states are joined by `or`."""

    state = filters.MultipleChoiceFilter(choices=[(state.value, state.value) for state in OrderState])
    symbol = filters.CharFilter(method="of_symbol", help_text="House name or ccxt's unified one.")
    side = filters.ChoiceFilter(choices=SIDES)
    client_order_id = filters.CharFilter()

    class Meta:
        model = ParentOrder
        fields: list[str] = []

    def of_symbol(self, orders: QuerySet[ParentOrder], _name: str, text: str) -> QuerySet[ParentOrder]:
        """Keep the orders of a symbol; a text that names none keeps nothing."""
        try:
            return orders.filter(instrument__symbol=parse_symbol(text).symbol)
        except UnknownSymbol:
            return orders.none()
