{{ mismatch_over_time('en') }}
