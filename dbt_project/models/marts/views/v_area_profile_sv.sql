{{ area_profile('sv') }}
