"""What the kit for authors of modules asks of sections: each is composed in a county without a record."""

from youthpilot.core.counties.models import County
from youthpilot.core.hookvalues import PeriodValue
from youthpilot.core.periods.models import Period
from youthpilot.core.registry import CountyRegistry

from .hookspecs import sections
from .services import compose_now


def contract_checks(registry: CountyRegistry, module: str, period: PeriodValue) -> list[str]:
    """What is wrong with a module's sections of the report, a sentence each."""
    if module not in registry.enabled:
        left = any(owner == module for owner, _section in sections(registry))
        return ["a section of it is left after it was disabled"] if left else []
    composed = compose_now(Period.get_by_id(period.id), County.get_by_id(registry.county.id), registry)[1]
    return [f"the section {c.section.key} raises when no figure is there" for c in composed if c.owner == module and c.failed]
