"""Who estimates what resources cost, by the price tables that are at hand.

The tables are read when the first estimate is asked for: a plan without a step needs none.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import price_files, prices
from cs_aws_janitor.resources.prices import PriceTable, Pricing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.model import Place, Resource
    from cs_aws_janitor.resources.prices import Charge, Estimate, Price, Quote

    Charged = tuple[Place, tuple[Charge, ...], bool]

REMEMBERED = 10_000  # estimates; most resources of a fleet are charged alike


def lines_of(kinds: Mapping[str, Kind]) -> list[Price]:
    """What `kinds` are charged for: the lines of the price table, each once."""
    priced = [kind.pricing for kind in kinds.values() if isinstance(kind.pricing, Pricing)]
    return list({price.usage: price for pricing in priced for price in pricing.prices}.values())


@dataclass(slots=True)
class Estimator:
    """Estimates resources of `kinds` by the packaged list, and by the `cache` where there is one.

    `trouble` says why the cache does not count, once it was read. Safe among threads.
    """

    kinds: Mapping[str, Kind]
    cache: Path | None = None
    trouble: str | None = None
    _table: PriceTable | None = None
    _known: dict[Charged, Estimate | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, resource: Resource) -> Estimate | None:
        """What a month of `resource` costs, or None where that is not known."""
        pricing = self.kinds[resource.kind].pricing
        if isinstance(pricing, str) or not (charges := pricing.charges(resource)):
            return None
        goes_on = resource.cannot_shut_off is not None
        key = (resource.place, charges, goes_on)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = prices.estimate(
                charges, resource.place, self.table, pricing.besides, goes_on=goes_on
            )
        return self._known[key]

    def parts(self, resource: Resource) -> list[tuple[Charge, Quote]]:
        """What an estimate of `resource` is made of; nothing where there is none."""
        pricing = self.kinds[resource.kind].pricing
        charges = () if isinstance(pricing, str) else pricing.charges(resource) or ()
        quotes = [self.table.quote(charge, resource.place) for charge in charges]
        known = [(c, q) for c, q in zip(charges, quotes, strict=True) if q is not None]
        return known if len(known) == len(charges) else []

    @property
    def table(self) -> PriceTable:
        """The prices that count: those of the cache, and the packaged ones for what it lacks."""
        with self._lock:
            if self._table is None:
                self._table = self._read()
            return self._table

    def _read(self) -> PriceTable:
        packaged = PriceTable(price_files.read(price_files.PACKAGED))
        try:
            return packaged.newer(price_files.read(self.cache) if self.cache else {})
        except price_files.PriceFileError as error:
            self.trouble = str(error)
            return packaged
