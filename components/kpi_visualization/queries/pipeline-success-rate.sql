-- Finished executions of each day. An execution succeeded if its evaluation passed and no failure came after that:
-- one that failed before evaluation has left its failure only, and one that missed the threshold has passed = false.
WITH changes AS (
${changes}
),
evaluations AS (
${evaluations}
),
failures AS (
    SELECT element_at(split(execution_arn, '/'), -1) AS execution_id, max(changed) AS failed_at
    FROM changes
    WHERE kind = 'pipeline-execution' AND status = 'Failed'
    GROUP BY 1
),
executions AS (
    SELECT
        CAST(coalesce(evaluations.run_ts, failures.failed_at) AS date) AS day,
        coalesce(evaluations.passed, FALSE)
            AND (failures.failed_at IS NULL OR failures.failed_at < evaluations.run_ts) AS succeeded
    FROM evaluations
    FULL OUTER JOIN failures ON evaluations.execution_id = failures.execution_id
)
SELECT
    day,
    count(*) AS executions,
    count_if(succeeded) AS succeeded,
    count_if(NOT succeeded) AS failed,
    CAST(count_if(succeeded) AS double) / count(*) AS success_rate
FROM executions
GROUP BY day
ORDER BY day
