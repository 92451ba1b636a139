-- The seed equipment_models says two things of one name: two of its spellings differ only in quotes, blanks or
-- look-alike letters, a model has two families or categories, or a model is not one of its own spellings. Mend the
-- seed.
with catalogue as (
    select
        *,
        {{ fold_equipment_name('spelling') }} as folded_spelling,
        {{ fold_equipment_name('model') }} as folded_model,
    from {{ ref('equipment_models') }}
)

select
    'two spellings fold to one' as fault,
    string_agg(spelling, ' / ' order by spelling) as names,
from catalogue
group by folded_spelling
having count(*) > 1
union all
select
    'a model has two families, categories or names' as fault,
    string_agg(distinct model || ': ' || family || ', ' || category, ' / ') as names,
from catalogue
group by folded_model
having count(distinct model || ': ' || family || ', ' || category) > 1
union all
select
    'a model is not one of its own spellings' as fault,
    min(model) as names,
from catalogue
group by folded_model
having not bool_or(folded_spelling = folded_model)
