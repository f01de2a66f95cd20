    SELECT *
    FROM (
        SELECT
            *,
            CAST(from_iso8601_timestamp(changed_at) AS timestamp) AS changed,
            CAST(from_iso8601_timestamp(created_at) AS timestamp) AS created,
            -- SageMaker writes names in ARNs as they were given or in lower case.
            row_number() OVER (PARTITION BY lower(arn), status, changed_at ORDER BY event_time, event_id) AS delivery,
            -- Times have whole seconds: a decision in the second of the registration comes after it.
            row_number() OVER (
                PARTITION BY lower(arn)
                ORDER BY from_iso8601_timestamp(changed_at), status <> 'PendingManualApproval', event_time, event_id
            ) AS position
        FROM "${database}"."registry_events"
        WHERE use_case = '${use_case}'
            AND dt >= date_format(current_date - interval '${days}' day, '%Y-%m-%d')
    )
    WHERE delivery = 1
