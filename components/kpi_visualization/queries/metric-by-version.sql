-- Each version of the model with its newest metrics and status; deliveries of the same change count once.
WITH changes AS (
${changes}
)
SELECT
    max_by(model_package_group, position) AS model_package_group,
    version,
    max_by(status, position) AS status,
    min(coalesce(created, changed)) AS registered_at,
    max_by(mse, position) FILTER (WHERE mse IS NOT NULL) AS mse,
    max_by(rmse, position) FILTER (WHERE rmse IS NOT NULL) AS rmse,
    max_by(mae, position) FILTER (WHERE mae IS NOT NULL) AS mae,
    max_by(r2, position) FILTER (WHERE r2 IS NOT NULL) AS r2,
    max_by(commit_id, position) FILTER (WHERE commit_id IS NOT NULL) AS commit_id
FROM changes
WHERE kind = 'model-package'
GROUP BY lower(arn), version
ORDER BY model_package_group, version
