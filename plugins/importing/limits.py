"""What a sheet may cost. Standard library only: the child process imports this."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading, all included. Rows and columns count what is there, whatever the file declares."""

    file_bytes: int = 50 * MEGABYTE
    rows: int = 200_000
    columns: int = 100
    entries: int = 1000  # parts of the zip that an .xlsx is
    unpacked_bytes: int = 200 * MEGABYTE
    ratio: int = 100  # unpacked : packed, for parts above ratio_from_bytes
    ratio_from_bytes: int = MEGABYTE
    memory_bytes: int = 1024 * MEGABYTE  # address space of the child, its interpreter included
    cpu_seconds: int = 30
    wall_seconds: int = 60
    output_bytes: int = 400 * MEGABYTE  # what the child may hand back


class Refused(Exception):
    """The file cannot be read. `code` chooses the message (reading.py), `values` fill it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values
