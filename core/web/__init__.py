"""Requests: who may (policies), from where (hosts, throttles), in which county (current)."""
