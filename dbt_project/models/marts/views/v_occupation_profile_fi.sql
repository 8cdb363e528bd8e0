{{ occupation_profile('fi') }}
