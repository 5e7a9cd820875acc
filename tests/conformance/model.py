"""Holds answers of a service against its model in botocore: types, required members, enumerations,
members that the model does not know, HTTP status of declared errors."""

import datetime
import re
import xml.etree.ElementTree as ElementTree

# Headers that S3 sends with every answer.
S3_HEADERS = {"x-amz-request-id", "x-amz-id-2", "x-amz-bucket-region"}

# Codes that services give beside those that an operation declares: of the common errors, and of
# those that the services' guides list for all operations.
COMMON = {
    "AccessDenied",
    "InvalidClientTokenId",
    "InvalidParameterValue",
    "MalformedInput",
    "NotImplemented",
    "ValidationError",
    # IAM
    "InvalidInput",
    "MalformedPolicyDocument",
    "NoSuchEntity",
    "DeleteConflict",
    # S3: its model declares next to none of its errors.
    "AccessControlListNotSupported",
    "BucketAlreadyOwnedByYou",
    "BucketNotEmpty",
    "InvalidArgument",
    "InvalidBucketName",
    "InvalidPart",
    "InvalidRequest",
    "MalformedXML",
    "MalformedPolicy",
    "MethodNotAllowed",
    "MissingRequestBodyError",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchKey",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NoSuchUpload",
    "NoSuchVersion",
    "NoSuchWebsiteConfiguration",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "PreconditionFailed",
    "ReplicationConfigurationNotFoundError",
    # HEAD: the status stands for the code.
    "400",
    "403",
    "404",
}

NUMBER = re.compile(r"-?\d+")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def local(tag):
    """An element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]


class Check:
    """The problems of one answer."""

    def __init__(self, name):
        self.name = name
        self.problems = []

    def say(self, path, text):
        self.problems.append(f"{self.name}: {path}: {text}")

    # Values

    def scalar(self, shape, text, path, header=False):
        text = text or ""
        kind = shape.type_name
        if kind in ("integer", "long") and not NUMBER.fullmatch(text):
            self.say(path, f"{text!r} is not a whole number")
        elif kind == "boolean" and text not in ("true", "false"):
            self.say(path, f"{text!r} is not a boolean")
        elif kind in ("double", "float"):
            try:
                float(text)
            except ValueError:
                self.say(path, f"{text!r} is not a number")
        elif kind == "timestamp":
            self.time(text, path, header)
        elif kind == "string":
            enum = getattr(shape, "enum", None)
            if enum and text not in enum:
                self.say(path, f"{text!r} is not one of {enum}")
            length, limits = len(text), shape.metadata
            if length < limits.get("min", 0) or length > limits.get("max", length):
                self.say(path, f"length {length} is not within {limits.get('min')}..{limits.get('max')}")

    def time(self, text, path, header):
        if not header:
            if not ISO.fullmatch(text):
                self.say(path, f"{text!r} is not an ISO 8601 time")
            return
        try:
            datetime.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT")
        except ValueError:
            self.say(path, f"{text!r} is not an RFC 1123 time")

    def element(self, shape, node, path):
        if shape.type_name == "structure":
            self.structure(shape, node, path)
        elif shape.type_name == "list":
            name = shape.member.serialization.get("name", "member")
            for index, child in enumerate(node):
                if local(child.tag) != name:
                    self.say(path, f"<{local(child.tag)}> in a list of <{name}>")
                self.element(shape.member, child, f"{path}[{index}]")
        elif shape.type_name == "map":
            for child in node:
                self.entry(shape, child, path)
        else:
            if len(node):
                self.say(path, "has elements where text belongs")
            self.scalar(shape, node.text, path)

    def entry(self, shape, node, path):
        names = {
            shape.key.serialization.get("name", "key"): shape.key,
            shape.value.serialization.get("name", "value"): shape.value,
        }
        found = {local(child.tag): child for child in node}
        if set(found) != set(names):
            self.say(path, f"a map entry of {sorted(found)}")
        for name, child in found.items():
            if name in names:
                self.element(names[name], child, f"{path}.{name}")

    def structure(self, shape, node, path, members=None):
        members = shape.members if members is None else members
        known = {}
        for name, member in members.items():
            flat = member.type_name == "list" and member.serialization.get("flattened")
            wire = member.serialization.get("name", name)
            if flat:
                wire = member.member.serialization.get("name", wire)
                wire = member.serialization.get("name", wire)
            known[wire] = (name, member, flat)
        seen = {}
        for child in node:
            tag = local(child.tag)
            if tag not in known:
                self.say(path, f"<{tag}> is no member of {shape.name}")
                continue
            name, member, flat = known[tag]
            count = seen[name] = seen.get(name, 0) + 1
            here = f"{path}.{name}"
            if flat:
                self.element(member.member, child, f"{here}[{count - 1}]")
            elif count > 1:
                self.say(here, "comes more than once")
            else:
                self.element(member, child, here)
        for name in shape.required_members:
            attribute = name in members and members[name].serialization.get("xmlAttribute")
            if name in members and name not in seen and not attribute:
                flat_and_empty = known and any(
                    entry[0] == name and entry[2] for entry in known.values()
                )
                if not flat_and_empty:
                    self.say(path, f"required {name} is missing")

    # Answers

    def query(self, operation, body):
        root = self.parse(body)
        if root is None:
            return
        if local(root.tag) != f"{operation.name}Response":
            self.say("", f"the root is <{local(root.tag)}>")
        children = {local(child.tag): child for child in root}
        request = children.pop("ResponseMetadata", None)
        if request is None or request.find("{*}RequestId") is None:
            self.say("", "no ResponseMetadata with a RequestId")
        shape = operation.output_shape
        if shape is None:
            if children:
                self.say("", f"{sorted(children)} where the model has no output")
            return
        wrapper = shape.serialization.get("resultWrapper")
        result = children.pop(wrapper, None)
        if result is None:
            self.say("", f"no <{wrapper}>")
        else:
            self.structure(shape, result, "")
        if children:
            self.say("", f"{sorted(children)} beside the result")

    def rest(self, operation, headers, body):
        shape = operation.output_shape
        located = {}
        if shape is not None:
            for name, member in shape.members.items():
                place = member.serialization.get("location")
                if place:
                    located[name] = (place, member)
        self.headers(shape, located, headers)
        if shape is None or operation.name == "GetBucketLocation":
            return
        payload = shape.serialization.get("payload")
        if payload is None:
            members = {n: m for n, m in shape.members.items() if n not in located}
            if members and body:
                root = self.parse(body)
                if root is not None:
                    self.structure(shape, root, "", members)
            elif body:
                self.say("", "a body where the model has none")
            return
        member = shape.members[payload]
        if member.type_name == "structure" and body:
            root = self.parse(body)
            if root is not None:
                self.structure(member, root, payload)

    def headers(self, shape, located, headers):
        known = set(S3_HEADERS)
        for name, (place, member) in located.items():
            wire = member.serialization.get("name", name).lower()
            if place == "header":
                known.add(wire)
                if wire in headers and member.type_name == "list":
                    continue
                if wire in headers:
                    self.scalar(member, headers[wire], f"{name} (header)", header=True)
                elif name in shape.required_members:
                    self.say("", f"required {name} (header {wire}) is missing")
        prefixes = [
            member.serialization.get("name", "").lower()
            for place, member in located.values()
            if place == "headers"
        ]
        for name in headers:
            if name.startswith("x-amz-") and name not in known:
                if not any(prefix and name.startswith(prefix) for prefix in prefixes):
                    self.say("", f"header {name} is not in the model")

    def parse(self, body):
        try:
            return ElementTree.fromstring(body)
        except ElementTree.ParseError as error:
            self.say("", f"the body is not XML ({error}): {body[:200]!r}")
            return None

    def error(self, operation, protocol, status, body, head):
        code = str(status)
        if not head:
            root = self.parse(body)
            if root is None:
                return code
            node = root if local(root.tag) == "Error" else root.find("{*}Error")
            if node is None:
                self.say("", "no <Error>")
                return code
            found = {local(child.tag): child.text for child in node}
            code = found.get("Code") or ""
            if not found.get("Message"):
                self.say("", f"{code} has no message")
            if protocol == "query":
                kind = found.get("Type")
                if kind != ("Sender" if status < 500 else "Receiver"):
                    self.say("", f"{code} has type {kind}")
                if root.find("{*}RequestId") is None:
                    self.say("", f"{code} has no RequestId")
            elif not (found.get("RequestId") and found.get("HostId")):
                self.say("", f"{code} has no RequestId and HostId")
        declared = {}
        for shape in operation.error_shapes:
            error = shape.metadata.get("error", {})
            declared[error.get("code", shape.name)] = error.get("httpStatusCode")
        if code in declared:
            if declared[code] not in (None, status):
                self.say("", f"{code} comes with {status}, the model says {declared[code]}")
        elif code not in COMMON:
            self.say("", f"{code} ({status}) is not among the declared errors {sorted(declared)}")
        return code
