"""Page, PDF and JSON: three renderings of one content, for the order's desk alone."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from analytics.models import Report
from analytics.reports import json as report_json
from analytics.reports import pdf as report_pdf
from dipmaster.accounts.models import Desk, User
from execution.models import ParentOrder
from tests.integration.analytics.finished import Trade, finished_order

Build = Callable[[ParentOrder], Report]
HOSTILE = '#set page(fill: red) *bold* _x_ $x^2$ `raw` @ref <b>tag</b> <script>alert("x")</script> \\u{41} #panic("no")'


@pytest.fixture
def signed_in(client: Client, trader: User) -> Client:
    client.force_login(trader)
    return client


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_pdf_shows_the_figures_of_the_json(order: ParentOrder, build: Build) -> None:
    report = build(order)
    text, found = text_of(report_pdf.render(report)), report_json.render(report)
    assert f"The order cost {found['costs']['total_cost_bps']:.2f} bps, ${found['costs']['total_cost_usd']:.2f}." in text
    for part in found["shortfall"]["parts"]:
        assert f"{part['amount']:+.2f}" in text
    for name in ("arrival_slippage_bps", "vwap_slippage_bps"):
        assert f"{found['execution_quality'][name]:+.2f}".replace("-", "−") in text
    for fill in found["fills"]:
        assert f"{fill['price']:,.2f}" in text
    assert report.sha256[:16] in text
    assert "Paper trading." in text


def test_the_pdf_is_dated_when_the_report_was_computed(order: ParentOrder, build: Build) -> None:
    metadata = PdfReader(io.BytesIO(report_pdf.render(build(order)))).metadata
    assert metadata is not None
    assert metadata.creation_date == datetime(2025, 8, 19, 13, 7, 10, tzinfo=UTC)


def test_markup_in_notes_is_shown_not_run(seeded: None, trader: User, build: Build) -> None:
    order = finished_order(trader, notes=HOSTILE)
    text = text_of(report_pdf.render(build(order)))
    assert HOSTILE.replace(" ", "") in text.replace(" ", "")  # lines break anywhere


def test_markup_in_notes_is_escaped_on_the_page(seeded: None, trader: User, build: Build, signed_in: Client) -> None:
    order = finished_order(trader, notes=HOSTILE)
    build(order)
    page = signed_in.get(reverse("order-tca", args=[order.pk])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_thousand_fills_are_all_listed_over_pages(seeded: None, trader: User, build: Build) -> None:
    many = tuple(Trade(at=number * 0.119, venue="okx", price="60001.00", quantity="0.0005", mid="60001") for number in range(1000))
    reader = PdfReader(io.BytesIO(report_pdf.render(build(finished_order(trader, trades=many)))))
    assert len(reader.pages) > 20
    assert "C-4-1000" in reader.pages[-1].extract_text()


def test_an_order_without_fills_has_a_pdf(seeded: None, trader: User, build: Build) -> None:
    order = finished_order(trader, trades=(), state="cancelled", arrival_mid=None, started_at=None)
    assert "Nothing filled." in text_of(report_pdf.render(build(order)))


def test_the_page_shows_cost_benchmarks_and_what_is_missing(order: ParentOrder, build: Build, signed_in: Client) -> None:
    build(order)
    page = signed_in.get(reverse("order-tca", args=[order.pk])).content.decode()
    for text in ("The order cost 11.20 bps, $33.59.", "Interval VWAP, own excluded", "60,005.9500", "There is no impact model yet"):
        assert text in page


def test_charts_have_a_summary_for_those_who_do_not_see_them(order: ParentOrder, build: Build, signed_in: Client) -> None:
    build(order)
    page = signed_in.get(reverse("order-tca", args=[order.pk])).content.decode()
    assert page.count('role="img"') >= 4
    assert "<desc>Delay +0.83 bps, $2.50; Spread +0.01 bps" in page


def test_downloads_carry_a_name_and_the_right_type(order: ParentOrder, build: Build, signed_in: Client) -> None:
    build(order)
    pdf = signed_in.get(reverse("order-report-pdf", args=[order.pk]))
    assert (pdf["Content-Type"], pdf["Content-Disposition"]) == ("application/pdf", f'attachment; filename="{order.reference}-tca.pdf"')
    assert pdf.content.startswith(b"%PDF")
    data = signed_in.get(reverse("order-report-json", args=[order.pk]))
    assert data.json()["parent"]["id"] == order.reference


def test_a_working_order_says_when_its_report_comes_and_looks_again(seeded: None, trader: User, signed_in: Client) -> None:
    order = finished_order(trader, state="working", completed_at=None, end_mid=None)
    answer = signed_in.get(reverse("order-tca", args=[order.pk]))
    assert (answer.status_code, answer["Refresh"]) == (200, "5")
    assert "still working" in answer.content.decode()


def test_a_refused_order_has_no_report_and_does_not_wait_for_one(seeded: None, trader: User, signed_in: Client) -> None:
    order = finished_order(trader, trades=(), state="rejected", arrival_mid=None, started_at=None)
    answer = signed_in.get(reverse("order-tca", args=[order.pk]))
    assert answer.status_code == 404
    assert "Refresh" not in answer
    assert "Risk refused this order" in answer.content.decode()


@pytest.mark.parametrize("name", ["order-tca", "order-report-pdf", "order-report-json"])
def test_another_desks_report_is_not_found(order: ParentOrder, build: Build, client: Client, name: str) -> None:
    build(order)
    stranger = User.objects.create_user(username="stranger", password="another long password", desk=Desk.objects.create(name="Other"))
    client.force_login(stranger)
    assert client.get(reverse(name, args=[order.pk])).status_code == 404


@pytest.mark.parametrize("name", ["order-report-pdf", "order-report-json"])
def test_a_report_that_is_not_ready_cannot_be_downloaded(order: ParentOrder, signed_in: Client, name: str) -> None:
    assert signed_in.get(reverse(name, args=[order.pk])).status_code == 404


def test_the_api_answers_with_the_report(order: ParentOrder, build: Build, signed_in: Client) -> None:
    report = build(order)
    assert signed_in.get(f"/api/v1/orders/{order.pk}/report/").json() == report_json.render(report)


def test_the_api_says_that_a_report_is_not_ready(order: ParentOrder, signed_in: Client) -> None:
    answer = signed_in.get(f"/api/v1/orders/{order.pk}/report/")
    assert answer.status_code == 404
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (None, "REPORT_NOT_READY")
