"""Until youthpilot.core exports these public names: put them there."""

import importlib

import youthpilot.core as core

NAMES = {
    "OrganizationClosure": "organizations.models",
    "mask_name": "importing.identity",
    "keep_before": "importing.services",
    "record_audit": "audit.services",
}
for name, module in NAMES.items():
    if name not in core.PUBLIC and not hasattr(core, name):
        try:
            setattr(core, name, getattr(importlib.import_module(f"youthpilot.core.{module}"), name))
        except (ImportError, AttributeError):
            setattr(core, name, lambda *a, **k: None)
