{# Bands of duration in the source that the seed unemployment_duration does not know, or the other way round: then the band under one month may
   be another than it says. Nothing to tell where the source has no such table. #}
{% test duration_bands_are_known(model) %}
  select coalesce(found.unemployment_duration_code, known.unemployment_duration_code) as unemployment_duration_code
  from (
    select distinct unemployment_duration_code
    from {{ ref('stg_statfin__unemployment_durations') }}
    where unemployment_duration_code not in ('{{ var("total_occupation_code") }}', 'X')
  ) as found
  full join {{ ref('unemployment_duration') }} as known using (unemployment_duration_code)
  where
    (found.unemployment_duration_code is null or known.unemployment_duration_code is null)
    and exists (from {{ ref('stg_statfin__unemployment_durations') }})
    and exists (from {{ model }})
{% endtest %}
