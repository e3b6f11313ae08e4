"""Checks that are counted, so that one that fails does not hide those behind it."""

import traceback

passed = []
failed = []


def note(name, error=None):
    """Counts a check; `error` is what it failed with."""
    if error is None:
        passed.append(name)
        print(f"ok      {name}")
    else:
        failed.append(name)
        print(f"FAILED  {name}: {type(error).__name__}: {error}")


def check(name, function, *arguments):
    """Runs a check."""
    try:
        function(*arguments)
    except Exception as error:  # whatever a client raises is what failed
        traceback.print_exc()
        note(name, error)
    else:
        note(name)


def equal(got, expected):
    assert got == expected, f"got {got!r}, expected {expected!r}"


def raises(kind, function, *arguments):
    """The error of this kind that the call must raise."""
    try:
        result = function(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}, but {result!r}")


def report():
    """Prints the counts; the exit code."""
    print(f"{len(passed)} passed, {len(failed)} failed")
    return 1 if failed else 0
