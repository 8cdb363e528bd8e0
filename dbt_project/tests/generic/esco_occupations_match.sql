{#- At least `share` of the ESCO occupations that the postings name are in our table (reference contract, 5.3). -#}
{% test esco_occupations_match(model, share) %}

select
  count(*) filter (match_kind = 'unmapped') as unmatched,
  count(*) as occupations,
from {{ model }}
where starts_with(occupation_uri, 'http://data.europa.eu/esco/occupation/')
having unmatched > (1 - {{ share }}) * occupations

{% endtest %}
