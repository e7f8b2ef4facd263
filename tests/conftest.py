"""What all tests share: an honest account of what was not checked.

On a reader's machine a check may be skipped, for want of a browser say, and the last
lines of the run say so.  In CI nothing may be skipped.
"""

import os

from hypothesis import settings

# No test depends on how busy the machine is.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SKIPS_ALLOWED = not os.environ.get("CI")


def skipped_reasons(reporter):
    """reason -> how many tests were skipped for it."""
    counts = {}
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
        reason = reason.removeprefix("Skipped: ")
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    counts = skipped_reasons(reporter) if reporter else {}  # a worker has none
    if exitstatus == 0 and not SKIPS_ALLOWED and counts:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    reasons = skipped_reasons(terminalreporter)
    lines = [f"{count} skipped: {reason}" for reason, count in reasons.items()]
    if lines and not SKIPS_ALLOWED:
        lines.append("In CI nothing may be skipped, so this run has failed.")
    if config.option.markexpr == "not proof":
        lines.append("PyTorch and the JavaScript's own tests: make proof.")
    if lines:
        terminalreporter.section("not checked in this run")
        terminalreporter.write_line("\n".join(lines))
