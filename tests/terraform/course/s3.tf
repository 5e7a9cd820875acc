resource "aws_s3_bucket" "course" {
  bucket        = "course-${data.aws_caller_identity.me.account_id}"
  force_destroy = true
  tags          = { Stage = var.stage }
}

resource "aws_s3_bucket" "locked" {
  bucket_prefix       = "course-locked-"
  object_lock_enabled = true
  force_destroy       = true
}

resource "aws_s3_bucket_versioning" "course" {
  bucket = aws_s3_bucket.course.id
  versioning_configuration {
    status = "Enabled"
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"]
    resources = ["${aws_s3_bucket.course.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.other.account_id]
    }
  }
}

resource "aws_s3_bucket_policy" "course" {
  bucket = aws_s3_bucket.course.id
  policy = data.aws_iam_policy_document.bucket.json
}

resource "aws_s3_bucket_public_access_block" "course" {
  bucket                  = aws_s3_bucket.course.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = var.stage == 1
}

resource "aws_s3_bucket_server_side_encryption_configuration" "course" {
  bucket = aws_s3_bucket.course.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
    bucket_key_enabled = true
  }
}

resource "aws_s3_bucket_cors_configuration" "course" {
  bucket = aws_s3_bucket.course.id
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["PUT", "POST"]
    allowed_origins = ["https://www.example.com"]
    max_age_seconds = 3000
  }
}

resource "aws_s3_bucket_website_configuration" "course" {
  bucket = aws_s3_bucket.course.id
  index_document {
    suffix = "index.html"
  }
  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }
    redirect {
      replace_key_prefix_with = "documents/"
    }
  }
}

resource "aws_s3_bucket" "logs" {
  bucket_prefix = "course-logs-"
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "logs" {
  bucket     = aws_s3_bucket.logs.id
  acl        = var.stage == 1 ? "log-delivery-write" : "private"
  depends_on = [aws_s3_bucket_ownership_controls.logs]
}

resource "aws_s3_bucket_logging" "course" {
  bucket        = aws_s3_bucket.course.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "log/${var.stage}/"
  depends_on    = [aws_s3_bucket_acl.logs]
}

resource "aws_s3_bucket_request_payment_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  payer  = "Requester"
}

resource "aws_s3_bucket_accelerate_configuration" "course" {
  bucket = aws_s3_bucket.course.id
  status = var.stage == 1 ? "Enabled" : "Suspended"
}

resource "aws_s3_bucket_object_lock_configuration" "locked" {
  bucket = aws_s3_bucket.locked.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.stage
    }
  }
}

resource "aws_s3_object" "content" {
  bucket       = aws_s3_bucket_versioning.course.bucket
  key          = "dir/a b+ü.txt"
  content      = "stage ${var.stage}"
  content_type = "text/plain"
  metadata     = { author = "teacher" }
  tags         = { kind = "text" }
}

resource "aws_s3_object" "source" {
  bucket = aws_s3_bucket_versioning.course.bucket
  key    = "s3.tf"
  source = "${path.module}/s3.tf"
  etag   = filemd5("${path.module}/s3.tf")
}

resource "aws_s3_object_copy" "copy" {
  bucket            = aws_s3_bucket_versioning.course.bucket
  key               = "copy.tf"
  source            = "${aws_s3_bucket.course.id}/${aws_s3_object.source.key}"
  tagging_directive = "REPLACE"
}

data "aws_s3_bucket" "course" { bucket = aws_s3_bucket.course.id }

# Read as the other account, which the bucket policy lets in.
data "aws_s3_object" "content" {
  provider   = aws.other
  bucket     = aws_s3_bucket.course.id
  key        = aws_s3_object.content.key
  depends_on = [aws_s3_bucket_policy.course]
}
