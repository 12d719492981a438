"""What OKX's answers prove.

Source: "Error Code" of the OKX API guide (okx.com/docs-v5/en/#error-code, as of July 2026), with the HTTP status of each code.
OKX answers a refused order with HTTP 200 (or 400), `code` "1" and the reason in `data[0].sCode`; other refusals stand in `code`.
A code is listed only when its text says that the request was refused before, or by, the matching engine. Left out on purpose,
because the outcome stays open: 50001 and 50005 (service unavailable), 50004 ("does not mean that the request was successful or
failed"), 50013 (busy), 50026 (system error), 51054 and 51149 (timed out, "does not mean ..."), 51412 (cancel timed out), and
every 5xx.
"""

from collections.abc import Mapping
from typing import Any

from execution.venues.ccxt.answers import json_object
from execution.venues.dialect import Refusal, Verdict

REFUSED_REQUEST = {
    "50000": "body empty",
    "50002": "JSON syntax",
    "50006": "content type",
    "50007": "user blocked",
    "50008": "no such user",
    "50009": "account frozen",
    "50012": "account status invalid",
    "50014": "parameter empty",
    "50015": "one of two parameters required",
    "50016": "parameters do not match",
    "50024": "parameters exclude each other",
    "50025": "too many of a parameter",
    "50027": "account restricted",
    "50030": "no permission for this endpoint",
    "50032": "currency prohibited for the account",
    "50033": "instrument blocked for the account",
    "50035": "key must be bound to an IP address",
    "50036": "expTime is in the past",
    "50037": "order expired",
    "50100": "API frozen",
    "50101": "key is of another environment",
    "50102": "timestamp expired",
    "50103": "no key",
    "50104": "no passphrase",
    "50105": "wrong passphrase",
    "50106": "no signature",
    "50107": "no timestamp",
    "50110": "IP address not allowed",
    "50111": "invalid key",
    "50112": "invalid timestamp",
    "50113": "invalid signature",
    "50114": "invalid authorization",
    "50115": "invalid method",
    "50119": "no such key",
    "50120": "key lacks the permission",
    "50121": "address not served",
}
REFUSED_ORDER = {
    "50122": "below the minimum amount",
    "51000": "parameter error",
    "51001": "no such instrument",
    "51002": "instrument does not match underlying",
    "51003": "no order id",
    "51004": "above the tier's limit",
    "51005": "above the largest amount",
    "51006": "price outside the limits",
    "51007": "less than one contract",
    "51008": "insufficient balance or margin",
    "51009": "orders blocked",
    "51010": "not in this account mode",
    "51012": "no such token",
    "51015": "instrument of another type",
    "51020": "below the smallest amount",
    "51021": "not listed yet",
    "51022": "suspended",
    "51024": "account blocked",
    "51025": "too many orders",
    "51027": "contract expired",
    "51028": "contract under delivery",
    "51029": "contract being settled",
    "51030": "funding being settled",
    "51031": "outside the closing price range",
    "51033": "pair's total reached",
    "51087": "listing cancelled",
    "51101": "above the largest size",
    "51102": "too many pending orders of the instrument",
    "51103": "too many pending orders of the family",
    "51104": "pending contracts of the family",
    "51105": "position and orders above the limit",
    "51106": "position and orders above the limit",
    "51107": "position and orders above the limit",
    "51111": "too many orders in the batch",
    "51112": "closes more than there is",
    "51116": "price too far",
    "51120": "below the smallest amount",
    "51121": "not a multiple of the lot",
    "51122": "below the lowest price",
    "51127": "no balance",
    "51129": "position limit",
    "51131": "insufficient balance",
    "51133": "reduce-only not on spot",
    "51137": "above the highest buy price",
    "51138": "below the lowest sell price",
    "51139": "reduce-only not on spot",
    "51148": "would turn reduce-only positions",
    "51150": "too many decimals",
    "51155": "restricted by local rules",
    "51169": "nothing to reduce",
    "51170": "reduce-only in the position's direction",
    "51174": "too many pending orders",
    "51185": "above the largest value",
    "51186": "leverage above the platform's limit",
    "51187": "above the platform's limit",
    "51201": "market order above the largest value",
    "51202": "market order above the largest amount",
    "51203": "above the largest amount",
    "51204": "limit order without a price",
    "51205": "reduce-only not available",
    "51206": "conflicts with a reduce-only order",
    "54030": "above the platform's limit",
    "54031": "open interest at its limit",
    "54072": "view only",
}
DUPLICATED = frozenset({"50071", "51016"})
"""`clOrdId already exists`: an order of ours has this id."""
NO_SUCH_ORDER = frozenset({"51400", "51401", "51402", "51410", "51603"})
"""Not known, or not open any more; 51410: its end is under way."""
RATE_LIMITED = frozenset({"50011", "50040", "50061", "51113"})
BY_CODE = {
    **dict.fromkeys(REFUSED_REQUEST | REFUSED_ORDER, Verdict.NO_EFFECT),
    **dict.fromkeys(DUPLICATED, Verdict.DUPLICATE),
    **dict.fromkeys(NO_SUCH_ORDER, Verdict.NO_SUCH_ORDER),
    **dict.fromkeys(RATE_LIMITED, Verdict.RATE_LIMITED),
}
SUCCESS = "0"
TOO_MANY_REQUESTS, REQUEST_TIMEOUT = 429, 408
OPERATION_FAILED = frozenset({"1", "2"})  # the reason stands with each item


def read_refusal(status: int, body: str) -> Refusal | None:
    """Return the refusal in an answer; none for 5xx and for whatever is not the venue's own words."""
    answer = json_object(body)
    refusal = None if answer is None else refusal_in(answer)
    if status == TOO_MANY_REQUESTS:
        code, message = (refusal.code, refusal.message) if refusal else (str(status), "")
        return Refusal(code=code, message=message, verdict=Verdict.RATE_LIMITED)
    return None if status >= 500 or status == REQUEST_TIMEOUT else refusal


def refusal_in(answer: Mapping[str, Any]) -> Refusal | None:
    """Return the refusal in a decoded answer; none when it succeeds or is not of OKX's shape.

    A batch is read only when it is about one order: nothing else is ever sent.
    """
    code = answer.get("code")
    if not isinstance(code, str):
        return None
    item = _only_item(answer.get("data"))
    if item is not None and item.get("sCode") not in (None, "", SUCCESS):
        return _refusal(str(item["sCode"]), str(item.get("sMsg") or ""))
    if code == SUCCESS:
        return None
    if code in OPERATION_FAILED:
        return Refusal(code=code, message=str(answer.get("msg") or ""), verdict=Verdict.OPEN)
    return _refusal(code, str(answer.get("msg") or ""))


def _refusal(code: str, message: str) -> Refusal:
    """Judge a code; some carry a sub-code behind an underscore (51008_1000)."""
    return Refusal(code=code, message=message, verdict=BY_CODE.get(code.partition("_")[0], Verdict.OPEN))


def _only_item(data: Any) -> Mapping[str, Any] | None:
    if isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict):
        return data[0]
    return None
