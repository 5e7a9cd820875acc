"""A lab as a teacher of a course on IAM writes it with boto3: resources, waiters, paginators, the
transfer manager, presigned requests and profiles that assume roles. Nothing here knows of rolecall
but the token of the identity provider, which on AWS comes from elsewhere.

    pip install boto3 && rolecall serve --instant-stacks   # in another terminal; paste its lines
    python3 tests/boto3/lab.py
"""

import io
import json
import os
import pathlib
import sys
import tempfile
import urllib.error
import urllib.request
import uuid

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, WaiterError

MIB = 1024 * 1024
QUICK = {"Delay": 1, "MaxAttempts": 20}
PARTS = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
STACK = """
Parameters: {Team: {Type: String, Default: red}}
Resources:
  Data: {Type: AWS::S3::Bucket}
  Member: {Type: AWS::IAM::User, Properties: {Tags: [{Key: team, Value: !Ref Team}]}}
Outputs:
  Name: {Value: !Ref Data, Export: {Name: lab-data}}
"""


def document(effect, actions, resource="*"):
    statement = {"Effect": effect, "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal, action="sts:AssumeRole", **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = {"StringEquals": condition["equals"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def equal(found, expected):
    assert found == expected, f"\nfound    {found!r}\nexpected {expected!r}"


def refused(code, message, call, *args, **kwargs):
    """The call fails with exactly this error."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        error = error.response["Error"]
        equal((error["Code"], error.get("Message")), (code, message))
        return
    raise AssertionError(f"not refused: {code}: {message}")


def ask(method, url, body=None, headers=None):
    """Status and text of a plain HTTP request, as a browser or curl makes it."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()


def people(iam, account):
    """Users, groups and policies through the resource API."""
    client = iam.meta.client
    ann = iam.create_user(UserName="ann", Path="/course/", Tags=[{"Key": "team", "Value": "red"}])
    client.get_waiter("user_exists").wait(UserName="ann")
    equal(ann.arn, f"arn:aws:iam::{account}:user/course/ann")
    ann.reload()
    equal((ann.tags, ann.password_last_used), ([{"Key": "team", "Value": "red"}], None))
    group = iam.create_group(GroupName="students")
    ann.add_group(GroupName="students")
    equal([user.name for user in group.users.all()], ["ann"])

    policy = iam.create_policy(PolicyName="reader", PolicyDocument=document("Allow", "s3:List*"))
    client.get_waiter("policy_exists").wait(PolicyArn=policy.arn)
    second = policy.create_version(PolicyDocument=document("Allow", ["s3:List*", "s3:Get*"]))
    second.set_as_default()
    policy.reload()
    equal((policy.default_version_id, policy.attachment_count), ("v2", 0))
    equal(policy.default_version.document["Statement"][0]["Action"], ["s3:List*", "s3:Get*"])
    group.attach_policy(PolicyArn=policy.arn)
    equal([attached.arn for attached in group.attached_policies.all()], [policy.arn])
    ann.create_policy(PolicyName="own", PolicyDocument=document("Allow", "iam:GetUser"))
    equal(ann.Policy("own").policy_document["Statement"][0]["Action"], "iam:GetUser")

    refused("EntityAlreadyExists", "User with name ann already exists.", iam.create_user, UserName="ann")
    refused("NoSuchEntity", "The user with name bob cannot be found.", iam.User("bob").load)
    refused("DeleteConflict", "Cannot delete entity, must remove users from group first.", ann.delete)
    refused("MalformedPolicyDocument", "Syntax errors in policy.",
            iam.create_policy, PolicyName="broken", PolicyDocument="{")
    try:
        client.get_waiter("role_exists").wait(
            RoleName="nobody", WaiterConfig={"Delay": 0, "MaxAttempts": 2})
    except WaiterError as error:
        assert "Matched expected service error code: NoSuchEntity" in str(error), error
    else:
        raise AssertionError("a role that is not there was waited for")


def pages(iam):
    """Every page, one element each."""
    for name in ("p1", "p2", "p3"):
        iam.create_user(UserName=name, Path="/pages/")
    listed = iam.meta.client.get_paginator("list_users").paginate(
        PathPrefix="/pages/", PaginationConfig={"PageSize": 1})
    equal([[user["UserName"] for user in page["Users"]] for page in listed], [["p1"], ["p2"], ["p3"]])
    equal([user.name for user in iam.users.filter(PathPrefix="/pages/").limit(2)], ["p1", "p2"])
    equal(sum(1 for _ in iam.policies.filter(Scope="AWS")) > 100, True)
    details = iam.meta.client.get_paginator("get_account_authorization_details").paginate(
        PaginationConfig={"PageSize": 2}).build_full_result()
    equal({"ann", "p1", "p2", "p3"} - {user["UserName"] for user in details["UserDetailList"]}, set())
    for name in ("p1", "p2", "p3"):
        iam.User(name).delete()


def objects(s3):
    """Buckets and objects: the transfer manager, collections, presigned requests, versions."""
    client = s3.meta.client
    bucket = s3.create_bucket(Bucket="course-objects")
    bucket.wait_until_exists()
    content, key, sent = os.urandom(11 * MIB), "a b/ü+%&.bin", []
    bucket.upload_fileobj(io.BytesIO(content), key, Config=PARTS, Callback=sent.append,
                          ExtraArgs={"Metadata": {"week": "1"}, "ContentType": "x/lab"})
    equal(sum(sent), len(content))
    bucket.copy({"Bucket": bucket.name, "Key": key}, "copy", Config=PARTS)
    copy = bucket.Object("copy")
    equal((copy.metadata, copy.content_type), ({"week": "1"}, "x/lab"))
    assert copy.e_tag.endswith('-3"'), copy.e_tag
    got = io.BytesIO()
    copy.download_fileobj(got, Config=PARTS)
    equal(got.getvalue() == content, True)
    equal(copy.get(Range="bytes=0-9")["ContentRange"], f"bytes 0-9/{len(content)}")

    for n in range(12):
        bucket.put_object(Key=f"many/{n:02}", Body=b"x")
    equal(len(list(bucket.objects.filter(Prefix="many/").page_size(5))), 12)
    bucket.objects.filter(Prefix="many/").delete()
    equal(sorted(one.key for one in bucket.objects.all()), [key, "copy"])
    refused("NoSuchKey", "The specified key does not exist.", bucket.Object("none").get)
    refused("404", "Not Found", bucket.Object("none").load)
    refused("NoSuchBucketPolicy", "The bucket policy does not exist", bucket.Policy().load)
    refused("BucketNotEmpty", "The bucket you tried to delete is not empty", bucket.delete)

    where = {"Bucket": bucket.name, "Key": "by-url"}
    equal(ask("PUT", client.generate_presigned_url("put_object", where), b"one",
              {"Content-Type": ""})[0], 200)
    url = client.generate_presigned_url("get_object", {**where, "ResponseContentType": "text/plain"})
    equal(ask("GET", url), (200, "one"))
    status, text = ask("GET", url.replace("by-url", "other"))
    equal((status, "<Code>SignatureDoesNotMatch</Code>" in text), (403, True))
    post = client.generate_presigned_post(bucket.name, "form", Conditions=[["content-length-range", 1, 4]])
    equal([form(post, b"four")[0], form(post, b"twelve")], [204, (400, "EntityTooLarge")])

    bucket.Versioning().enable()
    bucket.put_object(Key="form", Body=b"next")
    bucket.Object("form").delete()
    refused("NoSuchKey", "The specified key does not exist.", bucket.Object("form").get)
    equal(len(list(bucket.object_versions.filter(Prefix="form"))), 3)
    bucket.object_versions.delete()
    bucket.delete()
    bucket.wait_until_not_exists()
    refused("NoSuchBucket", "The specified bucket does not exist",
            client.list_objects_v2, Bucket=bucket.name)


def form(post, content):
    """Sends the form as a browser does: its status, and the code of its error."""
    mark, lines = uuid.uuid4().hex, []
    for name, value in post["fields"].items():
        lines += [f"--{mark}", f'Content-Disposition: form-data; name="{name}"', "", value]
    lines += [f"--{mark}", 'Content-Disposition: form-data; name="file"; filename="f"', "", ""]
    body = "\r\n".join(lines).encode() + content + f"\r\n--{mark}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    status, text = ask("POST", post["url"], body, kind)
    return (status, text.split("<Code>")[1].split("</Code>")[0]) if "<Code>" in text else (status,)


def token(endpoint, region):
    """A token of an identity provider that the sandbox plays."""
    wanted = {"issuer": "https://token.example.com", "subject": "repo:me/app", "audience": "lab"}
    request = AWSRequest("POST", endpoint + "/_rolecall/web-identity-token", data=json.dumps(wanted))
    SigV4Auth(boto3.Session().get_credentials(), "sts", region).add_auth(request)
    return json.loads(ask("POST", request.url, request.data.encode(), dict(request.headers))[1])["token"]


def roles(iam, account, endpoint, region):
    """Profiles of the config file that assume roles, and what AWS says to those that may not."""
    client, root = iam.meta.client, f"arn:aws:iam::{account}"
    ann = iam.User("ann")
    ann.create_policy(PolicyName="assume", PolicyDocument=document("Allow", "sts:AssumeRole"))
    key = ann.create_access_key_pair()
    equals = {"sts:ExternalId": "course-42"}
    role = iam.create_role(RoleName="lab", MaxSessionDuration=7200,
                           AssumeRolePolicyDocument=trust({"AWS": f"{root}:user/course/ann"}, equals=equals))
    client.get_waiter("role_exists").wait(RoleName="lab")
    role.attach_policy(PolicyArn=S3_READ)
    iam.create_role(RoleName="next", AssumeRolePolicyDocument=trust({"AWS": role.arn}))
    role.Policy("chain").put(PolicyDocument=document("Allow", "sts:AssumeRole"))
    client.create_open_id_connect_provider(Url="https://token.example.com", ClientIDList=["lab"],
                                           ThumbprintList=["a" * 40])
    web = trust({"Federated": f"{root}:oidc-provider/token.example.com"},
                "sts:AssumeRoleWithWebIdentity", equals={"token.example.com:aud": "lab"})
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=web)

    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "token").write_text(token(endpoint, region))
    secret = {"Version": 1, "AccessKeyId": key.id, "SecretAccessKey": key.secret}
    (folder / "key.json").write_text(json.dumps(secret))
    (folder / "credentials").write_text(
        f"[ann]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n")
    (folder / "config").write_text(f"""
[profile lab]
role_arn = {root}:role/lab
source_profile = ann
external_id = course-42
role_session_name = ann-in-lab
[profile no-external-id]
role_arn = {root}:role/lab
source_profile = ann
[profile chained]
role_arn = {root}:role/next
source_profile = lab
role_session_name = ann-further
[profile process]
credential_process = cat {folder / "key.json"}
[profile web]
role_arn = {root}:role/web
web_identity_token_file = {folder / "token"}
role_session_name = app
""")
    kept = dict(os.environ)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    os.environ["AWS_CONFIG_FILE"] = str(folder / "config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(folder / "credentials")
    try:
        profiles_and_refusals(account)
    finally:
        os.environ.clear()
        os.environ.update(kept)
    role.reload()
    equal("LastUsedDate" in role.role_last_used, True)


def profiles_and_refusals(account):
    def client(profile, service):
        return boto3.Session(profile_name=profile).client(service)

    session = f"arn:aws:sts::{account}:assumed-role"
    for profile, arn in {
        "ann": f"arn:aws:iam::{account}:user/course/ann",
        "process": f"arn:aws:iam::{account}:user/course/ann",
        "lab": f"{session}/lab/ann-in-lab",
        "chained": f"{session}/next/ann-further",
        "web": f"{session}/web/app",
    }.items():
        equal(client(profile, "sts").get_caller_identity()["Arn"], arn)
    # Without the external id STS gives no reason.
    refused("AccessDenied",
            f"User: arn:aws:iam::{account}:user/course/ann is not authorized to perform: sts:AssumeRole "
            f"on resource: arn:aws:iam::{account}:role/lab",
            client("no-external-id", "sts").get_caller_identity)
    lab = f"User: {session}/lab/ann-in-lab is not authorized to perform:"
    equal(client("lab", "s3").list_buckets()["Buckets"], [])
    refused("AccessDenied",
            f'{lab} s3:CreateBucket on resource: "arn:aws:s3:::course-none" because no identity-based '
            "policy allows the s3:CreateBucket action",
            client("lab", "s3").create_bucket, Bucket="course-none")
    refused("AccessDenied",
            f"{lab} iam:ListUsers on resource: arn:aws:iam::{account}:user/ because no identity-based "
            "policy allows the iam:ListUsers action",
            client("lab", "iam").list_users)
    refused("AccessDenied",
            f"User: {session}/web/app is not authorized to perform: s3:ListAllMyBuckets because no "
            "identity-based policy allows the s3:ListAllMyBuckets action",
            client("web", "s3").list_buckets)
    refused("AccessDenied", "Cannot call GetSessionToken with session credentials",
            client("lab", "sts").get_session_token)
    refused("ValidationError", "Must specify userName when calling with non-User credentials",
            client("lab", "iam").get_user)


def stacks(cloudformation):
    """A stack: made, changed by a change set, deleted; with the waiters that people use."""
    client = cloudformation.meta.client
    new = {"StackName": "lab", "TemplateBody": STACK}
    refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]",
            cloudformation.create_stack, **new)
    may = {"Capabilities": ["CAPABILITY_IAM"]}
    stack = cloudformation.create_stack(**new, **may)
    identity = stack.stack_id
    client.get_waiter("stack_create_complete").wait(StackName="lab", WaiterConfig=QUICK)
    stack.reload()
    bucket = stack.Resource("Data").physical_resource_id
    equal(stack.outputs, [{"OutputKey": "Name", "OutputValue": bucket, "ExportName": "lab-data"}])
    equal(sorted(one.logical_id for one in stack.resource_summaries.all()), ["Data", "Member"])
    events = [(event.resource_status, event.resource_status_reason) for event in stack.events.all()]
    equal((events[0], events[-1]),
          (("CREATE_COMPLETE", None), ("CREATE_IN_PROGRESS", "User Initiated")))

    refused("ValidationError", "No updates are to be performed.",
            stack.update, UsePreviousTemplate=True, **may)
    change = {"StackName": "lab", "UsePreviousTemplate": True, **may}
    blue = [{"ParameterKey": "Team", "ParameterValue": "blue"}]
    made = client.create_change_set(ChangeSetName="blue", Parameters=blue, **change)
    client.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig=QUICK)
    changes = client.describe_change_set(ChangeSetName=made["Id"])["Changes"]
    equal([(one["ResourceChange"]["LogicalResourceId"], one["ResourceChange"]["Replacement"])
           for one in changes], [("Member", "False")])
    client.execute_change_set(ChangeSetName=made["Id"])
    client.get_waiter("stack_update_complete").wait(StackName="lab", WaiterConfig=QUICK)
    made = client.create_change_set(ChangeSetName="same", Parameters=blue, **change)
    try:
        client.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig=QUICK)
    except WaiterError as error:
        equal(error.last_response["StatusReason"],
              "The submitted information didn't contain changes. Submit different information to create a "
              "change set.")
    else:
        raise AssertionError("a change set without changes was made")

    stack.delete()
    client.get_waiter("stack_delete_complete").wait(StackName="lab", WaiterConfig=QUICK)
    equal(cloudformation.Stack(identity).stack_status, "DELETE_COMPLETE")
    refused("ValidationError", "Stack with id lab does not exist", cloudformation.Stack("lab").load)


def main():
    iam, s3, cloudformation = map(boto3.resource, ("iam", "s3", "cloudformation"))
    account = boto3.client("sts").get_caller_identity()["Account"]
    people(iam, account)
    pages(iam)
    objects(s3)
    roles(iam, account, os.environ["AWS_ENDPOINT_URL"], boto3.Session().region_name)
    stacks(cloudformation)


if __name__ == "__main__":
    sys.exit(main())
