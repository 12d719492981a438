"""What the API answers about an order that is not sent."""

from typing import Any

from rest_framework import serializers

from execution.api.fields import AmountField
from execution.domain.pretrade_remarks import Remedy
from execution.services.previews import Preview
from execution.services.previews_costs import Candidate, Cure
from execution.services.previews_limits import Check
from execution.services.previews_words import words_of


def _bps(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


class EstimateSerializer(serializers.Serializer):
    """What one algorithm is expected to cost, bps of the value at the mid; null is not known."""

    algorithm = serializers.CharField()
    title = serializers.CharField()
    is_chosen = serializers.BooleanField(help_text="It would work the order.")
    parameters = serializers.DictField()
    fee_bps = _bps()
    spread_bps = _bps("Negative: earned by resting.")
    impact_bps = _bps()
    timing_bps = _bps()
    total_bps = _bps("The sum of the four.")
    deviation_bps = _bps("One standard deviation of the total.")
    maker_share = serializers.FloatField(allow_null=True)
    participation = serializers.FloatField(allow_null=True, help_text="Share of all trading until the end of the plan, own included.")
    peak_participation = serializers.FloatField(allow_null=True, help_text="The same of the slice with the largest.")
    planned_share = serializers.FloatField(allow_null=True, help_text="Below 1 when a rest stays unplanned.")
    slices = serializers.IntegerField()
    finish_at = serializers.DateTimeField(allow_null=True)
    unknown = serializers.ListField(child=serializers.CharField(), help_text="Why figures are missing.")
    problem = serializers.CharField(help_text="Why there is no usable plan; empty otherwise.")


class FrontierPointSerializer(serializers.Serializer):
    """Expected cost and one standard deviation at one urgency."""

    urgency = serializers.FloatField()
    cost_bps = serializers.FloatField()
    deviation_bps = serializers.FloatField()


class PlannedSliceSerializer(serializers.Serializer):
    """A slice as it would be planned now; the order draws its own sizes and times."""

    start_at = serializers.DateTimeField()
    end_at = serializers.DateTimeField()
    quantity = AmountField()
    urgency = serializers.FloatField(allow_null=True)
    market_quantity = serializers.FloatField(allow_null=True, help_text="What others are expected to trade meanwhile.")
    participation = serializers.FloatField(allow_null=True)


class RemedySerializer(serializers.Serializer):
    """A value for a field of the request that would help."""

    field = serializers.CharField()
    value = serializers.CharField()


class WarningSerializer(serializers.Serializer):
    """What should be known before the order is sent."""

    code = serializers.CharField()
    message = serializers.CharField()
    remedy = RemedySerializer(allow_null=True)


class LimitUseSerializer(serializers.Serializer):
    """A limit before and after the order."""

    title = serializers.CharField()
    before = AmountField(allow_null=True)
    after = AmountField()
    limit = AmountField(allow_null=True)
    unit = serializers.CharField()


class RiskCheckSerializer(serializers.Serializer):
    """One rule of the risk gate."""

    title = serializers.CharField()
    is_passed = serializers.BooleanField()
    code = serializers.CharField()
    reason = serializers.CharField()


class PreviewSerializer(serializers.Serializer):
    """An order that is not sent: what it would cost and meet. Nothing is stored or reserved."""

    symbol = serializers.CharField()
    side = serializers.CharField()
    quantity = AmountField(help_text="Base currency.")
    notional = AmountField(help_text="Value at the mid, quote currency.")
    mid = AmountField()
    algorithm = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    start_at = serializers.DateTimeField()
    end_at = serializers.DateTimeField()
    estimates = EstimateSerializer(many=True)
    frontier_of = serializers.CharField(help_text="The algorithm of the frontier; empty without one.")
    frontier = FrontierPointSerializer(many=True)
    schedule = PlannedSliceSerializer(many=True)
    warnings = WarningSerializer(many=True)
    limits = LimitUseSerializer(many=True)
    checks = RiskCheckSerializer(many=True)
    can_send = serializers.BooleanField(help_text="Risk would approve the order at this moment.")


def body_of(preview: Preview) -> dict[str, Any]:
    """Return the answer to a preview that has an outlook."""
    outlook, strategy = preview.outlook, preview.strategy
    if outlook is None or strategy is None:
        raise ValueError("this preview has no outlook")
    return dict(
        PreviewSerializer(
            {
                "symbol": preview.symbol,
                "side": preview.side.value,
                "quantity": preview.quantity,
                "notional": preview.notional,
                "mid": preview.mid,
                "algorithm": strategy.algorithm,
                "reasons": strategy.reasons,
                "start_at": preview.start_at,
                "end_at": preview.end_at,
                "estimates": [_estimate(candidate) for candidate in outlook.candidates],
                "frontier_of": outlook.frontier_of,
                "frontier": outlook.frontier,
                "schedule": outlook.slices,
                "warnings": [_warning(cure) for cure in outlook.cures],
                "limits": preview.uses,
                "checks": [_check(check) for check in preview.checks],
                "can_send": preview.can_send,
            }
        ).data
    )


_FIGURES = (
    "fee_bps",
    "spread_bps",
    "impact_bps",
    "timing_bps",
    "total_bps",
    "deviation_bps",
    "maker_share",
    "participation",
    "peak_participation",
    "planned_share",
    "finish_at",
)


def _estimate(candidate: Candidate) -> dict[str, Any]:
    return {
        "algorithm": candidate.spec.name,
        "title": candidate.spec.title,
        "is_chosen": candidate.is_chosen,
        "parameters": candidate.parameters,
        "slices": 0 if candidate.plan is None else len(candidate.plan.slices),
        "unknown": () if candidate.cost is None else candidate.cost.unknown,
        "problem": candidate.problem,
        **{name: getattr(candidate.cost, name, None) for name in _FIGURES},
    }


def _warning(cure: Cure) -> dict[str, Any]:
    remark = cure.remark
    return {"code": remark.concern.value.upper(), "message": words_of(cure).message, "remedy": _remedy(remark.remedy)}


def _remedy(remedy: Remedy | None) -> dict[str, str] | None:
    if remedy is None:
        return None
    return {"field": f"parameters.{remedy.field}" if remedy.is_parameter else remedy.field, "value": f"{remedy.value:f}"}


def _check(check: Check) -> dict[str, Any]:
    refused = check.refused
    return {
        "title": check.title,
        "is_passed": refused is None,
        "code": "" if refused is None else str(refused.code),
        "reason": "" if refused is None else refused.reason,
    }
