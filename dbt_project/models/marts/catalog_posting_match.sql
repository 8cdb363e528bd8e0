select
  match_kind,
  count(distinct occupation_uri) as occupations,
  {{ shown_count(settled_sum('postings')) }} as postings,
  {{ shown_count(settled_sum('positions')) }} as positions,
  {{ shown_count(settled_sum('if(occupation_code != isco08_code, postings, 0)')) }} as postings_moved,
  {{ shown_count(settled_sum('if(closed_date is null, postings, 0)')) }} as postings_open,
  vintage_id,
from {{ ref('stg_tyomarkkinatori__posting_cohorts') }}
group by match_kind, vintage_id
order by match_kind
