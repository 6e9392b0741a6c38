"""The hooks of core. `register_*` are declarations, asked once per application; `county_*` happen in a county.

A hook's contract is data on its spec: what a fault does (`policy`), what must come back (`returns`) and after how long it is told. A
fault is whatever a module raises, SystemExit too, and a value of another kind than `returns` says.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click
import pluggy
from flask import Blueprint

from .contracts import NOTHING, Contract, F, FailurePolicy, Returns, exactly, list_of, list_of_classes, made_by
from .declaring import folder, functions, migrations, settings
from .hookvalues import (
    CountyValue,
    DemoTarget,
    Panel,
    PartCheck,
    PeriodDifference,
    PeriodPart,
    PeriodValue,
    Permission,
    Preparation,
    Problem,
    Setting,
)
from .kernel.db import BaseModel
from .plugin import NAMESPACE
from .screens import ClosingNote, HomeParts, ModuleEffect, SearchHits

if TYPE_CHECKING:
    from peewee import Model
    from wtforms import Form

    from .registry import CountyRegistry

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


def spec(
    policy: FailurePolicy, returns: Returns, slow: float | None = 1.0, claims: str = "", platform: bool = False, verifies: bool = False
) -> Callable[[F], F]:
    """Declare a hook with its contract; `contract_of` reads it back.

    claims: what the values' `key` is called (indicator, section …): it begins with the module's name, and nobody has it twice.
    platform: only the platform's own plugins may implement it; a module that does is refused.
    verifies: it is asked in a transaction of its own that only reads, so that what others write meanwhile is no difference.
    """

    def mark(function: F) -> F:
        arguments = tuple(name for name in inspect.signature(function).parameters if name != "self")
        function.contract = Contract(function.__name__, policy, returns, arguments, slow, claims, platform, verifies)  # type: ignore[attr-defined]
        return hookspec(function)

    return mark


def contract_of(hook: Callable[..., Any]) -> Contract:
    """The contract of a spec, e.g. of Specs.county_panels."""
    found: Contract = hook.contract  # type: ignore[attr-defined]
    return found


class Specs:
    """What core asks of a module; importing, figures and reports bring specifications of their own (their hookspecs.py)."""

    @spec(policy="refuse", returns=list_of_classes(BaseModel, "list[type[Model]]"))
    def register_models(self) -> list[type[Model]]:
        """The module's peewee models.

        Called: once at start. Each table name begins with the module's name; county-owned ones derive from OrganizationRow.
        Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=made_by(migrations, "str | dict[str, list[str]]"))
    def register_migrations(self) -> str | dict[str, list[str]]:
        """The folder of the module's numbered migration scripts, or for a module in one file {"0001_initial": [statements]}.

        The statements are frozen text (`youthpilot db draft NAME` prints them), never made from the models at run time.

        Called: once at start, and by `db up`. Example: plugins/study, tests/examples/rural_library.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=list_of(Permission))
    def register_permissions(self) -> list[Permission]:
        """Permissions that the module's routes ask for.

        Called: once at start. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=made_by(lambda value: settings(value, Setting), "tuple[type[Form], list[Setting]] | None"))
    def register_settings(self) -> tuple[type[Form], list[Setting]] | None:
        """A WTForms form and the dated settings it edits.

        Called: once at start. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=list_of_classes(object, "list[type]"))
    def register_admin_views(self) -> list[type]:
        """Classes of youthpilot.admin.ModuleView / ModuleModelView; the host makes the instances, per application.

        Called: once per application. The host prefixes endpoints and guards permission and enabling.
        Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=list_of(Blueprint))
    def register_blueprints(self) -> list[Blueprint]:
        """Blueprints named after the module, for public pages; they act on their own routes only, below `/<name>/`.

        Each view function carries a policy with module=<name> (youthpilot.core.policy): it is served where the county has enabled it.

        Called: once per application, tried on a scratch application first. Example: tests/examples/notice_board.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=list_of(click.Command, "list[click.Command]"))
    def register_commands(self) -> list[click.Command]:
        """One click group named after the module.

        Called: once at start. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=made_by(folder, "str"))
    def register_translations(self) -> str:
        """The folder of the module's translations, `<folder>/zh_Hans_CN/LC_MESSAGES/*.po`: what `words` and its templates look up first.

        Called: once at start. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=exactly(Callable, "Callable[[DemoTarget], None]"))
    def register_demo(self) -> Callable[[DemoTarget], None]:
        """A function that fills the demonstration county with the module's records of a period, all from the target's seed.

        Called: by `youthpilot demo` only, once per period, in the county's scope, outside a transaction. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="refuse", returns=made_by(functions, "list[Callable[[], None]]"), platform=True)
    def register_housekeeping(self) -> list[Callable[[], None]]:
        """What a server does beside answering, for all counties: each function goes on with what was left, or tidies up, and returns.

        Called: asked once; the functions one by one when a server starts and every hour, in a thread of their own, with the database
        open and no scope. One that raises is logged and stops neither the server nor the others. Platform plugins only.
        Example: plugins/importing.
        """
        raise NotImplementedError

    @spec(policy="abort", returns=NOTHING)
    def county_enabled(self, county: CountyValue) -> None:
        """The county has enabled the module.

        Called: inside the transaction of the act. Example: tests/examples/notice_board.
        """

    @spec(policy="after", returns=NOTHING)
    def county_disabled(self, county: CountyValue) -> None:
        """The county has disabled the module; its data stays.

        Called: after commit. Example: tests/examples/notice_board.
        """

    @spec(policy="isolate", returns=list_of(Panel))
    def county_panels(self, county: CountyValue, period: PeriodValue | None, today: date) -> list[Panel]:
        """Panels and to-dos on the county's home.

        Called: each time the home is shown, inside the user's scope, outside a transaction. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=exactly(HomeParts), slow=None, platform=True)
    def county_home(self, county: CountyValue, period: PeriodValue | None, today: date, organization_id: int | None) -> HomeParts:
        """What the plugin adds to the home: of the county (organization_id None), of one organization, or (period None) of a new county.

        Called: each time the home is shown, inside the user's scope and request, outside a transaction. Only what the user may see.
        Platform plugins only; modules have county_panels. Example: plugins/reports.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(SearchHits))
    def county_search(self, county: CountyValue, words: str, today: date, most: int) -> list[SearchHits]:
        """What of the plugin's has these words in its name, at most `most` of each sort, only what the user may see; no sort without hits.

        Called: when somebody searches, inside his scope and request, outside a transaction. Example: plugins/reports.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(ModuleEffect), slow=None, platform=True)
    def county_module_effects(self, county: CountyValue, module: str) -> list[ModuleEffect]:
        """What the module called `module` brings to the county in the plugin's respect, whether it is enabled or not.

        Called: on the page of the modules, in the user's scope and request. Platform plugins only. Example: plugins/figures.
        """
        raise NotImplementedError

    @spec(policy="block", returns=list_of(Problem))
    def county_period_problems(self, county: CountyValue, period: PeriodValue) -> list[Problem]:
        """What stands against closing the period.

        Called: on the closing page and inside the lock, in the county's scope. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=exactly(dict[int, str], "dict[int, str]"))
    def county_submission_points(self, county: CountyValue, period: PeriodValue) -> dict[int, str]:
        """Submission → what its reviewer must look at in what the plugin keeps of it, for those that wait; the others are left out.

        Called: on the board, and before many are accepted at once, in the user's scope. Example: plugins/figures.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(ClosingNote))
    def county_closing_notes(self, county: CountyValue, period: PeriodValue, registry: CountyRegistry) -> list[ClosingNote]:
        """What should be looked at before an open period is locked; none of it stands against the lock.

        Called: on the page of an open period, for who may lock it; by `period close`, after the lock. Example: plugins/reports.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(str))
    def county_period_facts(self, county: CountyValue, period: PeriodValue) -> list[str]:
        """A few words each about what the plugin keeps of a period, beside its progress.

        Called: on the page of a period, in the user's scope. Example: plugins/figures.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=exactly(dict[str, str], "dict[str, str]"), platform=True)
    def county_audit_titles(self, county: CountyValue) -> dict[str, str]:
        """Key → title of the things that entries of the audit log name by key.

        Called: once when the log is shown or exported, in the user's scope. Platform plugins only. Example: plugins/figures.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=exactly(str), platform=True)
    def county_audit_text(self, county: CountyValue, text: str, titles: dict[str, str]) -> str:
        """A text of an audit entry as people read it: what stands in it for a figure is given by its title.

        Called: for each text of the log's page and export, in the user's scope. Platform plugins only. Example: plugins/reports.
        """
        raise NotImplementedError

    @spec(policy="abort", returns=NOTHING)
    def county_ticking_off(self, county: CountyValue, period: PeriodValue, organization_id: int) -> None:
        """What an organization owes is to be accepted without a form; a plugin that asks for one refuses it by raising RuleError.

        Called: inside the transaction of the act. Example: plugins/figures.
        """

    @spec(policy="abort", returns=exactly(Preparation | None, "Preparation | None"), slow=None)
    def county_period_preparing(self, county: CountyValue, period: PeriodValue, today: date, registry: CountyRegistry) -> Preparation | None:
        """What the plugin will store of the period with its next lock, whose revision is `period.revision`; nothing is written here.

        registry: the county's, for plugins that ask modules further.

        Called: before the transaction of a lock, so that others may write meanwhile; again inside it if somebody did, and inside a
        correction, whose records are part of what it locks. In the county's scope. Example: plugins/figures.
        """
        raise NotImplementedError

    @spec(policy="abort", returns=exactly(PeriodPart | None, "PeriodPart | None"), slow=None)
    def county_period_locking(
        self, county: CountyValue, period: PeriodValue, prepared: Any, actor: str, registry: CountyRegistry
    ) -> PeriodPart | None:
        """Store the plugin's part of the lock; it is never changed afterwards. prepared: the content of its Preparation, None if it gave none.

        Called: inside the transaction of a lock or correction, platform plugins first. What those before have stored can be read.
        Example: plugins/figures, plugins/reports.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=exactly(PartCheck | None, "PartCheck | None"), slow=None, verifies=True)
    def county_lock_verifying(self, county: CountyValue, period: PeriodValue) -> PartCheck | None:
        """The plugin's part of the lock `period.revision`, computed again from what is stored; None if it has none.

        Called: when locks are verified, in the county's scope, in a transaction that only reads. Example: plugins/figures.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(PeriodDifference), slow=None, verifies=True)
    def county_periods_verifying(self, county: CountyValue) -> list[PeriodDifference]:
        """What the plugin stores of the county's periods beside its parts of the locks, and is not as the audit log tells it.

        Called: when locks are verified, in the county's scope, in a transaction that only reads. Example: plugins/reports.
        """
        raise NotImplementedError

    @spec(policy="abort", returns=exactly(PeriodPart | None, "PeriodPart | None"), slow=None)
    def county_period_publishing(
        self, county: CountyValue, period: PeriodValue, reason: str, actor: str, registry: CountyRegistry
    ) -> PeriodPart | None:
        """Store what a locked period publishes. Raises RuleError if it cannot go out so; `reason` may overrule what is merely open.

        Called: inside the transaction of the act. Example: plugins/reports.
        """
        raise NotImplementedError

    @spec(policy="after", returns=NOTHING)
    def county_period_closed(self, county: CountyValue, period: PeriodValue) -> None:
        """The period was locked.

        Called: after commit of the lock. Example: tests/examples/notice_board.
        """

    @spec(policy="abort", returns=NOTHING)
    def county_organization_changed(self, county: CountyValue, organization_id: int, event: str, other_id: int | None) -> None:
        """An organization was moved, merged, split, closed or reopened (`event`), with `other_id` the new parent or the one merged into.

        Foreign keys that simply go along in a merge are named in the model's `merged_fields`: core changes them, also where the module is
        disabled. The hook is for the rest, such as unique keys that would collide.

        Called: by core.organizations.services inside the transaction. Example: plugins/study (moves its roster).
        """

    @spec(policy="abort", returns=NOTHING)
    def county_person_erased(self, county: CountyValue, person_id: int) -> None:
        """A person was erased; the module removes what it knows of him.

        Called: by core.cadres.erasing inside the transaction, of every installed module, also where it is disabled. Example: plugins/study.
        """

    @spec(policy="isolate", returns=list_of(str), slow=None, verifies=True)
    def county_differences(self, county: CountyValue) -> list[str]:
        """What does not add up in the module's own records: a counter that differs from its rows, a sum that cannot be. A sentence each.

        Called: by `youthpilot check`, in the county's scope, in a transaction that only reads. Example: plugins/study.
        """
        raise NotImplementedError

    @spec(policy="isolate", returns=list_of(str), slow=None, platform=True)
    def county_contract_checks(self, county: CountyValue, module: str, period: PeriodValue, registry: CountyRegistry) -> list[str]:
        """In what the module called `module` breaks what this plugin asks of modules; a sentence each, for its author.

        Called: by the kit (core.testing), in the scope of a county without records; once while the module is enabled, once
        after it was disabled (`module` is not in `registry.enabled`), when nothing of it may be left. Platform plugins only.
        Example: plugins/importing.
        """
        raise NotImplementedError
