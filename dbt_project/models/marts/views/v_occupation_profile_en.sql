{{ occupation_profile('en') }}
