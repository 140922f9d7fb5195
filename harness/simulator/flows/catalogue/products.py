"""Products: how they come, change and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.objects.product import Product
from harness.simulator.wire.errors import StripeError, invalid, missing_resource
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.world import World

_PLAIN = (
    "name",
    "active",
    "description",
    "package_dimensions",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "unit_label",
    "url",
)


def get(world: World, product_id: str, param: str = "id") -> Product:
    """The product, which must exist.

    Raises:
        StripeError: `resource_missing`, also for a deleted one.
    """
    product = world.products.get(product_id)
    if product is None or product.deleted:
        raise missing_resource("product", product_id, param)
    return product


def build(world: World, params: dict[str, Any]) -> Product:
    """A product that isn't in the account yet, so that what comes with it can still be refused.

    Raises:
        StripeError: 400 when the wanted id is taken.
    """
    wanted = params.get("id")
    if wanted and wanted in world.products and not world.products[wanted].deleted:
        raise StripeError(400, "Product already exists.", code="resource_already_exists", param="id")
    product = Product(wanted or "", world.wall, world.wall, params["name"])
    product.type = params.get("type", "service")
    product.metadata = merge_metadata({}, params.get("metadata") or {})
    _apply(product, params)
    return product


def add(world: World, product: Product) -> None:
    """Take a built product into the account."""
    product.id = product.id or world.new_id("prod")
    world.products[product.id] = product
    emit(world, "product.created", product)


def update(world: World, product: Product, params: dict[str, Any]) -> None:
    """Change a product.

    Raises:
        StripeError: 400 when the default price isn't one of the product's own.
    """
    default = params.get("default_price")
    if default is not None and (default not in world.prices or world.prices[default].product != product.id):
        raise missing_resource("price", default, "default_price")
    before = product.render(world)
    if "metadata" in params:
        product.metadata = merge_metadata(product.metadata, params["metadata"])
    if "default_price" in params:
        product.default_price = default
    _apply(product, params)
    product.updated = world.wall
    emit_update(world, "product.updated", product, before)


def delete(world: World, product: Product) -> None:
    """Delete a product that never had a price.

    Raises:
        StripeError: 400 otherwise.
    """
    if product.id in world.priced_products:
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    emit(world, "product.deleted", product)  # with the product as it was
    product.deleted = True


def _apply(product: Product, params: dict[str, Any]) -> None:
    for name in _PLAIN:
        if name in params:
            setattr(product, name, params[name])
    if "images" in params:
        product.images = params["images"]
    if "marketing_features" in params:
        product.marketing_features = params["marketing_features"]
