"""For authors of modules: drafts of migrations (loaded by `youthpilot db`), the conformance kit (`testing`, loaded by tests)."""
