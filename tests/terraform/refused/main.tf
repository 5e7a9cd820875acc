# What AWS refuses: all but the first two.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
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

resource "aws_iam_user" "busy" { name = "busy" }
resource "aws_s3_bucket" "full" { bucket = "full-bucket-of-course" }

resource "aws_iam_user" "denied" {
  provider = aws.nobody
  name     = "denied"
}

resource "aws_s3_bucket" "denied" {
  provider = aws.nobody
  bucket   = "denied-bucket-of-course"
}

resource "aws_iam_policy" "malformed" {
  name = "malformed"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3", Resource = "*" }]
  })
}

resource "aws_iam_user" "taken" {
  name       = "busy"
  depends_on = [aws_iam_user.busy]
}

resource "aws_s3_bucket_policy" "public" {
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
  bucket = aws_s3_bucket.full.id
  acl    = "private"
}
