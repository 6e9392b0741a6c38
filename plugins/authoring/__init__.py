"""For authors of modules: drafts of migrations, loaded by `youthpilot db`."""
