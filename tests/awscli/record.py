#!/usr/bin/env python3
"""Record what the genuine AWS CLI v2 makes of the command lines in commands.txt.

    python3 tests/awscli/record.py > tests/awscli/recorded.json

Needs the AWS CLI v2 as a Python package (`awscli` importable, 2.30 or later).
Nothing is sent: each command stops where its input is complete.
"""

import io
import json
import os
import pathlib
import shlex
import sys

HERE = pathlib.Path(__file__).parent

import awscli  # noqa: E402
from awscli import clidriver, compat  # noqa: E402


class Stop(Exception):
    pass


def plain(value):
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if hasattr(value, "read"):
        return "<file>"
    return value


def run(words):
    out, err = io.StringIO(), io.StringIO()
    seen = {}

    def calling(call_parameters, parsed_globals, event_name, **kwargs):
        seen["command"] = event_name.split(".", 1)[1]
        seen["input"] = plain(call_parameters)
        seen["paginate"] = parsed_globals

    def stop(**kwargs):
        raise Stop("stopped before the call")

    driver = clidriver.create_clidriver(words)
    events = driver.session.get_component("event_emitter")
    events.register_last("calling-command.*", calling)
    events.register_first("before-call", stop)
    keep = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        code = clidriver.AWSCLIEntryPoint(driver).main(words)
    except SystemExit as exit:
        code = exit.code
    finally:
        sys.stdout, sys.stderr = keep
    row = {"exit": code, "stdout": out.getvalue(), "stderr": err.getvalue()}
    if "stopped before the call" in row["stderr"]:
        row = {}
        if seen:
            # Later handlers may still turn paging off.
            seen["paginate"] = seen["paginate"].paginate
            row["call"] = seen
        else:
            row["runs"] = True
    return row


def main():
    os.environ.update(
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY="none",
        AWS_REGION="us-east-1",
        AWS_CONFIG_FILE="/nonexistent/config",
        AWS_SHARED_CREDENTIALS_FILE="/nonexistent/credentials",
        AWS_PAGER="",
    )
    rows = []
    os.chdir(HERE / "files")
    for line in (HERE / "commands.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            rows.append({"text": line, **run(shlex.split(line)[1:])})
    print("[")
    print(",\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    print("]")


main()
