"""Calls every operation that `rolecall serve --list` names through boto3, and holds each answer
against botocore's model of the service.

    pip install boto3 && python3 tests/conformance/run.py target/debug/rolecall

First a story of calls that succeed, then one call of every operation that fails: it names things
that do not exist. Prints what does not conform and exits with 1 if anything does not.
"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import re
import struct
import subprocess
import sys
import time

import boto3
import botocore.exceptions
from botocore.config import Config

sys.dont_write_bytecode = True  # leaves no cache beside the sources
from model import Check  # noqa: E402

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
     "Action": ["sts:AssumeRole", "sts:TagSession"]}]})
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
TAGS = [{"Key": "team", "Value": "lab"}]
ACCOUNT = "123456789012"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/team/p"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"
MFA = f"arn:aws:iam::{ACCOUNT}:mfa/device"
TEMPLATE = """
Parameters:
  Name: {Type: String, Default: cfn-role, Description: A name, NoEcho: true}
Conditions:
  Always: !Equals [a, a]
Resources:
  Role:
    Type: AWS::IAM::Role
    Metadata: {note: kept}
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: cloudformation.amazonaws.com}, Action: sts:AssumeRole}]
Outputs:
  Arn:
    Description: The role
    Value: !GetAtt Role.Arn
    Export: {Name: RoleArn}
"""
GROWN = TEMPLATE.replace("Outputs:", """
  Bucket:
    Type: AWS::S3::Bucket
Outputs:""")
IMPORTS = """
Resources:
  Group:
    Type: AWS::IAM::Group
Outputs:
  Other: {Value: !ImportValue RoleArn}
"""

BROKEN = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
  Policy:
    Type: AWS::S3::BucketPolicy
    DependsOn: Bucket
    Properties: {Bucket: nowhere-to-be-found, PolicyDocument: {}}
"""
LOGGED = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: conformance-logged
      LoggingConfiguration: {DestinationBucketName: conformance-logs}
  Policy:
    Type: AWS::S3::BucketPolicy
    DependsOn: Bucket
    Properties:
      Bucket: conformance-logged
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Deny, Principal: "*", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::conformance-logged/*"}]
"""
LOGGED_NO_MORE = LOGGED.replace("{DestinationBucketName: conformance-logs}", "{LogFilePrefix: x}").replace(
    "arn:aws:s3:::conformance-logged/*", "arn:aws:s3:::another/*")

CERTIFICATES = pathlib.Path(__file__).parent.parent / "certificates"

# The API asks for a thousand characters at least.
METADATA = f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor/>
</IDPSSODescriptor></EntityDescriptor><!--{"x" * 1000}-->"""

# What cannot succeed through this door, and why.
ONLY_REFUSED = {
    "sts AssumeRoleWithWebIdentity": "the sandbox takes tokens of its own issuer, which has no door here",
    "sts DecodeAuthorizationMessage": "no service of the sandbox gives out encoded messages",
    "s3 GetBucketReplication": "buckets here never have one",
}

# Where AWS itself answers what its model does not have, as recorded or shown in its guides.
BESIDE_THE_MODEL = [
    # Sixteen bytes with colons between them, as in the examples of the API reference.
    r"SSHPublicKey.Fingerprint: length 47 is not within 48..48",
    r"PermissionsBoundaryType: 'Policy' is not one of",
    r"SourcePolicyType: 'IAM Policy' is not one of",
    r"DescribeStackEvents: .*ResourceStatus: 'UPDATE_(ROLLBACK_)?COMPLETE_CLEANUP_IN_PROGRESS' is not one of",
    r"ListObjectVersions: .*StorageClass: '\w+' is not one of \['STANDARD'\]",
]

# What succeeds whatever it is given.
NEVER_REFUSED = {"sts GetCallerIdentity"}


def code_of(seed, ahead=0):
    """The code of a virtual MFA device (RFC 6238), `ahead` steps from now."""
    step = int(time.time()) // 30 + ahead
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


class World:
    """The sandbox, a client of each service, and what was found so far."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "serve", "--ephemeral", "--port", "0", "--json"],
            stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.problems = []
        self.succeeded, self.refused = set(), set()
        self.clients = {}
        self.sign_in(self.ready["access_key_id"], self.ready["secret_access_key"])

    def sign_in(self, key, secret, token=None):
        session = boto3.session.Session()
        for service in ("iam", "sts", "cloudformation", "s3"):
            client = session.client(
                service, endpoint_url=self.ready["endpoint"], region_name="us-east-1",
                aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False))
            client.meta.events.register("after-call", self.saw)
            self.clients[service] = client

    def saw(self, http_response, model, **_):
        """Every answer comes by here."""
        service = model.service_model.service_name
        name = f"{service} {model.name}"
        check = Check(name)
        headers = {key.lower(): value for key, value in http_response.headers.items()}
        protocol = model.service_model.protocol
        status = http_response.status_code
        if status >= 300:
            self.refused.add(name)
            head = model.http["method"] == "HEAD"
            self.last = check.error(model, protocol, status, http_response.content, head)
        else:
            self.succeeded.add(name)
            if protocol == "query":
                check.query(model, http_response.content)
            else:
                streams = model.has_streaming_output
                check.rest(model, headers, b"" if streams else http_response.content)
                expected = model.http.get("responseCode", 200)
                if status not in (expected, 206) and not (status, expected) == (204, 200):
                    check.say("", f"status {status}, the model says {expected}")
        self.problems.extend(check.problems)

    def call(self, service, operation, **members):
        return self.clients[service]._make_api_call(operation, members)

    def iam(self, operation, **members):
        return self.call("iam", operation, **members)

    def sts(self, operation, **members):
        return self.call("sts", operation, **members)

    def cfn(self, operation, **members):
        return self.call("cloudformation", operation, **members)

    def s3(self, operation, **members):
        return self.call("s3", operation, Bucket="conformance-bucket", **members)


def iam_story(w):
    iam = w.iam
    iam("CreateUser", UserName="u", Path="/team/", Tags=TAGS)
    iam("CreateGroup", GroupName="g", Path="/team/")
    iam("CreateRole", RoleName="r", Path="/team/", AssumeRolePolicyDocument=TRUST, Tags=TAGS,
        Description="A role", MaxSessionDuration=7200)
    iam("CreatePolicy", PolicyName="p", Path="/team/", PolicyDocument=ALLOW, Tags=TAGS, Description="A policy")
    iam("CreatePolicyVersion", PolicyArn=POLICY, PolicyDocument=ALLOW, SetAsDefault=True)
    iam("SetDefaultPolicyVersion", PolicyArn=POLICY, VersionId="v1")
    for kind, name in (("User", "u"), ("Role", "r")):
        key = f"{kind}Name"
        iam(f"Put{kind}PermissionsBoundary", **{key: name}, PermissionsBoundary=POLICY)
        iam(f"Tag{kind}", **{key: name}, Tags=[{"Key": "more", "Value": "1"}])
        iam(f"List{kind}Tags", **{key: name})
        iam(f"Untag{kind}", **{key: name}, TagKeys=["more"])
    for kind, name in (("User", "u"), ("Group", "g"), ("Role", "r")):
        key = f"{kind}Name"
        iam(f"Put{kind}Policy", **{key: name}, PolicyName="inline", PolicyDocument=ALLOW)
        iam(f"Get{kind}Policy", **{key: name}, PolicyName="inline")
        iam(f"List{kind}Policies", **{key: name})
        iam(f"Attach{kind}Policy", **{key: name}, PolicyArn=POLICY)
        iam(f"ListAttached{kind}Policies", **{key: name})
    iam("AddUserToGroup", UserName="u", GroupName="g")
    for operation in ("ListUsers", "ListGroups", "ListRoles", "ListPolicies", "ListInstanceProfiles",
                      "GetAccountSummary", "GetAccountAuthorizationDetails", "ListOpenIDConnectProviders",
                      "ListVirtualMFADevices", "ListAccountAliases", "GetUser"):
        iam(operation)
    iam("ListUsers", MaxItems=1)
    iam("ListPolicies", Scope="Local", OnlyAttached=True)
    iam("GetUser", UserName="u")
    iam("GetGroup", GroupName="g")
    iam("GetRole", RoleName="r")
    iam("GetPolicy", PolicyArn=POLICY)
    iam("GetPolicy", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam("GetPolicyVersion", PolicyArn=POLICY, VersionId="v1")
    iam("ListPolicyVersions", PolicyArn=POLICY)
    iam("ListEntitiesForPolicy", PolicyArn=POLICY)
    iam("ListPoliciesGrantingServiceAccess", Arn=f"arn:aws:iam::{ACCOUNT}:user/team/u", ServiceNamespaces=["s3", "sqs"])
    iam("TagPolicy", PolicyArn=POLICY, Tags=[{"Key": "more", "Value": "1"}])
    iam("ListPolicyTags", PolicyArn=POLICY)
    iam("UntagPolicy", PolicyArn=POLICY, TagKeys=["more"])
    iam("ListGroupsForUser", UserName="u")
    iam("UpdateRole", RoleName="r", Description="Changed")
    iam("UpdateRoleDescription", RoleName="r", Description="Changed again")
    iam("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=TRUST)
    iam("SimulateCustomPolicy", PolicyInputList=[ALLOW], ActionNames=["s3:GetObject", "iam:GetUser"])
    iam("SimulatePrincipalPolicy", PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/team/u",
        ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::b/k"])
    iam("GetContextKeysForCustomPolicy", PolicyInputList=[ALLOW])
    iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/team/u")
    key = iam("CreateAccessKey", UserName="u")["AccessKey"]["AccessKeyId"]
    iam("ListAccessKeys", UserName="u")
    iam("UpdateAccessKey", UserName="u", AccessKeyId=key, Status="Inactive")
    iam("GetAccessKeyLastUsed", AccessKeyId=key)
    iam("CreateLoginProfile", UserName="u", Password="aB3$efghijklmnop", PasswordResetRequired=False)
    iam("GetLoginProfile", UserName="u")
    iam("UpdateLoginProfile", UserName="u", Password="aB3$efghijklmnoq")
    iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=8, AllowUsersToChangePassword=True)
    iam("GetAccountPasswordPolicy")
    change_password(w)
    iam("DeleteAccountPasswordPolicy")
    iam("CreateAccountAlias", AccountAlias="conformance-lab")
    iam("ListAccountAliases")
    iam("DeleteAccountAlias", AccountAlias="conformance-lab")
    iam("GenerateCredentialReport")
    iam("GetCredentialReport")
    iam("CreateInstanceProfile", InstanceProfileName="ip", Tags=TAGS)
    iam("AddRoleToInstanceProfile", InstanceProfileName="ip", RoleName="r")
    iam("GetInstanceProfile", InstanceProfileName="ip")
    iam("ListInstanceProfiles")
    iam("ListInstanceProfilesForRole", RoleName="r")
    iam("TagInstanceProfile", InstanceProfileName="ip", Tags=[{"Key": "more", "Value": "1"}])
    iam("ListInstanceProfileTags", InstanceProfileName="ip")
    iam("UntagInstanceProfile", InstanceProfileName="ip", TagKeys=["more"])
    device = iam("CreateVirtualMFADevice", VirtualMFADeviceName="device", Tags=TAGS)["VirtualMFADevice"]
    seed = device["Base32StringSeed"]
    iam("EnableMFADevice", UserName="u", SerialNumber=MFA,
        AuthenticationCode1=code_of(seed, -1), AuthenticationCode2=code_of(seed))
    iam("ResyncMFADevice", UserName="u", SerialNumber=MFA,
        AuthenticationCode1=code_of(seed, 1), AuthenticationCode2=code_of(seed, 2))
    iam("GetMFADevice", UserName="u", SerialNumber=MFA)
    iam("ListMFADevices", UserName="u")
    iam("ListVirtualMFADevices")
    iam("TagMFADevice", SerialNumber=MFA, Tags=[{"Key": "more", "Value": "1"}])
    iam("ListMFADeviceTags", SerialNumber=MFA)
    iam("UntagMFADevice", SerialNumber=MFA, TagKeys=["more"])
    iam("CreateOpenIDConnectProvider", Url="https://token.example.com", ClientIDList=["a"],
        ThumbprintList=["0" * 40], Tags=TAGS)
    iam("GetOpenIDConnectProvider", OpenIDConnectProviderArn=OIDC)
    iam("ListOpenIDConnectProviders")
    iam("AddClientIDToOpenIDConnectProvider", OpenIDConnectProviderArn=OIDC, ClientID="b")
    iam("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=OIDC, ClientID="b")
    iam("UpdateOpenIDConnectProviderThumbprint", OpenIDConnectProviderArn=OIDC, ThumbprintList=["1" * 40])
    iam("TagOpenIDConnectProvider", OpenIDConnectProviderArn=OIDC, Tags=[{"Key": "more", "Value": "1"}])
    iam("ListOpenIDConnectProviderTags", OpenIDConnectProviderArn=OIDC)
    iam("UntagOpenIDConnectProvider", OpenIDConnectProviderArn=OIDC, TagKeys=["more"])
    linked = iam("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com")["Role"]
    task = iam("DeleteServiceLinkedRole", RoleName=linked["RoleName"])["DeletionTaskId"]
    iam("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)
    iam("GetAccountAuthorizationDetails")
    credentials_story(w)
    w.key = key


def credentials_story(w):
    """SSH keys, certificates, passwords for services, SAML providers."""
    iam = w.iam
    text = lambda name: (CERTIFICATES / name).read_text()
    for upload, what, body in (("SSHPublicKey", "SSHPublicKey", text("ssh.pub")),
                               ("SigningCertificate", "Certificate", text("leaf.crt"))):
        made = iam(f"Upload{upload}", UserName="u", **{f"{what}Body": body})[what]
        name = {f"{what}Id": made[f"{what}Id"]}
        if upload == "SSHPublicKey":
            iam("GetSSHPublicKey", UserName="u", Encoding="PEM", **name)
        iam(f"List{upload}s", UserName="u")
        iam(f"Update{upload}", UserName="u", Status="Inactive", **name)
        iam(f"Delete{upload}", UserName="u", **name)
    made = iam("CreateServiceSpecificCredential", UserName="u", ServiceName="codecommit.amazonaws.com")
    name = {"ServiceSpecificCredentialId": made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]}
    iam("ListServiceSpecificCredentials", UserName="u")
    iam("UpdateServiceSpecificCredential", UserName="u", Status="Inactive", **name)
    iam("ResetServiceSpecificCredential", UserName="u", **name)
    iam("DeleteServiceSpecificCredential", UserName="u", **name)
    iam("UploadServerCertificate", ServerCertificateName="c", CertificateBody=text("leaf.crt"),
        PrivateKey=text("leaf.key"), CertificateChain=text("ca.crt"), Tags=TAGS)
    iam("GetServerCertificate", ServerCertificateName="c")
    iam("ListServerCertificates")
    iam("TagServerCertificate", ServerCertificateName="c", Tags=[{"Key": "more", "Value": "1"}])
    iam("ListServerCertificateTags", ServerCertificateName="c")
    iam("UntagServerCertificate", ServerCertificateName="c", TagKeys=["more"])
    iam("UpdateServerCertificate", ServerCertificateName="c", NewPath="/web/")
    iam("DeleteServerCertificate", ServerCertificateName="c")
    provider = {"SAMLProviderArn": iam(
        "CreateSAMLProvider", Name="idp", SAMLMetadataDocument=METADATA, Tags=TAGS)["SAMLProviderArn"]}
    iam("GetSAMLProvider", **provider)
    iam("ListSAMLProviders")
    iam("UpdateSAMLProvider", SAMLMetadataDocument=METADATA, **provider)
    iam("TagSAMLProvider", Tags=[{"Key": "more", "Value": "1"}], **provider)
    iam("ListSAMLProviderTags", **provider)
    iam("UntagSAMLProvider", TagKeys=["more"], **provider)
    iam("DeleteSAMLProvider", **provider)


def change_password(w):
    """The one call that only a user can make for itself."""
    key = w.iam("CreateAccessKey", UserName="u")["AccessKey"]
    w.sign_in(key["AccessKeyId"], key["SecretAccessKey"])
    try:
        w.iam("ChangePassword", OldPassword="aB3$efghijklmnoq", NewPassword="aB3$efghijklmnor")
    except botocore.exceptions.ClientError:
        pass  # The boundary of the user says no.
    w.sign_in(w.ready["access_key_id"], w.ready["secret_access_key"])
    w.iam("DeleteUserPermissionsBoundary", UserName="u")
    w.iam("PutUserPolicy", UserName="u", PolicyName="own", PolicyDocument=ALLOW.replace("s3:*", "*"))
    w.sign_in(key["AccessKeyId"], key["SecretAccessKey"])
    w.iam("ChangePassword", OldPassword="aB3$efghijklmnoq", NewPassword="aB3$efghijklmnor")
    role = f"arn:aws:iam::{ACCOUNT}:role/team/r"
    w.sts("AssumeRole", RoleArn=role, RoleSessionName="session")
    w.sts("AssumeRole", RoleArn=role, RoleSessionName="session", Policy=ALLOW, Tags=TAGS)
    w.sts("GetSessionToken")
    w.sts("GetFederationToken", Name="bob", Policy=ALLOW)
    w.sts("GetCallerIdentity")
    w.sts("GetAccessKeyInfo", AccessKeyId=key["AccessKeyId"])
    w.sign_in(w.ready["access_key_id"], w.ready["secret_access_key"])
    w.iam("DeleteUserPolicy", UserName="u", PolicyName="own")
    w.iam("DeleteAccessKey", UserName="u", AccessKeyId=key["AccessKeyId"])


def iam_end(w):
    iam = w.iam
    iam("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=OIDC)
    iam("DeactivateMFADevice", UserName="u", SerialNumber=MFA)
    iam("DeleteVirtualMFADevice", SerialNumber=MFA)
    iam("RemoveRoleFromInstanceProfile", InstanceProfileName="ip", RoleName="r")
    iam("DeleteInstanceProfile", InstanceProfileName="ip")
    iam("DeleteLoginProfile", UserName="u")
    iam("DeleteAccessKey", UserName="u", AccessKeyId=w.key)
    iam("RemoveUserFromGroup", UserName="u", GroupName="g")
    iam("UpdateUser", UserName="u", NewUserName="u2", NewPath="/other/")
    iam("UpdateGroup", GroupName="g", NewGroupName="g2")
    iam("DeleteRolePermissionsBoundary", RoleName="r")
    for kind, name in (("User", "u2"), ("Group", "g2"), ("Role", "r")):
        key = f"{kind}Name"
        iam(f"Delete{kind}Policy", **{key: name}, PolicyName="inline")
        iam(f"Detach{kind}Policy", **{key: name}, PolicyArn=POLICY)
        iam(f"Delete{kind}", **{key: name})
    iam("DeletePolicyVersion", PolicyArn=POLICY, VersionId="v2")
    iam("DeletePolicy", PolicyArn=POLICY)


def s3_story(w):
    s3 = w.s3
    s3("CreateBucket")
    w.call("s3", "ListBuckets")
    w.call("s3", "ListBuckets", MaxBuckets=1, Prefix="conf")
    for operation in ("HeadBucket", "GetBucketLocation", "GetBucketAcl", "GetBucketVersioning",
                      "GetBucketEncryption", "GetBucketOwnershipControls", "GetPublicAccessBlock",
                      "GetBucketAccelerateConfiguration", "GetBucketLogging", "GetBucketRequestPayment",
                      "GetBucketNotificationConfiguration"):
        s3(operation)
    s3("PutBucketAccelerateConfiguration", AccelerateConfiguration={"Status": "Enabled"})
    s3("GetBucketAccelerateConfiguration")
    s3("PutBucketLogging", BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": "conformance-bucket", "TargetPrefix": "log/"}})
    s3("GetBucketLogging")
    s3("PutBucketRequestPayment", RequestPaymentConfiguration={"Payer": "BucketOwner"})
    s3("PutBucketNotificationConfiguration", NotificationConfiguration={})
    s3("PutBucketCors", CORSConfiguration={"CORSRules": [
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}]})
    s3("GetBucketCors")
    s3("DeleteBucketCors")
    s3("PutBucketLifecycleConfiguration", LifecycleConfiguration={"Rules": [
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1},
         "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]})
    s3("GetBucketLifecycleConfiguration")
    s3("DeleteBucketLifecycle")
    s3("PutBucketWebsite", WebsiteConfiguration={
        "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}})
    s3("GetBucketWebsite")
    s3("DeleteBucketWebsite")
    s3("PutBucketTagging", Tagging={"TagSet": TAGS})
    s3("GetBucketTagging")
    s3("DeleteBucketTagging")
    s3("PutBucketEncryption", ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]})
    s3("DeleteBucketEncryption")
    s3("DeleteBucketOwnershipControls")
    s3("PutBucketAcl", ACL="log-delivery-write")
    s3("GetBucketAcl")
    s3("PutBucketAcl", ACL="private")
    s3("PutBucketOwnershipControls", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3("PutBucketPolicy", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject",
         "Resource": "arn:aws:s3:::conformance-bucket/*"}]}))
    s3("GetBucketPolicy")
    s3("GetBucketPolicyStatus")
    s3("DeleteBucketPolicy")
    s3("PutPublicAccessBlock", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    s3("DeletePublicAccessBlock")
    s3("PutObject", Key="a b/c+d.txt", Body=b"text", ContentType="text/plain", Metadata={"k": "v"},
       Tagging="team=lab", CacheControl="no-cache", StorageClass="STANDARD_IA")
    for algorithm in ("CRC32", "CRC64NVME", "SHA1", "SHA256"):
        try:
            s3("PutObject", Key=f"sum-{algorithm}", Body=b"text", ChecksumAlgorithm=algorithm)
        except botocore.exceptions.MissingDependencyException:
            pass  # boto3 computes some only with its `crt` extra.
    s3("GetObject", Key="a b/c+d.txt", ChecksumMode="ENABLED")["Body"].read()
    s3("GetObject", Key="a b/c+d.txt", Range="bytes=1-2")["Body"].read()
    s3("HeadObject", Key="a b/c+d.txt", ChecksumMode="ENABLED")
    s3("GetObjectAcl", Key="a b/c+d.txt")
    s3("PutBucketOwnershipControls", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3("PutObjectAcl", Key="a b/c+d.txt", ACL="bucket-owner-full-control")
    s3("PutBucketOwnershipControls", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3("GetObjectAttributes", Key="a b/c+d.txt",
       ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"])
    s3("PutObjectTagging", Key="a b/c+d.txt", Tagging={"TagSet": TAGS})
    s3("GetObjectTagging", Key="a b/c+d.txt")
    s3("DeleteObjectTagging", Key="a b/c+d.txt")
    s3("CopyObject", Key="copy", CopySource="conformance-bucket/a b/c+d.txt")
    s3("PutBucketVersioning", VersioningConfiguration={"Status": "Enabled"})
    s3("PutObject", Key="v", Body=b"1")
    second = s3("PutObject", Key="v", Body=b"2")["VersionId"]
    s3("GetObject", Key="v", VersionId=second)["Body"].read()
    s3("CopyObject", Key="copy", CopySource=f"conformance-bucket/v?versionId={second}")
    s3("DeleteObject", Key="v")
    s3("PutObjectLockConfiguration", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    s3("GetObjectLockConfiguration")
    held = {"Key": "held", "VersionId": s3("PutObject", Key="held", Body=b"1")["VersionId"]}
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    s3("PutObjectRetention", **held, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": tomorrow})
    s3("GetObjectRetention", **held)
    for status in ("ON", "OFF"):
        s3("PutObjectLegalHold", **held, LegalHold={"Status": status})
        s3("GetObjectLegalHold", **held)
    s3("DeleteObject", **held, BypassGovernanceRetention=True)
    s3("DeleteBucketReplication")
    s3("ListObjects", Delimiter="/", MaxKeys=1)
    s3("ListObjectsV2", FetchOwner=True, MaxKeys=2)
    s3("ListObjectsV2", Delimiter="/", EncodingType="url")
    s3("ListObjectVersions")
    s3("ListObjectVersions", MaxKeys=1, Delimiter="/")
    upload = s3("CreateMultipartUpload", Key="big", ChecksumAlgorithm="SHA256")["UploadId"]
    s3("ListMultipartUploads")
    part = s3("UploadPart", Key="big", UploadId=upload, PartNumber=1, Body=b"x" * 10, ChecksumAlgorithm="SHA256")
    s3("UploadPartCopy", Key="big", UploadId=upload, PartNumber=2, CopySource="conformance-bucket/copy")
    s3("ListParts", Key="big", UploadId=upload)
    s3("CompleteMultipartUpload", Key="big", UploadId=upload, MultipartUpload={"Parts": [
        {"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]})
    s3("GetObjectAttributes", Key="big", ObjectAttributes=["ObjectParts", "Checksum"])
    other = s3("CreateMultipartUpload", Key="other")["UploadId"]
    s3("AbortMultipartUpload", Key="other", UploadId=other)
    found = s3("ListObjectVersions")
    rows = found.get("Versions", []) + found.get("DeleteMarkers", [])
    objects = [{"Key": row["Key"], "VersionId": row["VersionId"]} for row in rows]
    s3("DeleteObjects", Delete={"Objects": objects + [{"Key": "none"}]})
    rest = s3("ListObjectVersions")
    for row in rest.get("Versions", []) + rest.get("DeleteMarkers", []):
        s3("DeleteObject", Key=row["Key"], VersionId=row["VersionId"])
    s3("DeleteBucket")


def settle(w, stack):
    for _ in range(400):
        found = w.cfn("DescribeStacks", StackName=stack)["Stacks"][0]
        if not found["StackStatus"].endswith("_IN_PROGRESS") or found["StackStatus"] == "REVIEW_IN_PROGRESS":
            return found
        time.sleep(0.1)
    raise SystemExit(f"the stack {stack} does not settle")


def cloudformation_story(w):
    cfn = w.cfn
    cfn("ValidateTemplate", TemplateBody=TEMPLATE)
    cfn("GetTemplateSummary", TemplateBody=TEMPLATE)
    stack = cfn("CreateStack", StackName="lab", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"],
                Tags=TAGS, EnableTerminationProtection=True)["StackId"]
    cfn("DescribeStacks", StackName="lab")
    settle(w, stack)
    for operation in ("DescribeStackEvents", "DescribeStackResources", "ListStackResources", "GetTemplate",
                      "GetTemplateSummary", "ListChangeSets"):
        cfn(operation, StackName="lab")
    cfn("DescribeStackResource", StackName="lab", LogicalResourceId="Role")
    cfn("ListStacks")
    cfn("ListExports")
    importer = cfn("CreateStack", StackName="importer", TemplateBody=IMPORTS,
                   Capabilities=["CAPABILITY_IAM"])["StackId"]
    settle(w, importer)
    cfn("ListImports", ExportName="RoleArn")
    cfn("DeleteStack", StackName="importer")
    settle(w, importer)
    for name in ("left", "right"):
        change = cfn("CreateChangeSet", StackName="lab", ChangeSetName=name, TemplateBody=GROWN,
                     Capabilities=["CAPABILITY_IAM"])["Id"]
        for _ in range(200):
            if cfn("DescribeChangeSet", ChangeSetName=change)["Status"] == "CREATE_COMPLETE":
                break
            time.sleep(0.1)
    cfn("ListChangeSets", StackName="lab")
    cfn("DeleteChangeSet", StackName="lab", ChangeSetName="left")
    cfn("ExecuteChangeSet", StackName="lab", ChangeSetName="right")
    settle(w, stack)
    cfn("UpdateStack", StackName="lab", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    settle(w, stack)
    cfn("DescribeStackEvents", StackName="lab")
    if "cloudformation SetStackPolicy" in w.listed:
        cfn("SetStackPolicy", StackName="lab", StackPolicyBody=json.dumps(
            {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}))
        cfn("GetStackPolicy", StackName="lab")
    cfn("UpdateTerminationProtection", StackName="lab", EnableTerminationProtection=False)
    if "cloudformation CancelUpdateStack" in w.listed:
        cfn("UpdateStack", StackName="lab", TemplateBody=GROWN, Capabilities=["CAPABILITY_IAM"])
        cfn("CancelUpdateStack", StackName="lab")
        settle(w, stack)
    cfn("DeleteStack", StackName="lab")
    settle(w, stack)
    cfn("DescribeStacks", StackName=stack)
    cfn("ListStacks", StackStatusFilter=["DELETE_COMPLETE"])
    roll_back_story(w)


def roll_back_story(w):
    """A creation that is rolled back later, and the roll-back of an update that fails and goes on."""
    cfn = w.cfn
    stack = cfn("CreateStack", StackName="broken", TemplateBody=BROKEN, DisableRollback=True)["StackId"]
    settle(w, stack)
    cfn("RollbackStack", StackName="broken")
    settle(w, stack)
    cfn("DeleteStack", StackName="broken")
    settle(w, stack)
    logs = {"Bucket": "conformance-logs"}
    w.call("s3", "CreateBucket", **logs)
    stack = cfn("CreateStack", StackName="stuck", TemplateBody=LOGGED)["StackId"]
    settle(w, stack)
    cfn("UpdateStack", StackName="stuck", TemplateBody=LOGGED_NO_MORE)
    for _ in range(200):
        events = cfn("DescribeStackEvents", StackName="stuck")["StackEvents"]
        if ("Bucket", "UPDATE_COMPLETE") in {(e["LogicalResourceId"], e["ResourceStatus"]) for e in events}:
            break
        time.sleep(0.05)
    # The update fails at the policy; the bucket cannot go back, for its logs have no place left.
    w.call("s3", "DeleteBucket", **logs)
    settle(w, stack)
    w.call("s3", "CreateBucket", **logs)
    cfn("ContinueUpdateRollback", StackName="stuck")
    settle(w, stack)
    cfn("DeleteStack", StackName="stuck")
    settle(w, stack)
    w.call("s3", "DeleteBucket", **logs)


def ghost(shape, name):
    """A value that the model allows and that names nothing there is."""
    kind = shape.type_name
    if kind == "structure":
        return {key: ghost(shape.members[key], key) for key in shape.required_members}
    if kind == "list":
        return [ghost(shape.member, name)]
    if kind == "map":
        return {}
    if kind == "boolean":
        return True
    if kind in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    if kind == "blob":
        return b"x"
    if getattr(shape, "enum", None):
        return shape.enum[0]
    special = {
        "Bucket": "no-such-bucket-here",
        "CopySource": "no-such-bucket-here/key",
        "AccessKeyId": "AKIAIOSFODNN7NOWHERE",
        "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/ghost",
        "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/ghost",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/ghost",
        "PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/ghost",
        "OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/ghost.example.com",
        "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/ghost",
        "SAMLProviderArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/ghost",
        "ServiceName": "ghost.amazonaws.com",
        "AuthenticationCode1": "000000",
        "AuthenticationCode2": "000001",
        "VersionId": "v9",
        "Url": "ghost",
        "DeletionTaskId": "task/aws-service-role/ghost.amazonaws.com/ghost/0",
        "PolicyDocument": "not JSON",
        "AssumeRolePolicyDocument": "not JSON",
        "WebIdentityToken": "not a token",
    }
    if name in special:
        return special[name]
    least = shape.metadata.get("min", 1)
    return "ghost" if least <= 5 else "ghost" + "x" * (least - 5)


def refusals(w):
    """One call of every operation, on things that do not exist; and the common ways to be refused."""
    for row in w.listed:
        service, operation = row.split()
        model = w.clients[service].meta.service_model.operation_model(operation)
        shape = model.input_shape
        members = {} if shape is None else {
            name: ghost(shape.members[name], name) for name in shape.required_members}
        if row in FAILING:
            members.update(FAILING[row])
        try:
            w.call(service, operation, **members)
        except botocore.exceptions.ClientError:
            pass


# What makes an operation fail that succeeds with any names.
FAILING = {
    "iam CreateUser": {"UserName": "not allowed!"},
    "iam CreateGroup": {"GroupName": "not allowed!"},
    "iam CreateInstanceProfile": {"InstanceProfileName": "not allowed!"},
    "iam CreateVirtualMFADevice": {"VirtualMFADeviceName": "not allowed!"},
    "iam CreateAccountAlias": {"AccountAlias": "Not Allowed"},
    "iam CreateAccessKey": {"UserName": "ghost"},
    "iam GetUser": {"UserName": "ghost"},
    "iam ListAccessKeys": {"UserName": "ghost"},
    "iam ListMFADevices": {"UserName": "ghost"},
    "iam UpdateAccountPasswordPolicy": {"MinimumPasswordLength": 1},
    "iam SimulateCustomPolicy": {"PolicyInputList": ["not JSON"]},
    "iam GetContextKeysForCustomPolicy": {"PolicyInputList": ["not JSON"]},
    "sts GetAccessKeyInfo": {"AccessKeyId": "short"},
    "sts GetSessionToken": {"DurationSeconds": 1},
    "sts GetFederationToken": {"DurationSeconds": 1},
    "cloudformation DescribeStacks": {"StackName": "ghost"},
    "cloudformation DescribeStackEvents": {"StackName": "ghost"},
    "cloudformation DescribeStackResources": {"StackName": "ghost"},
    "cloudformation GetTemplate": {"StackName": "ghost"},
    "cloudformation GetTemplateSummary": {"StackName": "ghost"},
    "cloudformation ValidateTemplate": {"TemplateBody": "{"},
    "cloudformation CreateStack": {"TemplateBody": "{"},
    "s3 CreateBucket": {"Bucket": "NoGood"},
    "s3 DeleteObjects": {"Bucket": "no-such-bucket-here"},
    **{f"iam List{what}": {"Marker": "nonsense"} for what in (
        "Users", "Groups", "Roles", "Policies", "InstanceProfiles", "VirtualMFADevices", "AccountAliases",
        "ServerCertificates")},
    **{f"iam List{what}": {"UserName": "ghost"} for what in (
        "SSHPublicKeys", "SigningCertificates", "ServiceSpecificCredentials")},
    "iam GetAccountAuthorizationDetails": {"Marker": "nonsense"},
}

# What nothing in a request by the administrator makes fail.
ALWAYS_FINE = {
    "iam GenerateCredentialReport", "iam GetAccountSummary", "iam ListOpenIDConnectProviders",
    "iam ListSAMLProviders",
    "iam GetCredentialReport",
    # There is one alias at most, so never a second page.
    "iam ListAccountAliases",
    "cloudformation ListStacks", "cloudformation ListExports", "cloudformation DeleteStack",
    "s3 ListBuckets",
    *NEVER_REFUSED,
}


def main():
    program = sys.argv[1]
    listing = subprocess.run([program, "serve", "--list"], capture_output=True, text=True, check=True)
    world = World(program)
    try:
        world.listed = [line.strip() for line in listing.stdout.splitlines() if line.strip()]
        iam_story(world)
        s3_story(world)
        cloudformation_story(world)
        iam_end(world)
        refusals(world)
    finally:
        world.process.terminate()
        world.process.wait()
    listed = set(world.listed)
    problems = [problem for problem in dict.fromkeys(world.problems)
                if not any(re.search(known, problem) for known in BESIDE_THE_MODEL)]
    problems += [f"{row}: was never called with success" for row in sorted(listed - world.succeeded - set(ONLY_REFUSED))]
    problems += [f"{row}: was never refused" for row in sorted(listed - world.refused - ALWAYS_FINE)]
    problems += [f"{row}: succeeded, and is said never to" for row in sorted(world.succeeded & set(ONLY_REFUSED))]
    for problem in problems:
        print(problem)
    print(f"{len(listed)} operations, {len(world.succeeded)} with success, {len(world.refused)} refused, "
          f"{len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
