"""What Bybit's refusals prove. They come with HTTP 200 and a `retCode` other than 0.

Source of the codes and of their meaning: https://bybit-exchange.github.io/docs/v5/error, tables "UTA" and "Spot Trade", and the
comments on `exceptions` in ccxt's bybit, which hold answers as they came. Left out on purpose, because they prove nothing: time-outs
(10000, 170007, 170146, 170147), the venue's own faults (10016, 170001, 170032, 170149, 170150, 170234), what is still being worked
on (170035, 170191, 170212, 110079, 40004) and a repeated request (10014), whose first copy may have been carried out.
"""

from execution.venues.ccxt.answers import json_object
from execution.venues.dialect import Refusal, Verdict

REQUEST = {
    -2015: "the key has expired (spot)",
    10001: "a parameter is wrong",
    10002: "the time stamp is outside the receive window",
    10003: "the key is invalid",
    10004: "the signature is wrong",
    10005: "the key has no permission",
    10007: "authentication failed",
    10008: "the account is banned",
    10009: "the address is banned",
    10010: "the address is not bound to the key",
    10017: "no such route",
    10024: "compliance rules",
    10027: "trading is banned",
    10028: "for unified accounts only",
    10029: "the symbol is not on the key's list",
    33004: "the key has expired (derivatives)",
    100028: "not for unified accounts",
}
DERIVATIVES = {
    110003: "the price is out of range",
    110004: "the wallet balance does not suffice",
    110005: "the position's status does not allow it",
    110006: "the assets do not cover the position's margin",
    110007: "the available balance does not suffice",
    110012: "the available balance does not suffice",
    110013: "the risk limit does not allow the leverage",
    110014: "the available balance does not suffice for more margin",
    110016: "the quantity exceeds the risk limit",
    110017: "reduce-only is not satisfied",
    110018: "the user is unknown",
    110020: "too many active orders",
    110021: "the open interest exceeds its limit",
    110023: "the position may only be reduced",
    110025: "the position mode is not changed",
    110032: "the order is illegal",
    110036: "no change of leverage in cross margin",
    110040: "the order would be liquidated at once",
    110042: "the position may only be reduced before delivery",
    110043: "the leverage is not changed",
    110044: "the available margin does not suffice",
    110045: "the wallet balance does not suffice",
    110051: "the balance does not cover the lowest price",
    110052: "the balance does not cover the price",
    110053: "the balance does not cover the market's price",
    110063: "settlement is in progress",
    110066: "trading is not allowed now",
    110067: "not for unified accounts",
    110068: "no trading with leverage",
    110069: "no trading for customers of institutional lending",
    110070: "the symbol may not be traded",
    110080: "institutional lending is being liquidated",
    110085: "the risk limit has changed",
    110086: "the leverage exceeds the risk limit's",
    110087: "the leverage exceeds institutional lending's",
    110088: "the account is not unified",
    110089: "the highest risk limit is exceeded",
    110090: "the position would exceed its limit",
    110094: "the order is worth less than the minimum",
    110095: "no orders in a call auction",
    110098: "GTC only in a call auction",
    110103: "post-only only at this stage",
}
SPOT = {
    170010: "the position in a leveraged token exceeds its limit",
    170011: "the position in an innovation token exceeds its limit",
    170019: "the position exceeds its limit",
    170031: "the feature is suspended",
    170033: "the margin does not suffice",
    170034: "the liability exceeds its limit",
    170036: "margin trading is not enabled",
    170037: "no margin trading of this coin",
    170105: "a parameter is empty",
    170115: "the time in force is invalid",
    170116: "the order type is invalid",
    170117: "the side is invalid",
    170121: "the symbol is invalid",
    170124: "the amount is too large",
    170130: "a parameter is not valid",
    170131: "the balance does not suffice",
    170132: "the price is too high",
    170133: "the price is too low",
    170134: "the price has too many decimals",
    170135: "the quantity is too large",
    170136: "the quantity is too small",
    170137: "the quantity has too many decimals",
    170140: "the order is worth less than the minimum",
    170148: "the amount has too many decimals",
    170151: "the pair does not trade yet",
    170157: "the pair may not be traded through the API",
    170159: "no market orders in the first minutes of a pair",
    170192: "the price is too high",
    170193: "a buyer's price is too high",
    170194: "a seller's price is too low",
    170197: "the quantity would move the market too far",
    170198: "the quantity would move the market too far",
    170201: "the account may not trade",
    170210: "the order is rejected",
    170217: "post-only only",
    170218: "a post-only order's price is invalid",
    170221: "no such coin",
    170224: "the innovation zone is not opened",
    170226: "the account is being liquidated",
    170227: "not supported",
    170228: "the amount exceeds the largest",
    170229: "the quantity exceeds the largest",
    170241: "a risk disclosure is not confirmed",
    170341: "the quantity exceeds the largest",
    170344: "no margin trading of this symbol",
    170371: "the price is too low",
    170372: "the price is too high",
    170810: "too many orders",
}
NO_EFFECT = frozenset(REQUEST | DERIVATIVES | SPOT)
DUPLICATE = frozenset({110072, 170141, 12141})
NO_SUCH_ORDER = frozenset({110001, 110008, 110010, 110019, 170139, 170142, 170143, 170190, 170213})
RATE_LIMITED = frozenset({10006, 10018, 170005, 170222})
BY_CODE = {
    **dict.fromkeys(NO_EFFECT, Verdict.NO_EFFECT),
    **dict.fromkeys(DUPLICATE, Verdict.DUPLICATE),
    **dict.fromkeys(NO_SUCH_ORDER, Verdict.NO_SUCH_ORDER),
    **dict.fromkeys(RATE_LIMITED, Verdict.RATE_LIMITED),
}
LIMIT_STATUSES = frozenset({403, 429})
TOO_FREQUENT = "access too frequent"  # what a 403 says when the address is banned for its rate; others mean the country


def read_refusal(status: int, body: str) -> Refusal | None:
    """Return the refusal in an answer, None when it accepts, or is not the venue's own words."""
    limited = _read_limit(status, body)
    if limited is not None or not 200 <= status < 500 or status in LIMIT_STATUSES | {408}:
        return limited
    answer = json_object(body)
    if answer is None or type(answer.get("retCode")) is not int or not isinstance(answer.get("retMsg"), str):
        return None
    code = answer["retCode"]
    return Refusal(code=str(code), message=answer["retMsg"], verdict=BY_CODE.get(code, Verdict.OPEN)) if code else None


def _read_limit(status: int, body: str) -> Refusal | None:
    """Return the refusal of a rate limit that the HTTP status tells."""
    if status == 429 or (status == 403 and TOO_FREQUENT in body.lower()):
        return Refusal(code=str(status), message=body[:200], verdict=Verdict.RATE_LIMITED)
    return None
