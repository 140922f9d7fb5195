"""`price_data`: prices that a request describes in place of naming them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.catalogue import prices, products
from harness.simulator.wire.errors import StripeError, invalid
from harness.simulator.wire.versions import NEWEST

if TYPE_CHECKING:
    from harness.simulator.objects.price import Price
    from harness.simulator.world import World

INLINE = "inline"
"""Marks an entry whose price was drawn up for it: inactive, and usable there all the same."""


@dataclass
class Drawn:
    """A request's parameters with an id in the place of each `price_data`.

    The prices can be read like any others while the request is worked on; unless `keep` is called, they are
    gone afterwards, as after a refusal or a preview.
    """

    params: dict[str, Any]
    made: list[Price] = field(default_factory=list)
    kept: bool = False

    def keep(self, world: World) -> None:
        """Announce the prices; to be called when nothing can be refused any more.

        That `price.created` is sent for them is unverified.
        """
        self.kept = True
        for price in self.made:
            world.priced_products.add(price.product)
            emit(world, "price.created", price)


@contextmanager
def drawn_up(world: World, params: dict[str, Any], name: str = "") -> Iterator[Drawn]:
    """Draw up the prices that `params` describe: its own, and those of `items` and one-off items.

    They are inactive, as Stripe makes them; `name` is the wire name of `params`, for refusals.

    Raises:
        StripeError: 400 for `price_data` beside `price`, an unknown product, or amounts that do not fit.
    """
    drawn = Drawn(params)
    try:
        drawn.params = _named(world, drawn, params, name)
        for key in ("items", "add_invoice_items", "invoice_items"):
            if params.get(key):
                path = f"{name}[{key}]" if name else key
                entries = [
                    _named(world, drawn, entry, f"{path}[{index}]") for index, entry in enumerate(params[key])
                ]
                drawn.params = drawn.params | {key: entries}
        yield drawn
    finally:
        if not drawn.kept:
            for price in drawn.made:
                del world.prices[price.id]


@dataclass
class DrawnWithin:
    """The same for entries that have prices inside them, such as the phases of a schedule."""

    parts: list[Drawn]

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The entries with an id in the place of each `price_data`."""
        return [part.params for part in self.parts]

    def keep(self, world: World) -> None:
        """Announce the prices; to be called when nothing can be refused any more."""
        for part in self.parts:
            part.keep(world)


@contextmanager
def drawn_up_within(world: World, entries: list[dict[str, Any]], name: str) -> Iterator[DrawnWithin]:
    """Draw up the prices that each of `entries` describes; `name` is the wire name of their list.

    Raises:
        StripeError: as `drawn_up`.
    """
    with ExitStack() as stack:
        yield DrawnWithin(
            [
                stack.enter_context(drawn_up(world, entry, f"{name}[{index}]"))
                for index, entry in enumerate(entries)
            ]
        )


def _named(world: World, drawn: Drawn, entry: dict[str, Any], path: str) -> dict[str, Any]:
    data = entry.get("price_data")
    if data is None:
        return entry
    if entry.get("price") is not None:
        raise invalid(
            "You may only specify one of these parameters: price, price_data.", code="parameters_exclusive"
        )
    price = _draw(world, data, f"{path}[price_data]" if path else "price_data")
    drawn.made.append(price)
    rest = {key: value for key, value in entry.items() if key != "price_data"}
    return rest | {"price": price.id, INLINE: True}


def inactive_price(name: str) -> StripeError:
    """The refusal of an inactive price where it was not drawn up for the request."""
    return invalid("The price specified is inactive. This field only accepts active prices.", param=name)


def _draw(world: World, data: dict[str, Any], path: str) -> Price:
    """One inactive price of its product, in the account but not announced."""
    product = products.get(world, data["product"], f"{path}[product]")
    price = prices.build(world, data | {"active": False}, NEWEST)
    price.id, price.product = world.new_id("price"), product.id
    world.prices[price.id] = price
    return price
