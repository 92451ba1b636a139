-- An entry stands on a list once on a day: two spells of it that overlap count it twice.
with spells as (
    select * from {{ ref('organisation_sanctions') }}
),

final as (
    select
        *,
        lead(listed_seen_from) over (
            partition by organisation_id, list, entry_id order by listed_seen_from
        ) as next_from,
    from spells
)

select * from final
where
    listed_seen_to < listed_seen_from
    or next_from <= coalesce(listed_seen_to, next_from)
    or not_listed_seen_on >= listed_seen_from
    or removal_seen_on <= listed_seen_to
    or (listed_seen_to is null) <> (removal_seen_on is null)
