#!/usr/bin/env python3
"""Record how the genuine AWS CLI v2 prints the answers of answers.json.

    python3 tests/awscli/record_answers.py > tests/awscli/printed.json

Each answer is printed in every format, and the expressions of queries.txt on
theirs as json and text. Needs the AWS CLI v2 as a Python package.
"""

import argparse
import copy
import io
import json
import pathlib

import awscli  # noqa: F401
import jmespath
from awscli.formatter import get_formatter

HERE = pathlib.Path(__file__).parent


def printed(form, expression, value):
    query = jmespath.compile(expression) if expression else None
    formatter = get_formatter(form, argparse.Namespace(query=query, color="off"))
    stream = io.StringIO()
    try:
        formatter("ListThings", copy.deepcopy(value), stream)
    except Exception as error:
        return {"error": str(error)}
    return {"printed": stream.getvalue()}


answers = json.loads((HERE / "answers.json").read_text())
rows = []
for name, value in answers.items():
    for form in ("json", "table", "text", "yaml", "yaml-stream"):
        rows.append({"answer": name, "format": form, **printed(form, None, value)})
for line in (HERE / "queries.txt").read_text().splitlines():
    if line and not line.startswith("#"):
        name, expression = line.split(" ", 1)
        for form in ("json", "table", "text", "yaml"):
            row = printed(form, expression, answers[name])
            rows.append({"answer": name, "format": form, "query": expression, **row})
print("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]")
