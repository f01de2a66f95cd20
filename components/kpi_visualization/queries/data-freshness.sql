-- When each source last brought something, and how long ago that is; empty values where it never did.
WITH changes AS (
${changes}
),
evaluations AS (
${evaluations}
),
sources AS (
    SELECT 'model metrics' AS source, max(run_ts) AS latest_at, count(*) AS records FROM evaluations
    UNION ALL
    SELECT 'registry events' AS source, max(changed) AS latest_at, count(*) AS records FROM changes
)
SELECT
    source,
    latest_at,
    records,
    CAST(date_diff('second', latest_at, localtimestamp) AS double) / 3600 AS hours_old
FROM sources
ORDER BY source
