"""Pages of the figures: fill, totals, a span of days."""
