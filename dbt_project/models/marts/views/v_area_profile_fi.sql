{{ area_profile('fi') }}
