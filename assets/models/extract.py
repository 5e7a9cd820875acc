#!/usr/bin/env python3
"""Write the API tables of this folder from the service models that botocore publishes.

    pip install botocore && python3 assets/models/extract.py

Only facts are kept: names, types, order, wire locations, limits, paginators,
waiters. Documentation texts are left out. One operation or shape a line, so
that a new version of AWS's API is a readable diff.
"""

import gzip
import json
import pathlib

import botocore

VERSIONS = {
    "iam": "2010-05-08",
    "sts": "2011-06-15",
    "cloudformation": "2010-05-15",
    "s3": "2006-03-01",
}
DATA = pathlib.Path(botocore.__file__).parent / "data"
HERE = pathlib.Path(__file__).parent


def load(path):
    zipped = path.with_name(path.name + ".gz")
    if zipped.exists():
        return json.loads(gzip.open(zipped).read())
    return json.loads(path.read_text()) if path.exists() else {}


def member(ref):
    """A reference to a shape, with what the wire needs to know about it."""
    out = {"shape": ref["shape"]}
    renames = {
        "location": "location",
        "locationName": "location_name",
        "flattened": "flattened",
        "streaming": "streaming",
        "xmlAttribute": "xml_attribute",
        "idempotencyToken": "idempotency_token",
        "box": None,
    }
    for source, target in renames.items():
        if target and ref.get(source):
            out[target] = ref[source]
    if ref.get("xmlNamespace"):
        out["xml_namespace"] = ref["xmlNamespace"]["uri"]
    return out


def shape(source):
    out = {"type": source["type"]}
    if "members" in source:
        required = set(source.get("required", []))
        out["members"] = [
            {"name": name, **member(ref), **({"required": True} if name in required else {})}
            for name, ref in source["members"].items()
        ]
    for side in ("member", "key", "value"):
        if side in source:
            out[side] = member(source[side])
    renames = {
        "min": "min",
        "max": "max",
        "pattern": "pattern",
        "enum": "enum",
        "flattened": "flattened",
        "sensitive": "sensitive",
        "payload": "payload",
        "streaming": "streaming",
        "timestampFormat": "timestamp_format",
        "locationName": "location_name",
        "eventstream": "event_stream",
        "cliType": "cli_type",
    }
    for key, target in renames.items():
        if key in source and source[key] is not False:
            out[target] = source[key]
    if source.get("error", {}).get("code"):
        out["error"] = {
            "code": source["error"]["code"],
            "status": source["error"].get("httpStatusCode", 400),
        }
    if source.get("xmlNamespace"):
        out["xml_namespace"] = source["xmlNamespace"]["uri"]
    return out


def listed(value):
    return value if isinstance(value, list) else [value]


def operation(source, paginator):
    out = {
        "name": source["name"],
        "method": source["http"]["method"],
        "uri": source["http"]["requestUri"],
    }
    if source["http"].get("responseCode", 200) != 200:
        out["status"] = source["http"]["responseCode"]
    if "input" in source:
        out["input"] = member(source["input"])
    if "output" in source:
        out["output"] = source["output"]["shape"]
        if source["output"].get("resultWrapper"):
            out["result_wrapper"] = source["output"]["resultWrapper"]
    if source.get("errors"):
        out["errors"] = [error["shape"] for error in source["errors"]]
    if source.get("authtype"):
        out["auth"] = source["authtype"]
    if paginator:
        page = {
            "input_token": listed(paginator["input_token"]),
            "output_token": listed(paginator["output_token"]),
            "result_key": listed(paginator["result_key"]),
        }
        for key in ("limit_key", "more_results"):
            if key in paginator:
                page[key] = paginator[key]
        if "non_aggregate_keys" in paginator:
            page["non_aggregate_keys"] = paginator["non_aggregate_keys"]
        out["paginator"] = page
    return out


def waiter(name, source):
    return {
        "name": name,
        "operation": source["operation"],
        "delay": source["delay"],
        "max_attempts": source["maxAttempts"],
        "acceptors": source["acceptors"],
    }


def lines(rows):
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in rows) + "\n]"


for service, version in VERSIONS.items():
    folder = DATA / service / version
    model = load(folder / "service-2.json")
    pages = load(folder / "paginators-1.json").get("pagination", {})
    extras = load(folder / "paginators-1.sdk-extras.json").get("merge", {}).get("pagination", {})
    for name, extra in extras.items():
        pages.setdefault(name, {}).update(extra)
    waiters = load(folder / "waiters-2.json").get("waiters", {})
    # What the AWS CLI and boto3 take a shape for where the wire has something else.
    own = load(folder / "service-2.sdk-extras.json").get("merge", {}).get("shapes", {})
    for name, extra in own.items():
        model["shapes"][name]["cliType"] = extra["type"]
    meta = model["metadata"]
    operations = [operation(op, pages.get(name)) for name, op in model["operations"].items()]
    shapes = [{"name": name, **shape(source)} for name, source in model["shapes"].items()]
    text = (
        "{"
        + f'"service":{json.dumps(service)},"api_version":{json.dumps(version)},'
        + f'"service_id":{json.dumps(meta["serviceId"])},'
        + f'"protocol":{json.dumps(meta["protocol"])},'
        + f'"xml_namespace":{json.dumps(meta.get("xmlNamespace", "http://s3.amazonaws.com/doc/2006-03-01/"))},\n'
        + '"operations":'
        + lines(operations)
        + ',\n"shapes":'
        + lines(shapes)
        + ',\n"waiters":'
        + lines(waiter(name, source) for name, source in waiters.items())
        + "}\n"
    )
    (HERE / f"{service}.json").write_text(text)
    print(service, len(operations), "operations,", len(shapes), "shapes, botocore", botocore.__version__)
