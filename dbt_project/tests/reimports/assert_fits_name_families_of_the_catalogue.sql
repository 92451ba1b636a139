-- A part is said to fit a family that the catalogue of equipment does not know, as after a slip of the pen ("T-55" for
-- "T-54/55"): its losses would be shown as not observed for good. Name it as in seeds/equipment/equipment_models.csv.
with fits as (
    select * from {{ ref('component_fits') }}
),

family_words as (
    select * from {{ ref('equipment_family_words') }}
),

catalogue as (
    select * from {{ ref('equipment_models') }}
),

-- Of these the pages of the catalogue show none: a missile is no vehicle, and the T-54/55 came in later.
not_in_the_catalogue (family) as (
    values ('Igla'), ('T-54/55')
),

named as (
    select family from fits
    union
    select family from family_words
)

select named.family
from named
where
    named.family not in (select catalogue.family from catalogue)
    and named.family not in (select not_in_the_catalogue.family from not_in_the_catalogue)
