"""Writes docs/prices.md, what each kind is charged for, from what the kinds say of themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cs_aws_janitor.resources import price_files, prices
from cs_aws_janitor.resources.kinds import KINDS

if TYPE_CHECKING:
    from cs_aws_janitor.resources.kinds._kind import Kind
    from cs_aws_janitor.resources.prices import Price, Pricing

PAGE = Path(__file__).with_suffix(".md")
FEW = 4  # so many prices of a line are shown; of more only how many there are
HEAD = f"""# What things cost

Written by `make docs` from what each kind says of itself.

What a resource costs is an estimate: what AWS would charge by its public list, on demand and before
any discount, for a month of {prices.HOURS} hours. `janitor explain` shows its arithmetic.
Where a part is not known, such as a type that is not in the list, there is no estimate.

The package brings the prices below, of {prices.STAND_IN}. They stand in for other regions of the
same partition, and every estimate names the region and the day of its prices. `janitor prices
refresh` fetches those of your regions from AWS; `janitor prices show` shows what counts.

`janitor savings` tells from the ledger what was saved; its help says how that is counted.

Load balancers are not in the list, because no estimate would hold one. They are no kind that the
janitor looks after, and what it ends of what stands behind one, such as an Auto Scaling group,
leaves it standing and charged: a saving with its price in it would be none.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(kind) for kind in sorted(KINDS.values(), key=lambda k: k.name))


def _section(kind: Kind) -> str:
    if isinstance(kind.pricing, str):
        return f"\n## {kind.title}\n\nThere is no estimate: {kind.pricing}.\n"
    names = ("Charged for", "Usage type", "Unit", "While shut off", "USD", "As of")
    head = f"| {' | '.join(names)} |\n{'|---' * len(names)}|\n"
    rows = "".join(_row(price) for price in kind.pricing.prices)
    return f"\n## {kind.title}\n\n{head}{rows}{_besides(kind.pricing)}"


def _row(price: Price) -> str:
    row = price_files.read(price_files.PACKAGED).get((prices.STAND_IN, price.usage))
    usd, as_of = (_prices(row), str(row.as_of)) if row else ("after a refresh", "")
    off = "charged" if price.while_off else "not charged"
    return f"| {price.words} | `{price.usage}` | {price.unit} | {off} | {usd} | {as_of} |\n"


def _prices(row: prices.Row) -> str:
    if len(row.usd) > FEW:
        return f"{len(row.usd):,} of them"
    return ", ".join(f"{variant} {usd:f}".strip() for variant, usd in sorted(row.usd.items()))


def _besides(pricing: Pricing) -> str:
    return f"\nNot in the estimate: {pricing.besides}.\n" if pricing.besides else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
