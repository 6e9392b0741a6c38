"""A chart of the report as SVG, with presentation attributes only: it passes a content policy without inline styles."""

from decimal import ROUND_CEILING, Decimal

from markupsafe import Markup

from youthpilot.core.kernel.numbers import number_text, round_half_up

from .document import Chart

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 300, 64, 24, 56
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - 12, HEIGHT - TOP - BOTTOM
STEPS = 4
COLOURS = ("#1F5C70", "#C9A15B", "#7C9AA5", "#8C3B2E", "#5B6B4E", "#B7B7B7")


def chart_svg(chart: Chart) -> Markup:
    """The chart as an SVG element, its values also as words for a screen reader. Negative values are cut at zero in bars."""
    values = [value for series in chart.series for value in series.values if value is not None]
    top = axis_top(max([*values, Decimal(0)]))
    draw = _lines if chart.kind == "line" else _bars
    parts = [_grid(chart, top), *(draw(chart, index, top) for index in range(len(chart.series))), _legend(chart)]
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" font-size="13" fill="#333">{}</svg>').format(
        WIDTH, HEIGHT, _words(chart), Markup("").join(parts)
    )


def axis_top(largest: Decimal) -> Decimal:
    """The end of the value axis: the smallest of 1, 2, 4, 5, 8 or 10 times a power of ten that is not below the largest value."""
    if largest <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(largest.adjusted())
    leading = (largest / power).quantize(Decimal("0.01"), rounding=ROUND_CEILING)
    return next(Decimal(step) for step in (1, 2, 4, 5, 8, 10) if leading <= step) * power


def _words(chart: Chart) -> str:
    said = []
    for series in chart.series:
        pairs = zip(chart.categories, series.values, strict=False)
        said.append(f"{series.name}：" + "，".join(f"{name}{'—' if value is None else number_text(value)}" for name, value in pairs))
    return f"{chart.title}。" + "；".join(said)


def _y(value: Decimal, top: Decimal) -> Decimal:
    return round_half_up(TOP + PLOT_HEIGHT * (1 - max(value, Decimal(0)) / top), 1)


def _slot(chart: Chart) -> Decimal:
    return Decimal(PLOT_WIDTH) / max(len(chart.categories), 1)


def _x(chart: Chart, index: int, share: str = "0.5") -> Decimal:
    return round_half_up(LEFT + _slot(chart) * (index + Decimal(share)), 1)


def _grid(chart: Chart, top: Decimal) -> Markup:
    line = Markup('<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="#d9d9d9"/><text x="{}" y="{}" text-anchor="end">{}</text>')
    levels = [top * step / STEPS for step in range(STEPS + 1)]
    parts = [
        line.format(LEFT, LEFT + PLOT_WIDTH, _y(level, top), _y(level, top), LEFT - 6, _y(level, top) + 4, number_text(level)) for level in levels
    ]
    label = Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>')
    parts += [label.format(_x(chart, index), TOP + PLOT_HEIGHT + 18, name) for index, name in enumerate(chart.categories)]
    parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 6, 12, chart.unit))
    return Markup("").join(parts)


def _bars(chart: Chart, index: int, top: Decimal) -> Markup:
    width = round_half_up(_slot(chart) * Decimal("0.6") / len(chart.series), 1)
    bar = Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>')
    label = Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>')
    parts = []
    for place, value in enumerate(chart.series[index].values):
        if value is None:
            continue
        left, y = _x(chart, place, "0.2") + width * index, _y(value, top)
        parts.append(bar.format(left, y, width, TOP + PLOT_HEIGHT - y, COLOURS[index % len(COLOURS)]))
        if len(chart.series) == 1:
            parts.append(label.format(left + width / 2, y - 4, number_text(value)))
    return Markup("").join(parts)


def _lines(chart: Chart, index: int, top: Decimal) -> Markup:
    colour = COLOURS[index % len(COLOURS)]
    points = [None if value is None else (_x(chart, place), _y(value, top)) for place, value in enumerate(chart.series[index].values)]
    line = Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}" stroke-width="2"/>')
    # a blank leaves a hole: only neighbours are joined
    parts = [line.format(*a, *b, colour) for a, b in zip(points, points[1:], strict=False) if a and b]
    parts += [Markup('<circle cx="{}" cy="{}" r="3.5" fill="{}"/>').format(*point, colour) for point in points if point]
    return Markup("").join(parts)


def _legend(chart: Chart) -> Markup:
    if len(chart.series) < 2:
        return Markup("")
    entry = Markup('<rect x="{}" y="{}" width="12" height="12" fill="{}"/><text x="{}" y="{}">{}</text>')
    parts, x = [], LEFT
    for index, series in enumerate(chart.series):
        parts.append(entry.format(x, HEIGHT - 22, COLOURS[index % len(COLOURS)], x + 18, HEIGHT - 11, series.name))
        x += 48 + 13 * len(series.name)
    return Markup("").join(parts)
