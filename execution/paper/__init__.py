"""The paper exchange: a process of its own on loopback that speaks the venues' own protocols over one matching core.

Run it with `python -m execution.paper --port 8900 --seed 7 --state-dir var/paper` or start it from Python with
`execution.paper.process.start`. Each venue (`/binance`, `/okx`, `/bybit`, `/coinbase`) lives under its own path prefix with its
own listings (`catalogue`), rules, fees, depth and latency (`profiles`), and speaks through its own gateway (`gateways`); what
is below the gateways knows house symbols, reasons and events only. Nothing in this package imports Django, so the process
starts in a second and a test can run several. `control` shows the venues' true records and makes them misbehave (`faults`).

What is real and what is a model
--------------------------------
* The matching engine (`engine`) is a price-time priority book in whole ticks and lots. Background liquidity and own
  orders rest in the same queues; nothing ever jumps a queue, and cancelled background quantity leaves from behind an
  own order first.
* The market is either a seeded model (`market`) or a recording (`replay`). With `--replay` only the recorded symbols of
  the replay venue trade; every other listing is closed and its book empty. In the model, books that nobody looks at sleep.
* Spot fees are charged in the quote currency on both sides by default so that positions stay exact; `--fee-asset
  binance=received` charges what Binance itself does (the received asset, base on a buy). Commissions are truncated to
  1e-8 of the asset.
* Perpetuals (`perpetual`) are traded one-way on cross margin, in a wallet of their own or in the one wallet of a unified
  account; funding is paid every interval at the mark price. There is no liquidation.
* A resting own order that would trade with an incoming order of the same account expires (Binance's EXPIRE_MAKER).
* Refused orders that reached the matching engine (post-only that would take, insufficient balance or margin) are told on
  the private streams as rejected. A duplicate client order id is not, because its report would carry the id of the order
  that lives.
* Own orders, fills, funding and leverages are journalled (`journal`); orders open when the process stopped are EXPIRED at
  the next start, as after a venue's maintenance. The model's last prices are kept too, so a restart does not jump the market.
"""
