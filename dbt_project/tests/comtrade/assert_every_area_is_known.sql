-- An area of UN Comtrade that neither ISO 3166 nor the seed comtrade_areas has: add it there, with what it means. It is
-- shown without a country until then.
{{ config(severity='warn') }}
select *
from {{ ref('int_comtrade__areas') }}
where not is_known
