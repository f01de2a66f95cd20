    SELECT *
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY execution_id ORDER BY run_ts DESC) AS attempt
        FROM "${database}"."model_metrics"
        WHERE use_case = '${use_case}'
            AND dt >= date_format(current_date - interval '${days}' day, '%Y-%m-%d')
    )
    WHERE attempt = 1
