"""Observe the deepest venue's perpetual and spot books on a joint path of the model."""

import numpy as np

from analytics.lab.facts.lead import Pair
from execution.market_model.parameters import SYMBOLS, VENUES
from execution.market_model.path import MarketPath
from execution.market_model.perpetuals import joint_books, perpetual_name
from execution.market_model.records import Recording

GRID_SECONDS = 0.1


def observe_lead(symbol: str, *, seed: np.random.SeedSequence, seconds: float) -> Pair:
    """Return the mids of both books of the first venue."""
    venues = VENUES[symbol]
    parameters, books = joint_books(SYMBOLS[symbol], venues, perpetuals=[venue.name for venue in venues])
    path = MarketPath(parameters, books, seed, recording=Recording(tape=False, sample_seconds=GRID_SECONDS))
    path.advance(seconds)
    samples, names = path.samples, [book.name for book in books]
    mids = 1 + (samples.bid + samples.ask) / 2 * 1e-4
    perpetual, spot = names.index(perpetual_name(venues[0].name)), names.index(venues[0].name)
    return Pair(perpetual=mids[:, perpetual], spot=mids[:, spot], grid_seconds=GRID_SECONDS)
