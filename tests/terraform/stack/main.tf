# A stack made, updated and deleted through an assumed role of another account.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type = number
}

variable "role" {
  type = string
}

provider "aws" {
  region = "us-east-1"

  assume_role {
    role_arn     = var.role
    external_id  = "course-42"
    session_name = "terraform"
    tags         = { project = "blue" }
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        { Effect = "Allow", Action = ["cloudformation:*", "s3:*", "iam:GetRole"], Resource = "*" },
      ]
    })
  }

  default_tags {
    tags = { course = "iam" }
  }
}

data "aws_caller_identity" "assumed" {}
data "aws_iam_session_context" "assumed" { arn = data.aws_caller_identity.assumed.arn }

resource "aws_cloudformation_stack" "course" {
  name       = "course"
  parameters = { Suffix = "stage${var.stage}" }
  tags       = { stage = var.stage }
  template_body = jsonencode({
    Parameters = { Suffix = { Type = "String" } }
    Resources = {
      Bucket = {
        Type       = "AWS::S3::Bucket"
        Properties = { BucketName = { "Fn::Sub" = "stack-$${AWS::AccountId}-$${Suffix}" } }
      }
    }
    Outputs = {
      Bucket = { Value = { Ref = "Bucket" }, Export = { Name = "CourseBucket" } }
    }
  })
}

data "aws_cloudformation_export" "bucket" {
  name       = "CourseBucket"
  depends_on = [aws_cloudformation_stack.course]
}

output "issuer" { value = data.aws_iam_session_context.assumed.issuer_arn }
output "bucket" { value = aws_cloudformation_stack.course.outputs["Bucket"] }
output "export" { value = data.aws_cloudformation_export.bucket.value }
