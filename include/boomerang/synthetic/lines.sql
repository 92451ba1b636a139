-- The content of a synthetic file of customs lines, before a layout spells it.
--
-- Reads the table `positions` (i: 0, 1, 2 ...; is_revised) and the variables that customs_files.py sets; leaves the
-- view `lines`, one row per position. Every row is a function of the seed and its position alone, so that any part
-- of a file can be made again by itself, on any number of threads. Declarations of 1, 2, 2 and 3 lines follow one
-- another; a special (a line of traps.yml or press_cases.yml) stands in the place of a declaration of one line,
-- and the specials are spread evenly over the file.

create or replace temp macro draw(key, salt, choices) as (
    (hash(key * 64 + salt, getvariable('seed')) % choices)::bigint
);

create or replace temp macro portion(key, salt) as (
    (hash(key * 64 + salt, getvariable('seed')) % 1000000) / 1e6
);

create or replace temp macro pick(choices, key, salt) as (choices[1 + draw(key, salt, len(choices))]);

create or replace temp macro check_digit(digits, weights) as (
    (list_dot_product(string_split(digits, '')::double[], weights::double[])::bigint % 11 % 10)::varchar
);

create or replace temp macro latin(name) as (
    translate(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(name,
            'Ж', 'ZH'), 'Х', 'KH'), 'Ц', 'TS'), 'Ч', 'CH'), 'Ш', 'SH'), 'Щ', 'SHCH'), 'Ю', 'YU'), 'Я', 'YA'), 'Ь', ''),
        'АБВГДЕЁЗИЙКЛМНОПРСТУФЫЭ',
        'ABVGDEEZIYKLMNOPRSTUFYE'
    )
);

-- Invented Russian firms and sole traders. Their tax numbers begin with 00, the code of no region, so that none is
-- a real firm's; the check digits are right. Multiplying by 7919 modulo a prime keeps them distinct.
create or replace temp table russian_firms as
with numbered as (
    select
        range as id,
        draw(range, 1, 100) < 6 as is_sole_trader,
        lpad(((range * 7919 + draw(0, 2, 1000000)) % 7999993)::varchar, 7, '0') as serial
    from range(getvariable('russian_firms'))
),

spelled as (
    select
        id,
        case
            when is_sole_trader
                then
                    'ИП ' || pick(getvariable('russian_surnames'), id, 3) || ' '
                    || pick(getvariable('russian_initials'), id, 4)
            else
                pick(getvariable('russian_forms'), id, 5) || ' "' || pick(getvariable('russian_stems'), id, 6)
                || pick(getvariable('russian_endings'), id, 7) || '"'
        end as name,
        '00' || serial || check_digit('00' || serial, [2, 4, 10, 3, 5, 9, 4, 6, 8]) as firm_inn,
        '000' || serial || check_digit('000' || serial, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) as trader_inn,
        pick(getvariable('russian_cities'), id, 8) || ', УЛ. ' || pick(getvariable('russian_streets'), id, 9)
        || ', Д. ' || (1 + draw(id, 10, 150)) as address,
        is_sole_trader
    from numbered
)

select
    id,
    name,
    latin(name) as name_en,
    case
        when is_sole_trader
            then trader_inn || check_digit(trader_inn, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
        else firm_inn
    end as inn,
    address
from spelled;

-- Invented foreign firms: as many in each country; id = country * firms + number.
create or replace temp table foreign_firms as
select
    range as id,
    pick(getvariable('foreign_stems'), range, 11) || ' ' || pick(getvariable('foreign_endings'), range, 12) || ' '
    || getvariable('country_form')[1 + range // getvariable('foreign_firms')] as name
from range(len(getvariable('country_code')) * getvariable('foreign_firms'));

set variable russian_name = (select list(name order by id) from russian_firms);

set variable russian_name_en = (select list(name_en order by id) from russian_firms);

set variable russian_inn = (select list(inn order by id) from russian_firms);

set variable russian_address = (select list(address order by id) from russian_firms);

set variable foreign_name = (select list(name order by id) from foreign_firms);

create or replace temp view lines as
with placed as (
    select
        i,
        is_revised,
        i // 8 as block,
        (block * getvariable('specials') + getvariable('blocks') - 1) // getvariable('blocks') as candidate,
        i % 8 = 0
        and candidate < getvariable('specials')
        and candidate * getvariable('blocks') // getvariable('specials') = block as is_special
    from positions
),

-- A copy takes over the row before it; that row is never a special (those stand on multiples of 8).
drawn as (
    select
        i,
        is_revised,
        case when is_special then candidate end as special,
        case when is_special then getvariable('template_of')[candidate + 1] end as placed_template,
        coalesce(getvariable('t_copies')[placed_template], false) as is_copy,
        case when is_copy then i - 1 else i end as k,
        case when not is_copy then placed_template end as template,
        k // 8 * 4 + [0, 1, 1, 2, 2, 3, 3, 3][k % 8 + 1] as serial,
        -- The key of what the lines of one declaration share.
        case when template is null then serial else 100000000 + special end as d,
        coalesce(
            getvariable('t_goods')[template],
            getvariable('first_everyday_goods') + draw(k, 13, getvariable('everyday_goods'))
        ) as g
    from placed
),

parties as (
    select
        *,
        coalesce(
            getvariable('t_declared_on')[template],
            getvariable('covered_from') + draw(d, 14, getvariable('covered_days'))::integer
        ) as declared_on,
        floor(power(portion(d, 15), 2) * getvariable('russian_firms'))::bigint + 1 as russian_firm,
        coalesce(getvariable('t_country')[template], pick(getvariable('country_shares'), d, 16)) as country,
        (country - 1) * getvariable('foreign_firms')
        + floor(power(portion(d, 17), 2) * getvariable('foreign_firms'))::bigint + 1 as foreign_firm,
        coalesce(getvariable('t_foreign_party')[template], getvariable('foreign_name')[foreign_firm]) as foreign_name,
        coalesce(getvariable('t_russian_name')[template], getvariable('russian_name')[russian_firm]) as russian_name,
        coalesce(getvariable('t_direction')[template], getvariable('direction')) as direction,
        draw(d, 18, 1000) as lot,
        coalesce(
            getvariable('t_procedure')[template],
            case
                when direction = 'export' then '1000000'
                when lot < 905 then '4000000'
                when lot < 930 then '7800021'
                when lot < 960 then '5300000'
                when lot < 985 then '5100000'
                when lot < 995 then '3100000'
                else '6010000'
            end
        ) as procedure_code,
        template is null and direction = 'import' and procedure_code = '6010000' as is_everyday_return
    from drawn
),

measured as (
    select
        *,
        coalesce(
            getvariable('t_origin')[template],
            case
                when direction = 'export' or is_everyday_return then getvariable('russia')
                when draw(k, 19, 100) < 88 then country
                else pick(getvariable('country_shares'), k, 20)
            end
        ) as origin,
        getvariable('g_unit')[g] as unit,
        getvariable('g_usd')[g] as usual_usd,
        (
            case
                when getvariable('t_quantity_least')[template] is not null
                    then
                        getvariable('t_quantity_least')[template]
                        + draw(k, 21, getvariable('t_quantity_choices')[template])
                when unit = 'PCS' and usual_usd > 5000 then 1 + floor(power(portion(k, 21), 3) * 10)
                when unit = 'PCS' then 1 + floor(power(portion(k, 21), 3) * 2000)
                else round(power(portion(k, 21), 2) * 20000 + 1, 3)
            end + case when is_revised then 1 else 0 end
        )::decimal(18, 3) as quantity,
        coalesce(
            getvariable('t_value_usd')[template], round(quantity::double * usual_usd * (0.7 + 0.6 * portion(k, 22)), 2)
        )::decimal(18, 2) as value_usd,
        coalesce(getvariable('t_invoice_usd')[template]::decimal(18, 2), value_usd) as invoice_usd,
        getvariable('country_currency')[country] as currency,
        getvariable('rub_per_usd')[year(declared_on) - 2012] as rub_per_usd,
        case currency
            when 'RUB' then rub_per_usd
            when 'EUR' then 0.92
            when 'CNY' then 6.8
            when 'INR' then 79.0
            else 1.0
        end as currency_per_usd,
        round(quantity::double * getvariable('g_kg')[g], 3)::decimal(18, 3) as net_weight_kg,
        coalesce(
            getvariable('t_maker')[template],
            case
                when direction = 'export' or is_everyday_return then russian_name
                when draw(k, 23, 100) < 80 then foreign_name
                else 'НЕ УСТАНОВЛЕН'
            end
        ) as maker,
        getvariable('t_spoiled')[placed_template] as spoiled
    from parties
),

final as (
    select
        i,
        special,
        placed_template,
        spoiled,
        k,
        coalesce(getvariable('t_record_kind')[template], 'SYNTHETIC') as record_kind,
        coalesce(
            getvariable('t_declaration_number')[template],
            getvariable('post') || '0' || (1 + draw(d, 24, 9)) || '0/' || strftime(declared_on, '%d%m%y') || '/'
            || lpad((case when template is null then serial + 1 else 9000000 + special end)::varchar, 7, '0')
        ) as declaration_number,
        coalesce(
            getvariable('t_item_number')[template],
            case when template is null then [1, 1, 2, 1, 2, 1, 2, 3][k % 8 + 1] else 1 end
        ) as item_number,
        declared_on,
        direction,
        procedure_code,
        russian_name,
        coalesce(getvariable('t_russian_name_en')[template], getvariable('russian_name_en')[russian_firm])
            as russian_name_en,
        coalesce(getvariable('t_russian_inn')[template], getvariable('russian_inn')[russian_firm]) as russian_inn,
        coalesce(getvariable('t_russian_address')[template], getvariable('russian_address')[russian_firm])
            as russian_address,
        foreign_name,
        'INDUSTRIAL ZONE ' || (1 + draw(foreign_firm, 25, 90)) || ', ' || getvariable('country_name')[country]
            as foreign_address,
        getvariable('country_code')[country] as country_code,
        getvariable('country_name')[country] as country_name,
        getvariable('country_code')[origin] as origin_code,
        getvariable('country_name')[origin] as origin_name,
        getvariable('country_name_ru')[origin] as origin_name_ru,
        maker,
        coalesce(getvariable('t_brand')[template], 'ОТСУТСТВУЕТ') as brand,
        left(
            getvariable('g_description')[g]
            || case when is_everyday_return then ', ВОЗВРАТ ТОВАРА' else '' end
            || case when template is null then ', АРТ. ' || (1000 + draw(k, 26, 9000)) else '' end,
            256
        ) as description,
        getvariable('g_description_en')[g] as description_en,
        case
            when declared_on < date '2022-01-01' then getvariable('g_hs_code_before_2022')[g]
            else getvariable('g_hs_code')[g]
        end as hs_code,
        unit,
        quantity,
        net_weight_kg,
        (net_weight_kg::double * (1.02 + 0.1 * portion(k, 27)))::decimal(18, 3) as gross_weight_kg,
        currency,
        (value_usd::double * currency_per_usd)::decimal(18, 2) as item_price,
        (invoice_usd::double * currency_per_usd)::decimal(18, 2) as invoice_total,
        (value_usd::double * rub_per_usd)::decimal(18, 2) as value_rub,
        value_usd,
        pick(['FOB', 'CIF', 'DAP', 'CPT', 'FCA', 'EXW'], d, 28) as incoterms
    from measured
)

select * from final;
