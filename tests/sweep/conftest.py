"""Two counties with a mark in every text column and the application on them; a quiet log."""

from collections.abc import Iterator

import pytest
import structlog

from .world import World, world_in


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """The sweep provokes thousands of refusals: they are judged, not printed."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """The world to read in: marks are attempts at script too."""
    with world_in(tmp_path_factory.mktemp("sweep")) as made:
        yield made


@pytest.fixture(scope="module")
def plain_world(tmp_path_factory) -> Iterator[World]:
    """The world to write in: marks fit into the columns, so that forms can be sent back."""
    with world_in(tmp_path_factory.mktemp("sweep"), tail="") as made:
        yield made
