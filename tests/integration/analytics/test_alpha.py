"""Execution alpha in an order's report: from the decisions of its children, and never shown when they do not tell."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from analytics.models import Report
from analytics.reports import json as report_json
from analytics.reports import pdf as report_pdf
from dipmaster.accounts.models import User
from dipmaster.domain.books import Book, Level
from dipmaster.domain.instruments import Listing
from dipmaster.domain.sides import Side
from execution.domain import decisions
from execution.domain.actions import SliceView
from execution.domain.decisions import DecisionInputs, outcome_of
from execution.models import Decision, ParentOrder
from tests.integration.analytics.finished import finished_order

D = Decimal
Build = Callable[[ParentOrder], Report]
LISTING = Listing(
    venue="binance", symbol="BTCUSDT", tick=D("0.01"), lot=D("0.00001"), min_quantity=D(0), max_quantity=D(9000), min_notional=D(5),
    maker_fee_bps=D(10), taker_fee_bps=D(10),
)  # fmt: skip


def decide_children(order: ParentOrder, *, depth: str = "5", age: timedelta = timedelta(0)) -> None:
    """Have each child decided from one book: 0.3 asked at 60,010, the depth at 60,020; as much bid at 59,990 and 59,980."""
    for child in order.children.all():
        child.decision = a_decision(Side(order.side), child.decided_at, D(depth), age)
        child.decision.save()
        child.save()


def a_decision(side: Side, at: datetime, depth: Decimal, age: timedelta) -> Decision:
    sizes = (D("0.3"), depth)
    inputs = DecisionInputs(
        slice=SliceView(
            side=side, quantity=D("0.125"), filled_quantity=D(0), start_at=at, end_at=at + timedelta(seconds=30), worst_price=None,
            is_closing=False, is_last=False, patience=0.7, max_book_age=timedelta(seconds=2), children=(),
        ),
        books=(
            Book(
                venue="binance", symbol="BTCUSDT", received_at=at - age,
                bids=tuple(Level(price=D(59_990 - 10 * n), quantity=size) for n, size in enumerate(sizes)),
                asks=tuple(Level(price=D(60_010 + 10 * n), quantity=size) for n, size in enumerate(sizes)),
            ),
        ),
        listings={"binance": LISTING},
        now=at,
    )  # fmt: skip
    return Decision.of(decisions.Decision(inputs=inputs, outcome=outcome_of(inputs.decide())))


def render(report: Report) -> Any:
    return report_json.render(report)


def missing(found: Any) -> dict[str, str]:
    return {each["figure"]: each["reason"] for each in found["missing"] if each["figure"].startswith("execution_alpha")}


def test_a_known_order_saved_what_a_pencil_gives(order: ParentOrder, build: Build) -> None:
    """0.48 bought for 28,802.10 and 10 bps of fee: 28,830.9021.

    At once: 0.3 at 60,010 and 0.18 at 60,020, 28,806.60 and 10 bps: 28,835.4066. In four clips of 0.12, or as the children filled (0.15,
    0.15, 0.10, 0.08), all at 60,010: 28,804.80 and 10 bps: 28,833.6048.
    """
    decide_children(order)
    found = render(build(order))
    alpha = found["execution_alpha"]
    assert (alpha["market_order"]["saved"], alpha["market_order"]["bps"]) == (4.50, 1.5621)
    assert (alpha["equal_clips"]["saved"], alpha["equal_clips"]["bps"], alpha["equal_clips"]["moments"]) == (2.70, 0.9373, 4)
    assert (alpha["own_moments"]["saved"], alpha["own_moments"]["coverage"]) == (2.70, 1.0)
    assert alpha["market_order"]["average_price"] == pytest.approx(28_830.9021 / 0.48)
    assert missing(found) == {}
    # The first child paid 60,000 where 60,010 was asked, the last what was asked; fees are the same.
    assert [child["alpha_bps"] for child in found["orders"]] == [1.6664, 0.9998, 0.4999, 0.0]


def test_a_sale_saves_when_it_brings_more(seeded: None, trader: User, build: Build) -> None:
    order = finished_order(trader, side="sell")
    decide_children(order)
    assert render(build(order))["execution_alpha"]["market_order"]["saved"] > 0


def test_an_order_from_before_decisions_were_kept_says_so_once(order: ParentOrder, build: Build) -> None:
    found = render(build(order))
    assert [found["execution_alpha"][name] for name in ("market_order", "equal_clips", "own_moments")] == [None, None, None]
    assert missing(found) == {"execution_alpha": "What the order's children were decided from was not kept, or cannot be read."}
    assert {child["alpha_bps"] for child in found["orders"]} == {None}


def test_books_too_thin_for_the_whole_order_still_tell_of_its_parts(order: ParentOrder, build: Build) -> None:
    decide_children(order, depth="0.1")
    found = render(build(order))
    assert found["execution_alpha"]["market_order"] is None
    assert found["execution_alpha"]["equal_clips"]["saved"] == 2.70
    assert missing(found) == {
        "execution_alpha.market_order": "The books kept of the decision at 13:05:07 UTC hold less than the quantity compared."
    }


def test_stale_books_are_not_compared_with(order: ParentOrder, build: Build) -> None:
    decide_children(order, age=timedelta(seconds=3))
    assert len(missing(render(build(order)))) == 3


def test_a_child_without_a_readable_decision_is_left_out_and_the_coverage_says_so(order: ParentOrder, build: Build) -> None:
    decide_children(order)
    second = order.children.order_by("decided_at")[1]
    Decision.objects.filter(pk=second.decision_id).update(content=b"damaged")
    found = render(build(order))
    assert found["orders"][1]["alpha_bps"] is None
    assert found["execution_alpha"]["own_moments"]["coverage"] == 0.6875  # 0.33 of 0.48
    assert found["execution_alpha"]["market_order"]["saved"] == 4.50
    assert set(missing(found)) == {"execution_alpha.equal_clips"}


def test_a_fee_in_a_third_currency_leaves_it_unknown(order: ParentOrder, build: Build) -> None:
    decide_children(order)
    order.fills.update(fee_quote=None)
    assert render(build(order))["execution_alpha"]["market_order"] is None


def test_an_order_that_filled_nothing_has_none(seeded: None, trader: User, build: Build) -> None:
    found = render(build(finished_order(trader, trades=())))
    assert found["execution_alpha"]["market_order"] is None
    assert "Nothing filled." in missing(found).values()


def test_page_and_pdf_show_it_when_it_was_measured_and_only_then(
    order: ParentOrder, build: Build, trader: User, client: Client, tmp_path: Any
) -> None:
    client.force_login(trader)
    build(order)
    address = f"/orders/{order.pk}/tca/"
    assert "tca-alphas" not in client.get(address).content.decode()
    Report.objects.all().delete()
    decide_children(order)
    report = build(order)
    html = client.get(address).content.decode()
    assert "positive is saved" in html
    assert "+1.56" in html
    assert "the first decisions of 4 slices" in html
    (tmp_path / "report.pdf").write_bytes(report_pdf.render(report))
    text = "\n".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "Execution alpha" in text
    assert "+1.56" in text
