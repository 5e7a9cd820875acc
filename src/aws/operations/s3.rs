//! Amazon S3: one entry per operation.

#![expect(
    deprecated,
    reason = "members that AWS has deprecated still have to be sent when they are given"
)]

use aws_sdk_s3::Client;

use super::input::{checked_structures, enumerations, structures};
use super::{operations, streamed};

operations! { Client;
    AbortMultipartUpload abort_multipart_upload(
        set_bucket, set_key, set_upload_id, set_request_payer, set_expected_bucket_owner,
        set_if_match_initiated_time);
    CompleteMultipartUpload complete_multipart_upload(
        set_bucket, set_key, set_multipart_upload, set_upload_id, set_checksum_crc32,
        set_checksum_crc32_c, set_checksum_crc64_nvme, set_checksum_sha1, set_checksum_sha256,
        set_checksum_sha512, set_checksum_md5, set_checksum_xxhash64, set_checksum_xxhash3,
        set_checksum_xxhash128, set_checksum_type, set_mpu_object_size, set_request_payer,
        set_expected_bucket_owner, set_if_match, set_if_none_match, set_sse_customer_algorithm,
        set_sse_customer_key, set_sse_customer_key_md5);
    CopyObject copy_object(
        set_acl, set_bucket, set_cache_control, set_checksum_algorithm, set_content_disposition,
        set_content_encoding, set_content_language, set_content_type, set_copy_source,
        set_copy_source_if_match, set_copy_source_if_modified_since, set_copy_source_if_none_match,
        set_copy_source_if_unmodified_since, set_expires, set_grant_full_control, set_grant_read,
        set_grant_read_acp, set_grant_write_acp, set_if_match, set_if_none_match, set_key,
        set_metadata, set_metadata_directive, set_tagging_directive, set_annotation_directive,
        set_server_side_encryption, set_storage_class, set_website_redirect_location,
        set_sse_customer_algorithm, set_sse_customer_key, set_sse_customer_key_md5,
        set_ssekms_key_id, set_ssekms_encryption_context, set_bucket_key_enabled,
        set_copy_source_sse_customer_algorithm, set_copy_source_sse_customer_key,
        set_copy_source_sse_customer_key_md5, set_request_payer, set_tagging, set_object_lock_mode,
        set_object_lock_retain_until_date, set_object_lock_legal_hold_status,
        set_object_lock_event_hold, set_object_lock_event_hold_duration_days,
        set_object_lock_event_hold_duration_years, set_expected_bucket_owner,
        set_expected_source_bucket_owner);
    CreateBucket create_bucket(
        set_acl, set_bucket, set_create_bucket_configuration, set_grant_full_control,
        set_grant_read, set_grant_read_acp, set_grant_write, set_grant_write_acp,
        set_object_lock_enabled_for_bucket, set_object_ownership, set_bucket_namespace);
    CreateMultipartUpload create_multipart_upload(
        set_acl, set_bucket, set_cache_control, set_content_disposition, set_content_encoding,
        set_content_language, set_content_type, set_expires, set_grant_full_control, set_grant_read,
        set_grant_read_acp, set_grant_write_acp, set_key, set_metadata, set_server_side_encryption,
        set_storage_class, set_website_redirect_location, set_sse_customer_algorithm,
        set_sse_customer_key, set_sse_customer_key_md5, set_ssekms_key_id,
        set_ssekms_encryption_context, set_bucket_key_enabled, set_request_payer, set_tagging,
        set_object_lock_mode, set_object_lock_retain_until_date, set_object_lock_legal_hold_status,
        set_object_lock_event_hold, set_object_lock_event_hold_duration_days,
        set_object_lock_event_hold_duration_years, set_expected_bucket_owner,
        set_checksum_algorithm, set_checksum_type);
    DeleteBucket delete_bucket(set_bucket, set_expected_bucket_owner);
    DeleteBucketCors delete_bucket_cors(set_bucket, set_expected_bucket_owner);
    DeleteBucketEncryption delete_bucket_encryption(set_bucket, set_expected_bucket_owner);
    DeleteBucketLifecycle delete_bucket_lifecycle(set_bucket, set_expected_bucket_owner);
    DeleteBucketOwnershipControls delete_bucket_ownership_controls(
        set_bucket, set_expected_bucket_owner);
    DeleteBucketPolicy delete_bucket_policy(set_bucket, set_expected_bucket_owner);
    DeleteBucketReplication delete_bucket_replication(set_bucket, set_expected_bucket_owner);
    DeleteBucketTagging delete_bucket_tagging(set_bucket, set_expected_bucket_owner);
    DeleteBucketWebsite delete_bucket_website(set_bucket, set_expected_bucket_owner);
    DeleteObject delete_object(
        set_bucket, set_key, set_mfa, set_version_id, set_request_payer,
        set_bypass_governance_retention, set_expected_bucket_owner, set_if_match,
        set_if_match_last_modified_time, set_if_match_size);
    DeleteObjectTagging delete_object_tagging(
        set_bucket, set_key, set_version_id, set_expected_bucket_owner);
    DeleteObjects delete_objects(
        set_bucket, set_delete, set_mfa, set_request_payer, set_bypass_governance_retention,
        set_expected_bucket_owner, set_checksum_algorithm);
    DeletePublicAccessBlock delete_public_access_block(set_bucket, set_expected_bucket_owner);
    GetBucketAccelerateConfiguration get_bucket_accelerate_configuration(
        set_bucket, set_expected_bucket_owner, set_request_payer);
    GetBucketAcl get_bucket_acl(set_bucket, set_expected_bucket_owner);
    GetBucketCors get_bucket_cors(set_bucket, set_expected_bucket_owner);
    GetBucketEncryption get_bucket_encryption(set_bucket, set_expected_bucket_owner);
    GetBucketLifecycleConfiguration get_bucket_lifecycle_configuration(
        set_bucket, set_expected_bucket_owner);
    GetBucketLocation get_bucket_location(set_bucket, set_expected_bucket_owner);
    GetBucketLogging get_bucket_logging(set_bucket, set_expected_bucket_owner);
    GetBucketNotificationConfiguration get_bucket_notification_configuration(
        set_bucket, set_expected_bucket_owner);
    GetBucketOwnershipControls get_bucket_ownership_controls(set_bucket, set_expected_bucket_owner);
    GetBucketPolicy get_bucket_policy(set_bucket, set_expected_bucket_owner);
    GetBucketPolicyStatus get_bucket_policy_status(set_bucket, set_expected_bucket_owner);
    GetBucketReplication get_bucket_replication(set_bucket, set_expected_bucket_owner);
    GetBucketRequestPayment get_bucket_request_payment(set_bucket, set_expected_bucket_owner);
    GetBucketTagging get_bucket_tagging(set_bucket, set_expected_bucket_owner);
    GetBucketVersioning get_bucket_versioning(set_bucket, set_expected_bucket_owner);
    GetBucketWebsite get_bucket_website(set_bucket, set_expected_bucket_owner);
    GetObjectAcl get_object_acl(
        set_bucket, set_key, set_version_id, set_request_payer, set_expected_bucket_owner);
    GetObjectAttributes get_object_attributes(
        set_bucket, set_key, set_version_id, set_max_parts, set_part_number_marker,
        set_sse_customer_algorithm, set_sse_customer_key, set_sse_customer_key_md5,
        set_request_payer, set_expected_bucket_owner, set_object_attributes);
    GetObjectLegalHold get_object_legal_hold(
        set_bucket, set_key, set_version_id, set_request_payer, set_expected_bucket_owner);
    GetObjectLockConfiguration get_object_lock_configuration(set_bucket, set_expected_bucket_owner);
    GetObjectRetention get_object_retention(
        set_bucket, set_key, set_version_id, set_request_payer, set_expected_bucket_owner);
    GetObjectTagging get_object_tagging(
        set_bucket, set_key, set_version_id, set_expected_bucket_owner, set_request_payer);
    GetPublicAccessBlock get_public_access_block(set_bucket, set_expected_bucket_owner);
    HeadBucket head_bucket(set_bucket, set_expected_bucket_owner);
    HeadObject head_object(
        set_bucket, set_if_match, set_if_modified_since, set_if_none_match, set_if_unmodified_since,
        set_key, set_range, set_response_cache_control, set_response_content_disposition,
        set_response_content_encoding, set_response_content_language, set_response_content_type,
        set_response_expires, set_version_id, set_sse_customer_algorithm, set_sse_customer_key,
        set_sse_customer_key_md5, set_request_payer, set_part_number, set_expected_bucket_owner,
        set_checksum_mode);
    ListBuckets list_buckets(
        set_max_buckets, set_continuation_token, set_prefix, set_bucket_region);
    ListMultipartUploads list_multipart_uploads(
        set_bucket, set_delimiter, set_encoding_type, set_key_marker, set_max_uploads, set_prefix,
        set_upload_id_marker, set_expected_bucket_owner, set_request_payer);
    ListObjectVersions list_object_versions(
        set_bucket, set_delimiter, set_encoding_type, set_key_marker, set_max_keys, set_prefix,
        set_version_id_marker, set_expected_bucket_owner, set_request_payer,
        set_optional_object_attributes);
    ListObjects list_objects(
        set_bucket, set_delimiter, set_encoding_type, set_marker, set_max_keys, set_prefix,
        set_request_payer, set_expected_bucket_owner, set_optional_object_attributes);
    ListObjectsV2 list_objects_v2(
        set_bucket, set_delimiter, set_encoding_type, set_max_keys, set_prefix,
        set_continuation_token, set_fetch_owner, set_start_after, set_request_payer,
        set_expected_bucket_owner, set_optional_object_attributes);
    ListParts list_parts(
        set_bucket, set_key, set_max_parts, set_part_number_marker, set_upload_id,
        set_request_payer, set_expected_bucket_owner, set_sse_customer_algorithm,
        set_sse_customer_key, set_sse_customer_key_md5);
    PutBucketAccelerateConfiguration put_bucket_accelerate_configuration(
        set_bucket, set_accelerate_configuration, set_expected_bucket_owner, set_checksum_algorithm);
    PutBucketAcl put_bucket_acl(
        set_acl, set_access_control_policy, set_bucket, set_content_md5, set_checksum_algorithm,
        set_grant_full_control, set_grant_read, set_grant_read_acp, set_grant_write,
        set_grant_write_acp, set_expected_bucket_owner);
    PutBucketCors put_bucket_cors(
        set_bucket, set_cors_configuration, set_content_md5, set_checksum_algorithm,
        set_expected_bucket_owner);
    PutBucketEncryption put_bucket_encryption(
        set_bucket, set_content_md5, set_checksum_algorithm,
        set_server_side_encryption_configuration, set_expected_bucket_owner);
    PutBucketLifecycleConfiguration put_bucket_lifecycle_configuration(
        set_bucket, set_checksum_algorithm, set_lifecycle_configuration, set_expected_bucket_owner,
        set_transition_default_minimum_object_size);
    PutBucketLogging put_bucket_logging(
        set_bucket, set_bucket_logging_status, set_content_md5, set_checksum_algorithm,
        set_expected_bucket_owner);
    PutBucketNotificationConfiguration put_bucket_notification_configuration(
        set_bucket, set_notification_configuration, set_expected_bucket_owner,
        set_skip_destination_validation);
    PutBucketOwnershipControls put_bucket_ownership_controls(
        set_bucket, set_content_md5, set_expected_bucket_owner, set_ownership_controls,
        set_checksum_algorithm);
    PutBucketPolicy put_bucket_policy(
        set_bucket, set_content_md5, set_checksum_algorithm, set_confirm_remove_self_bucket_access,
        set_policy, set_expected_bucket_owner);
    PutBucketReplication put_bucket_replication(
        set_bucket, set_content_md5, set_checksum_algorithm, set_replication_configuration,
        set_token, set_expected_bucket_owner);
    PutBucketRequestPayment put_bucket_request_payment(
        set_bucket, set_content_md5, set_checksum_algorithm, set_request_payment_configuration,
        set_expected_bucket_owner);
    PutBucketTagging put_bucket_tagging(
        set_bucket, set_content_md5, set_checksum_algorithm, set_tagging, set_expected_bucket_owner);
    PutBucketVersioning put_bucket_versioning(
        set_bucket, set_content_md5, set_checksum_algorithm, set_mfa, set_versioning_configuration,
        set_expected_bucket_owner);
    PutBucketWebsite put_bucket_website(
        set_bucket, set_content_md5, set_checksum_algorithm, set_website_configuration,
        set_expected_bucket_owner);
    PutObject put_object(
        set_acl, set_body, set_bucket, set_cache_control, set_content_disposition,
        set_content_encoding, set_content_language, set_content_length, set_content_md5,
        set_content_type, set_checksum_algorithm, set_checksum_crc32, set_checksum_crc32_c,
        set_checksum_crc64_nvme, set_checksum_sha1, set_checksum_sha256, set_checksum_sha512,
        set_checksum_md5, set_checksum_xxhash64, set_checksum_xxhash3, set_checksum_xxhash128,
        set_expires, set_if_match, set_if_none_match, set_grant_full_control, set_grant_read,
        set_grant_read_acp, set_grant_write_acp, set_key, set_write_offset_bytes, set_metadata,
        set_server_side_encryption, set_storage_class, set_website_redirect_location,
        set_sse_customer_algorithm, set_sse_customer_key, set_sse_customer_key_md5,
        set_ssekms_key_id, set_ssekms_encryption_context, set_bucket_key_enabled, set_request_payer,
        set_tagging, set_object_lock_mode, set_object_lock_retain_until_date,
        set_object_lock_legal_hold_status, set_object_lock_event_hold,
        set_object_lock_event_hold_duration_days, set_object_lock_event_hold_duration_years,
        set_expected_bucket_owner);
    PutObjectAcl put_object_acl(
        set_acl, set_access_control_policy, set_bucket, set_content_md5, set_checksum_algorithm,
        set_grant_full_control, set_grant_read, set_grant_read_acp, set_grant_write,
        set_grant_write_acp, set_key, set_request_payer, set_version_id, set_expected_bucket_owner);
    PutObjectLegalHold put_object_legal_hold(
        set_bucket, set_key, set_legal_hold, set_request_payer, set_version_id, set_content_md5,
        set_checksum_algorithm, set_expected_bucket_owner);
    PutObjectLockConfiguration put_object_lock_configuration(
        set_bucket, set_object_lock_configuration, set_request_payer, set_token, set_content_md5,
        set_checksum_algorithm, set_expected_bucket_owner);
    PutObjectRetention put_object_retention(
        set_bucket, set_key, set_retention, set_request_payer, set_version_id,
        set_bypass_governance_retention, set_content_md5, set_checksum_algorithm,
        set_expected_bucket_owner);
    PutObjectTagging put_object_tagging(
        set_bucket, set_key, set_version_id, set_content_md5, set_checksum_algorithm, set_tagging,
        set_expected_bucket_owner, set_request_payer);
    PutPublicAccessBlock put_public_access_block(
        set_bucket, set_content_md5, set_checksum_algorithm, set_public_access_block_configuration,
        set_expected_bucket_owner);
    RestoreObject restore_object(
        set_bucket, set_key, set_version_id, set_restore_request, set_request_payer,
        set_checksum_algorithm, set_expected_bucket_owner);
    UploadPart upload_part(
        set_body, set_bucket, set_content_length, set_content_md5, set_checksum_algorithm,
        set_checksum_crc32, set_checksum_crc32_c, set_checksum_crc64_nvme, set_checksum_sha1,
        set_checksum_sha256, set_checksum_sha512, set_checksum_md5, set_checksum_xxhash64,
        set_checksum_xxhash3, set_checksum_xxhash128, set_key, set_part_number, set_upload_id,
        set_sse_customer_algorithm, set_sse_customer_key, set_sse_customer_key_md5,
        set_request_payer, set_expected_bucket_owner);
    UploadPartCopy upload_part_copy(
        set_bucket, set_copy_source, set_copy_source_if_match, set_copy_source_if_modified_since,
        set_copy_source_if_none_match, set_copy_source_if_unmodified_since, set_copy_source_range,
        set_key, set_part_number, set_upload_id, set_sse_customer_algorithm, set_sse_customer_key,
        set_sse_customer_key_md5, set_copy_source_sse_customer_algorithm,
        set_copy_source_sse_customer_key, set_copy_source_sse_customer_key_md5, set_request_payer,
        set_expected_bucket_owner, set_expected_source_bucket_owner);
}

streamed! { GET_OBJECT, Client, body;
    GetObject get_object(
        set_bucket, set_if_match, set_if_modified_since, set_if_none_match, set_if_unmodified_since,
        set_key, set_range, set_response_cache_control, set_response_content_disposition,
        set_response_content_encoding, set_response_content_language, set_response_content_type,
        set_response_expires, set_version_id, set_sse_customer_algorithm, set_sse_customer_key,
        set_sse_customer_key_md5, set_request_payer, set_part_number, set_expected_bucket_owner,
        set_checksum_mode);
}

enumerations! { aws_sdk_s3::types;
    AnnotationDirective, BucketAccelerateStatus, BucketCannedAcl, BucketLocationConstraint,
    BucketLogsPermission, BucketNamespace, BucketType, BucketVersioningStatus, ChecksumAlgorithm,
    ChecksumMode, ChecksumType, CompressionType, DataRedundancy, DeleteMarkerReplicationStatus,
    EncodingType, EncryptionType, Event, ExistingObjectReplicationStatus, ExpirationStatus,
    ExpressionType, FileHeaderInfo, FilterRuleName, JsonType, LocationType, MetadataDirective,
    MetricsStatus, MfaDelete, ObjectAttributes, ObjectCannedAcl, ObjectLockEnabled,
    ObjectLockEventHold, ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetentionMode,
    ObjectOwnership, OptionalObjectAttributes, OwnerOverride, PartitionDateSource, Payer,
    Permission, Protocol, QuoteFields, ReplicaModificationsStatus, ReplicationRuleStatus,
    ReplicationTimeStatus, RequestPayer, RestoreRequestType, ServerSideEncryption,
    SseKmsEncryptedObjectsStatus, StorageClass, TaggingDirective, Tier,
    TransitionDefaultMinimumObjectSize, TransitionStorageClass, Type
}

structures! { aws_sdk_s3::types;
    AbortIncompleteMultipartUpload { set_days_after_initiation }
    AccelerateConfiguration { set_status }
    AccessControlPolicy { set_grants, set_owner }
    BlockedEncryptionTypes { set_encryption_type }
    BucketInfo { set_data_redundancy, set_type }
    BucketLoggingStatus { set_logging_enabled }
    CompletedMultipartUpload { set_parts }
    CompletedPart {
        set_e_tag, set_checksum_crc32, set_checksum_crc32_c, set_checksum_crc64_nvme,
        set_checksum_sha1, set_checksum_sha256, set_checksum_sha512, set_checksum_md5,
        set_checksum_xxhash64, set_checksum_xxhash3, set_checksum_xxhash128, set_part_number }
    Condition { set_http_error_code_returned_equals, set_key_prefix_equals }
    CreateBucketConfiguration { set_location_constraint, set_location, set_bucket, set_tags }
    CsvInput {
        set_file_header_info, set_comments, set_quote_escape_character, set_record_delimiter,
        set_field_delimiter, set_quote_character, set_allow_quoted_record_delimiter }
    CsvOutput {
        set_quote_fields, set_quote_escape_character, set_record_delimiter, set_field_delimiter,
        set_quote_character }
    DefaultRetention { set_mode, set_days, set_years, set_default_event_hold }
    DeleteMarkerReplication { set_status }
    EncryptionConfiguration { set_replica_kms_key_id }
    EventBridgeConfiguration {  }
    EventHoldDuration { set_days, set_years }
    FilterRule { set_name, set_value }
    Grant { set_grantee, set_permission }
    InputSerialization { set_csv, set_compression_type, set_json, set_parquet }
    JsonInput { set_type }
    JsonOutput { set_record_delimiter }
    LifecycleExpiration { set_date, set_days, set_expired_object_delete_marker }
    LifecycleRuleAndOperator {
        set_prefix, set_tags, set_object_size_greater_than, set_object_size_less_than }
    LifecycleRuleFilter {
        set_prefix, set_tag, set_object_size_greater_than, set_object_size_less_than, set_and }
    LocationInfo { set_type, set_name }
    MetadataEntry { set_name, set_value }
    NoncurrentVersionExpiration { set_noncurrent_days, set_newer_noncurrent_versions }
    NoncurrentVersionTransition {
        set_noncurrent_days, set_storage_class, set_newer_noncurrent_versions }
    NotificationConfiguration {
        set_topic_configurations, set_queue_configurations, set_lambda_function_configurations,
        set_event_bridge_configuration }
    NotificationConfigurationFilter { set_key }
    ObjectLockConfiguration { set_object_lock_enabled, set_rule }
    ObjectLockLegalHold { set_status }
    ObjectLockRetention { set_mode, set_retain_until_date, set_event_hold, set_event_hold_duration }
    ObjectLockRule { set_default_retention }
    OutputLocation { set_s3 }
    OutputSerialization { set_csv, set_json }
    Owner { set_display_name, set_id }
    ParquetInput {  }
    PartitionedPrefix { set_partition_date_source }
    PublicAccessBlockConfiguration {
        set_block_public_acls, set_ignore_public_acls, set_block_public_policy,
        set_restrict_public_buckets }
    Redirect {
        set_host_name, set_http_redirect_code, set_protocol, set_replace_key_prefix_with,
        set_replace_key_with }
    ReplicationRuleAndOperator { set_prefix, set_tags }
    ReplicationRuleFilter { set_prefix, set_tag, set_and }
    ReplicationTimeValue { set_minutes }
    RestoreRequest {
        set_days, set_glacier_job_parameters, set_type, set_tier, set_description,
        set_select_parameters, set_output_location }
    RoutingRule { set_condition, set_redirect }
    S3KeyFilter { set_filter_rules }
    ServerSideEncryptionRule {
        set_apply_server_side_encryption_by_default, set_bucket_key_enabled,
        set_blocked_encryption_types }
    SimplePrefix {  }
    SourceSelectionCriteria { set_sse_kms_encrypted_objects, set_replica_modifications }
    TargetGrant { set_grantee, set_permission }
    TargetObjectKeyFormat { set_simple_prefix, set_partitioned_prefix }
    Transition { set_date, set_days, set_storage_class }
    VersioningConfiguration { set_mfa_delete, set_status }
    WebsiteConfiguration {
        set_error_document, set_index_document, set_redirect_all_requests_to, set_routing_rules }
}

checked_structures! { aws_sdk_s3::types;
    AccessControlTranslation { set_owner }
    BucketLifecycleConfiguration { set_rules }
    CorsConfiguration { set_cors_rules }
    CorsRule {
        set_id, set_allowed_headers, set_allowed_methods, set_allowed_origins, set_expose_headers,
        set_max_age_seconds }
    Delete { set_objects, set_quiet }
    Destination {
        set_bucket, set_account, set_storage_class, set_access_control_translation,
        set_encryption_configuration, set_replication_time, set_metrics }
    Encryption { set_encryption_type, set_kms_key_id, set_kms_context }
    ErrorDocument { set_key }
    ExistingObjectReplication { set_status }
    GlacierJobParameters { set_tier }
    Grantee { set_display_name, set_email_address, set_id, set_uri, set_type }
    IndexDocument { set_suffix }
    LambdaFunctionConfiguration { set_id, set_lambda_function_arn, set_events, set_filter }
    LifecycleRule {
        set_expiration, set_id, set_prefix, set_filter, set_status, set_transitions,
        set_noncurrent_version_transitions, set_noncurrent_version_expiration,
        set_abort_incomplete_multipart_upload }
    LoggingEnabled {
        set_target_bucket, set_target_grants, set_target_prefix, set_target_object_key_format }
    Metrics { set_status, set_event_threshold }
    ObjectIdentifier { set_key, set_version_id, set_e_tag, set_last_modified_time, set_size }
    OwnershipControls { set_rules }
    OwnershipControlsRule { set_object_ownership }
    QueueConfiguration { set_id, set_queue_arn, set_events, set_filter }
    RedirectAllRequestsTo { set_host_name, set_protocol }
    ReplicaModifications { set_status }
    ReplicationConfiguration { set_role, set_rules }
    ReplicationRule {
        set_id, set_priority, set_prefix, set_filter, set_status, set_source_selection_criteria,
        set_existing_object_replication, set_destination, set_delete_marker_replication }
    ReplicationTime { set_status, set_time }
    RequestPaymentConfiguration { set_payer }
    S3Location {
        set_bucket_name, set_prefix, set_encryption, set_canned_acl, set_access_control_list,
        set_tagging, set_user_metadata, set_storage_class }
    SelectParameters {
        set_input_serialization, set_expression_type, set_expression, set_output_serialization }
    ServerSideEncryptionByDefault { set_sse_algorithm, set_kms_master_key_id }
    ServerSideEncryptionConfiguration { set_rules }
    SseKmsEncryptedObjects { set_status }
    Tag { set_key, set_value }
    Tagging { set_tag_set }
    TopicConfiguration { set_id, set_topic_arn, set_events, set_filter }
}
