{# Periods whose stock is not the stock before plus openings minus closings. A missing row counts zero, so the period before is looked
   up by date and not by row. The model has area_code, occupation_code, frequency, period, postings_*, positions_*. #}
{% test stock_follows_flows(model) %}
  select
    now.area_code,
    now.occupation_code,
    now.frequency,
    now.period,
  from {{ model }} as now
  left join {{ model }} as before
    on
      now.area_code = before.area_code
      and now.occupation_code = before.occupation_code
      and now.frequency = before.frequency
      and before.period = now.period - if(now.frequency = 'day', interval 1 day, interval 1 month)
  where
    now.period > (select min(first.period) from {{ model }} as first where first.frequency = now.frequency)
    and (
      abs(now.postings_open - coalesce(before.postings_open, 0) - now.postings_new + now.postings_closed) > 0.00001
      or abs(now.positions_open - coalesce(before.positions_open, 0) - now.positions_new + now.positions_closed) > 0.00001
    )
{% endtest %}
