-- The version that was approved last and has not been rejected since; no row where there is none.
WITH changes AS (
${changes}
),
versions AS (
    SELECT
        max_by(model_package_group, position) AS model_package_group,
        version,
        max_by(status, position) AS status,
        max(changed) AS approved_at,
        max_by(changed_by, position) AS approved_by,
        max_by(reason, position) AS reason,
        max_by(mse, position) FILTER (WHERE mse IS NOT NULL) AS mse,
        max_by(rmse, position) FILTER (WHERE rmse IS NOT NULL) AS rmse,
        max_by(r2, position) FILTER (WHERE r2 IS NOT NULL) AS r2,
        max_by(commit_id, position) FILTER (WHERE commit_id IS NOT NULL) AS commit_id,
        max_by(arn, position) AS arn
    FROM changes
    WHERE kind = 'model-package'
    GROUP BY lower(arn), version
)
SELECT model_package_group, version, approved_at, approved_by, reason, mse, rmse, r2, commit_id, arn
FROM versions
WHERE status = 'Approved'
ORDER BY approved_at DESC, version DESC
LIMIT 1
