data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = var.stage == 1 ? ["s3:GetObject", "s3:ListBucket"] : ["s3:GetObject"]
    resources = ["arn:${data.aws_partition.current.partition}:s3:::course-*"]
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = ["red", "blue"]
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.me.account_id]
    }
  }
}

resource "aws_iam_policy" "fence" {
  name        = "fence"
  description = "A fence"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*", "iam:Get*"], Resource = "*" }]
  })
}

resource "aws_iam_policy" "read" {
  name_prefix = "read-"
  path        = "/course/"
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user" "alice" {
  name                 = "alice"
  path                 = "/students/"
  permissions_boundary = aws_iam_policy.fence.arn
  tags                 = { team = var.stage == 1 ? "red" : "blue" }
}

resource "aws_iam_access_key" "alice" {
  user   = aws_iam_user.alice.name
  status = var.stage == 1 ? "Active" : "Inactive"
}

resource "aws_iam_user_policy" "alice" {
  user   = aws_iam_user.alice.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "alice" {
  user       = aws_iam_user.alice.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_user_login_profile" "alice" {
  user = aws_iam_user.alice.name
}

resource "aws_iam_user_ssh_key" "alice" {
  username   = aws_iam_user.alice.name
  encoding   = "SSH"
  public_key = trimspace(file("${var.certificates}/ssh.pub"))
}

resource "aws_iam_signing_certificate" "alice" {
  user_name        = aws_iam_user.alice.name
  certificate_body = file("${var.certificates}/leaf.crt")
}

resource "aws_iam_virtual_mfa_device" "alice" {
  virtual_mfa_device_name = "alice-phone"
}

resource "aws_iam_group" "students" {
  name = "students"
}

resource "aws_iam_group_membership" "students" {
  name  = "students"
  group = aws_iam_group.students.name
  users = [aws_iam_user.alice.name]
}

resource "aws_iam_group_policy" "students" {
  group  = aws_iam_group.students.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_group_policy_attachment" "students" {
  group      = aws_iam_group.students.name
  policy_arn = aws_iam_policy.read.arn
}

# Made before, by other means.
import {
  to = aws_iam_role.found
  id = "found"
}

resource "aws_iam_role" "found" {
  name               = "found"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role" "app" {
  name                 = "app"
  description          = "The app, stage ${var.stage}"
  max_session_duration = 3600 * var.stage
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.fence.arn
}

resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.id
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policies_exclusive" "app" {
  role_name    = aws_iam_role.app.name
  policy_names = [aws_iam_role_policy.app.name]
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_instance_profile" "app" {
  name = "app"
  role = aws_iam_role.app.name
}

resource "aws_iam_service_linked_role" "scaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "course"
  description      = "Stage ${var.stage}"
}

resource "aws_iam_account_alias" "course" {
  account_alias = "course-of-iam"
}

resource "aws_iam_account_password_policy" "course" {
  minimum_password_length   = 10 + var.stage
  require_symbols           = true
  password_reuse_prevention = 3
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}

resource "aws_iam_server_certificate" "web" {
  name              = "web"
  certificate_body  = file("${var.certificates}/leaf.crt")
  certificate_chain = file("${var.certificates}/ca.crt")
  private_key       = file("${var.certificates}/leaf.key")
}

data "aws_iam_user" "alice" { user_name = aws_iam_user.alice.name }
data "aws_iam_role" "app" { name = aws_iam_role.app.name }
data "aws_iam_policy" "fence" { name = aws_iam_policy.fence.name }
data "aws_iam_account_alias" "course" { depends_on = [aws_iam_account_alias.course] }

data "aws_iam_principal_policy_simulation" "alice" {
  action_names      = ["s3:GetObject"]
  resource_arns     = ["arn:aws:s3:::course-x"]
  policy_source_arn = aws_iam_user.alice.arn
  context {
    key    = "aws:PrincipalTag/team"
    type   = "string"
    values = ["red"]
  }
  depends_on = [aws_iam_user_policy.alice]
}

output "allowed" {
  value = data.aws_iam_principal_policy_simulation.alice.all_allowed
}
