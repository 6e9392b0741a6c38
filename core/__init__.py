"""The kernel of youthpilot and its public API: modules import these names and nothing else of core."""
