"""A product: what prices are for, and the name on invoice lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(slots=True)
class Product:
    """State of a `product`. Products are not clocked (CLK-46): all times are wall times."""

    id: str
    created: int
    updated: int
    name: str
    active: bool = True
    type: str = "service"
    description: str | None = None
    default_price: str | None = None
    images: list[str] = field(default_factory=list)
    marketing_features: list[dict[str, str]] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    statement_descriptor: str | None = None
    package_dimensions: dict[str, Any] | None = None
    shippable: bool | None = None
    tax_code: str | None = None
    unit_label: str | None = None
    url: str | None = None
    deleted: bool = False

    def render(self, world: World) -> dict[str, Any]:
        """The wire form; of a deleted product the short one."""
        if self.deleted:
            return {"id": self.id, "object": "product", "deleted": True}
        return {
            "id": self.id,
            "object": "product",
            "active": self.active,
            "created": self.created,
            "default_price": self.default_price,
            "description": self.description,
            "images": list(self.images),
            "livemode": False,
            "marketing_features": [dict(feature) for feature in self.marketing_features],
            "metadata": dict(self.metadata),
            "name": self.name,
            "package_dimensions": self.package_dimensions,
            "shippable": self.shippable,
            "statement_descriptor": self.statement_descriptor,
            "tax_code": self.tax_code,
            "tax_details": None,
            "type": self.type,
            "unit_label": self.unit_label,
            "updated": self.updated,
            "url": self.url,
        }
