"""Runs checks one after the other and counts them.

A check is a function without arguments. It fails by an exception; the others go on.
"""

import sys
import time
import traceback

# What a client may need to join a group, or to read what is there.
PATIENCE_S = 60


def run(checks):
    """Runs all, prints how each went, and ends the program."""
    failed = 0
    for check in checks:
        begun = time.monotonic()
        try:
            check()
            verdict = "ok"
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            failed += 1
            verdict = "FAILED"
        took_s = time.monotonic() - begun
        print(f"{verdict:6} {check.__name__.replace('_', ' ')} ({took_s:.1f} s)", flush=True)
    sys.stderr.flush()
    print(f"{len(checks) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


def until(what, step):
    """Takes steps until one gives something true, which it returns."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        result = step()
        if result:
            return result
    raise TimeoutError(f"{what}: not within {PATIENCE_S} s")


def equal(got, expected):
    """Fails where the two differ."""
    if got != expected:
        raise AssertionError(f"got {shorten(got)}, expected {shorten(expected)}")


def shorten(value):
    text = repr(value)
    return text if len(text) <= 500 else f"{text[:500]}…"
