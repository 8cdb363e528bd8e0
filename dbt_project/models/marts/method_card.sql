select
  formulas.indicator_id,
  texts.language,
  texts.title,
  texts.summary,
  texts.caveat,
  formulas.formula,
  formulas.unit,
  formulas.direction,
  formulas.grain,
  formulas.inputs,
  formulas.table_names,
  formulas.computed_by,
  formulas.checks,
  formulas.literature,
  formulas.contract_section,
from {{ ref('method_formula') }} as formulas
inner join {{ ref('method_text') }} as texts using (indicator_id)
order by formulas.indicator_id, texts.language
