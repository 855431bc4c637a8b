"""The machine: its cores, and the memory of a process. Linux and macOS."""

import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

MIB = 1024 * 1024


def cores() -> list[int]:
    """The cores that we may use; empty where a process cannot be bound to one."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def bind(pid: int, *, to_first: bool) -> None:
    """Bind a process to the first core, where servers run, or keep it off that core.

    Nothing happens on a machine with one core, or where the system knows no binding.
    """
    if hasattr(os, "sched_setaffinity") and len(cores()) > 1:
        first, *others = cores()
        os.sched_setaffinity(pid, {first} if to_first else others)


def memory(pid: int) -> float:
    """The resident memory of a process, in MiB."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        return _kilobytes(status, "VmRSS") / 1024
    shown = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)  # noqa: S603, S607 (of our own)
    return int(shown) / 1024


def peak_memory() -> float:
    """The most resident memory that this process ever had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says would count the memory of whoever started us.
        return _kilobytes(status, "VmHWM") / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def described() -> str:
    """The machine and the Python, in a line."""
    number = os.cpu_count() or 1
    return f"{platform.system()} {platform.machine()}, {number} cores, Python {sys.version.split()[0]}"


def _kilobytes(status: Path, field: str) -> int:
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines[field].split()[0])
