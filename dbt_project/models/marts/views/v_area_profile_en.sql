{{ area_profile('en') }}
