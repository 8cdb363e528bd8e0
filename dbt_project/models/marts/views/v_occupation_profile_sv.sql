{{ occupation_profile('sv') }}
