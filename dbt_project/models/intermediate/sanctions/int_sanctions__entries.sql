-- An entry keeps its id from version to version, and gains a tax number or a better name: who it is, the newest version
-- says that was observed; of its tax numbers, the newest one that gives any.
with entries as (
    select * from {{ ref('stg_sanctions__entries') }}
    where kind = 'organisation'
),

numbers as (
    select * from {{ ref('stg_sanctions__numbers') }}
),

countries as (
    select * from {{ ref('countries') }}
),

versions as (
    select
        list,
        source_sha256,
        min(day) as first_day,
        max(observed_at) as observed_at,
    from {{ ref('int_sanctions__days') }}
    group by list, source_sha256
),

country_keys as (
    select
        {{ fold_code('country_name') }} as country_key,
        any_value(nullif(country_code, '')) as country_code,
    from countries
    group by country_key
),

entries_observed as (
    select
        entries.*,
        versions.observed_at,
        versions.first_day,
    from entries
    inner join versions
        on entries.list = versions.list and entries.source_sha256 = versions.source_sha256
),

newest as (
    select *
    from entries_observed
    qualify row_number() over (
        partition by list, entry_id order by observed_at desc, source_sha256 desc, source_row desc
    ) = 1
),

-- Two files of one version give a country once each; what no spelling of the seed names is no country.
entry_countries as (
    select
        spelled.list,
        spelled.entry_id,
        list_sort(list(distinct country_keys.country_code)) as country_codes,
    from (
        select
            list,
            entry_id,
            unnest(countries) as country,
        from newest
    ) as spelled
    inner join country_keys
        on {{ fold_code('spelled.country') }} = country_keys.country_key
    where country_keys.country_code is not null
    group by spelled.list, spelled.entry_id
),

-- A number is a Russian tax number where the list says that it is of Russia, or tells no country and the entry is of
-- Russia, and its check digits hold.
inns as (
    select
        numbers.list,
        numbers.entry_id,
        numbers.number as inn,
        numbers.source_sha256,
        versions.observed_at,
        versions.first_day,
    from numbers
    inner join versions
        on numbers.list = versions.list and numbers.source_sha256 = versions.source_sha256
    left join country_keys
        on {{ fold_code('numbers.country') }} = country_keys.country_key
    left join entry_countries
        on numbers.list = entry_countries.list and numbers.entry_id = entry_countries.entry_id
    where
        numbers.number_kind <> 'registration'
        and {{ is_valid_inn('numbers.number') }}
        and case
            when numbers.country is not null then coalesce(country_keys.country_code = 'RU', false)
            else coalesce(list_contains(entry_countries.country_codes, 'RU'), false)
        end
),

newest_inns as (
    select distinct
        list,
        entry_id,
        inn,
    from inns
    qualify dense_rank() over (partition by list, entry_id order by observed_at desc, source_sha256 desc) = 1
),

first_seen as (
    select
        list,
        entry_id,
        inn,
        min(first_day) as tax_number_seen_from,
    from inns
    group by list, entry_id, inn
),

entry_inns as (
    select
        newest_inns.list,
        newest_inns.entry_id,
        list(
            { 'inn': newest_inns.inn, 'seen_from': first_seen.tax_number_seen_from } order by newest_inns.inn
        ) as tax_numbers,
    from newest_inns
    inner join first_seen
        on
            newest_inns.list = first_seen.list
            and newest_inns.entry_id = first_seen.entry_id
            and newest_inns.inn = first_seen.inn
    group by newest_inns.list, newest_inns.entry_id
),

final as (
    select
        newest.list,
        newest.entry_id,
        newest.name,
        newest.aliases,
        coalesce(entry_countries.country_codes, []) as country_codes,
        coalesce(entry_inns.tax_numbers, []) as tax_numbers,
        newest.observed_at,
    from newest
    left join entry_countries
        on newest.list = entry_countries.list and newest.entry_id = entry_countries.entry_id
    left join entry_inns
        on newest.list = entry_inns.list and newest.entry_id = entry_inns.entry_id
)

select * from final
