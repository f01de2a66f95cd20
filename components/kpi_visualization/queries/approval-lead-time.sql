-- How long each version waited for its first decision, from its registration.
WITH changes AS (
${changes}
)
SELECT
    model_package_group,
    version,
    min_by(status, position) AS decision,
    min(changed) AS decided_at,
    min_by(changed_by, position) AS decided_by,
    min_by(approval_lead_time_seconds, position) / 3600 AS lead_time_hours
FROM changes
WHERE kind = 'model-package' AND status IN ('Approved', 'Rejected')
GROUP BY model_package_group, version
ORDER BY decided_at
