# What AWS refuses: with `stage` 2 each of the second half fails, and then so does its removal.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type = number
}

variable "nobody" {
  type      = object({ access_key_id = string, secret_access_key = string })
  sensitive = true
}

provider "aws" {
  region = "us-east-1"
}

# A user without any permission.
provider "aws" {
  alias      = "nobody"
  region     = "us-east-1"
  access_key = var.nobody.access_key_id
  secret_key = var.nobody.secret_access_key
}

locals {
  more = var.stage == 2 ? 1 : 0
}

resource "aws_iam_user" "busy" { name = "busy" }
resource "aws_s3_bucket" "full" { bucket = "full-bucket-of-course" }

resource "aws_iam_user" "denied" {
  provider = aws.nobody
  count    = local.more
  name     = "denied"
}

resource "aws_s3_bucket" "denied" {
  provider = aws.nobody
  count    = local.more
  bucket   = "denied-bucket-of-course"
}

resource "aws_iam_policy" "malformed" {
  count = local.more
  name  = "malformed"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3", Resource = "*" }]
  })
}

resource "aws_iam_user" "taken" {
  count = local.more
  name  = "busy"
}

resource "aws_s3_bucket_policy" "public" {
  count  = local.more
  bucket = aws_s3_bucket.full.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.full.arn}/*"
    }]
  })
}

resource "aws_s3_bucket_acl" "private" {
  count  = local.more
  bucket = aws_s3_bucket.full.id
  acl    = "private"
}
