# What a course on IAM and S3 makes; `stage` 2 changes some of it in place. The provider's credentials
# and endpoint come from the environment.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type = number
}

variable "certificates" {
  type = string
}

variable "other" {
  type      = object({ access_key_id = string, secret_access_key = string })
  sensitive = true
}

provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true

  default_tags {
    tags = { course = "iam" }
  }
}

# The administrator of a second account.
provider "aws" {
  alias             = "other"
  region            = "us-east-1"
  s3_use_path_style = true
  access_key        = var.other.access_key_id
  secret_key        = var.other.secret_access_key
}

data "aws_caller_identity" "me" {}
data "aws_caller_identity" "other" { provider = aws.other }
data "aws_partition" "current" {}
data "aws_iam_session_context" "me" { arn = data.aws_caller_identity.me.arn }

output "accounts" {
  value = [data.aws_caller_identity.me.account_id, data.aws_caller_identity.other.account_id]
}
