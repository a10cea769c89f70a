-- patch: Give users a display name and a storage quota.
-- lock-timeout: 100ms
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS display_name TEXT,
    ADD COLUMN IF NOT EXISTS storage_quota_bytes BIGINT DEFAULT 0;
