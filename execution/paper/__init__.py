"""The paper exchange: a process of its own on loopback that speaks Binance's spot REST and WebSocket protocols.

Run it with `python -m execution.paper --port 8900 --seed 7 --state-dir var/paper` or start it from Python with
`execution.paper.process.start`. Each venue lives under its own path prefix (`/binance`, `/okx`, `/bybit`) with its own
listings, depth, fees and latency; `execution.paper.urls` says how to point ccxt at it. Nothing in this package imports
Django, so the process starts in a second and a test can run several.

What is real and what is a model
--------------------------------
* The matching engine (`engine`) is a price-time priority book in whole ticks and lots. Background liquidity and own
  orders rest in the same queues; nothing ever jumps a queue, and cancelled background quantity leaves from behind an
  own order first.
* The market is either a seeded model (`market`) or a recording (`replay`). With `--replay` only the recorded symbols of
  the replay venue trade; every other listing answers with status BREAK, an empty book and "Market is closed.".
* Fees are charged in the quote currency on both sides by default so that positions stay exact; `--fee-asset
  binance=received` charges what Binance itself does (the received asset, base on a buy). Commissions are truncated to
  1e-8 of the asset.
* A resting own order that would trade with an incoming order of the same account expires (Binance's EXPIRE_MAKER).
* Client order ids are unique among open orders only, as on Binance. A refused order that reached the matching engine
  (post-only that would take, insufficient balance) also sends a REJECTED execution report; a duplicate client order id
  does not, because its report would carry the id of the order that lives.
* Own orders, fills and balances are journalled (`journal`); orders open when the process stopped are EXPIRED at the
  next start, as after a venue's maintenance. The model's last prices are kept too, so a restart does not jump the market.
"""
