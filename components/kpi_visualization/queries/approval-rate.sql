-- What became of the versions of each month, by their present status; rates are of those that were decided.
WITH changes AS (
${changes}
),
versions AS (
    SELECT
        date_format(min(coalesce(created, changed)), '%Y-%m') AS month,
        max_by(status, position) AS status
    FROM changes
    WHERE kind = 'model-package'
    GROUP BY lower(arn)
)
SELECT
    month,
    count(*) AS versions,
    count_if(status = 'Approved') AS approved,
    count_if(status = 'Rejected') AS rejected,
    count_if(status = 'PendingManualApproval') AS pending,
    count_if(status = 'Failed') AS failed,
    CAST(count_if(status = 'Approved') AS double)
        / nullif(count_if(status IN ('Approved', 'Rejected')), 0) AS approval_rate,
    CAST(count_if(status = 'Rejected') AS double)
        / nullif(count_if(status IN ('Approved', 'Rejected')), 0) AS rejection_rate
FROM versions
GROUP BY month
ORDER BY month
