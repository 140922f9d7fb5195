"""Tax rates: how they come and change, and how others name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.objects.tax_rate import TaxRate
from harness.simulator.wire.errors import StripeError, invalid
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.world import World

MOST_RATES = 10  # INV-102
_FIXED = ("country", "state")
_FREE = ("description", "jurisdiction", "tax_type")


def get(world: World, rate_id: str) -> TaxRate:
    """The tax rate in a path.

    Raises:
        StripeError: 404, in observed words (INV-106).
    """
    if rate_id not in world.tax_rates:
        raise _missing(404, rate_id, "tax_rate")
    return world.tax_rates[rate_id]


def create(world: World, params: dict[str, Any]) -> TaxRate:
    """A new tax rate (INV-101).

    Raises:
        StripeError: 400 for a percentage over 100 or a country that is none (texts unverified).
    """
    if params["percentage"] is None:
        raise invalid("Missing required param: percentage.", code="parameter_missing", param="percentage")
    if params["percentage"] > 100:
        raise invalid(
            f"This value must be less than or equal to 100 (it currently is '{params['percentage']}').",
            param="percentage",
        )
    _check_country(params)
    rate = TaxRate(
        id=world.new_id("txr"),
        created=world.wall,
        display_name=params["display_name"],
        percentage=params["percentage"],
        inclusive=bool(params["inclusive"]),
        active=params.get("active") is not False,
        metadata=merge_metadata({}, params.get("metadata") or {}),
        **{name: params.get(name) for name in (*_FIXED, *_FREE)},
    )
    world.tax_rates[rate.id] = rate
    emit(world, "tax_rate.created", rate)
    return rate


def update(world: World, rate: TaxRate, params: dict[str, Any]) -> None:
    """Change what does not change the tax, or archive the rate.

    Raises:
        StripeError: 400 for another country or state than was set (INV-101; text unverified).
    """
    _check_country(params)
    for name in _FIXED:
        present = getattr(rate, name)
        if present is not None and params.get(name, present) != present:
            raise invalid(f"The {name} of a tax rate cannot be changed once it is set.", param=name)
    before = rate.render(world)
    for name in (*_FIXED, *_FREE):
        if name in params:
            setattr(rate, name, params[name])
    rate.display_name = params.get("display_name", rate.display_name)
    if params.get("active") is not None:
        rate.active = params["active"]
    if "metadata" in params:
        rate.metadata = merge_metadata(rate.metadata, params["metadata"])
    emit_update(world, "tax_rate.updated", rate, before)


def named(
    world: World, params: dict[str, Any], name: str, present: tuple[TaxRate, ...] = ()
) -> tuple[TaxRate, ...]:
    """The rates that the last word of `name`, such as `items[0][tax_rates]`, asks for; else those there are.

    Rates that were looked up before are taken as they are: archived since, they go on (INV-101).

    Raises:
        StripeError: 400 for an unknown rate, for one that is archived and not there yet, for one given twice
            and for more than ten (INV-101, INV-102; texts unverified).
    """
    key = name.rpartition("[")[2].rstrip("]")
    if key not in params:
        return present
    wanted = params[key] or []
    if wanted and isinstance(wanted[0], TaxRate):
        return tuple(wanted)
    if len(wanted) > MOST_RATES:
        raise invalid(f"Array {name} exceeded maximum {MOST_RATES} allowed elements.", param=name)
    for index, rate_id in enumerate(wanted):
        _check(world, rate_id, f"{name}[{index}]", present)
    if len(set(wanted)) < len(wanted):
        raise invalid("A tax rate can only be applied once.", param=name)
    return tuple(world.tax_rates[rate_id] for rate_id in wanted)


def _check(world: World, rate_id: str, name: str, present: tuple[TaxRate, ...]) -> None:
    rate = world.tax_rates.get(rate_id)
    if rate is None:
        raise _missing(400, rate_id, name)
    if not rate.active and rate not in present:
        raise invalid(f"The tax rate {rate_id} is archived and cannot be applied any more.", param=name)


def _missing(status: int, rate_id: str, param: str) -> StripeError:
    return StripeError(status, f"No such tax rate: '{rate_id:.200}'", code="resource_missing", param=param)


def _check_country(params: dict[str, Any]) -> None:
    country = params.get("country")
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise invalid(
            f"Country '{country:.100}' is unknown. Try using a 2-character alphanumeric country code "
            "instead, such as 'US', 'EG', or 'GB'.",
            param="country",
        )
