    SELECT *
    FROM (
        SELECT
            *,
            CAST(from_iso8601_timestamp(changed_at) AS timestamp) AS changed,
            CAST(from_iso8601_timestamp(created_at) AS timestamp) AS created,
            row_number() OVER (PARTITION BY arn, status, changed_at ORDER BY event_time, event_id) AS delivery
        FROM "${database}"."registry_events"
        WHERE use_case = '${use_case}'
            AND dt >= date_format(current_date - interval '${days}' day, '%Y-%m-%d')
    )
    WHERE delivery = 1
