"""Sharing a total out in whole parts whose sum is exact."""

from collections.abc import Sequence


def apportion(total: int, weights: Sequence[float], caps: Sequence[int] | None = None) -> list[int]:
    """`total` in whole parts in proportion to the weights (largest remainders); with `caps` no part is above its own.

    The sum is `total`, or the sum of the caps if that is less. A weight of 0 gets nothing.
    """
    parts, left = [0] * len(weights), total
    free = [i for i, w in enumerate(weights) if w > 0 and (caps is None or caps[i] > 0)]
    while left > 0 and free:
        whole = sum(weights[i] for i in free)
        exact = {i: left * weights[i] / whole for i in free}
        for i in free:
            parts[i] += int(exact[i])
        left -= sum(int(e) for e in exact.values())
        for i in sorted(free, key=lambda i: int(exact[i]) - exact[i])[:left]:
            parts[i] += 1
            left -= 1
        if caps is None:
            break
        left += sum(max(0, parts[i] - caps[i]) for i in free)
        parts = [min(part, cap) for part, cap in zip(parts, caps, strict=True)]
        free = [i for i in free if parts[i] < caps[i]]
    return parts
