{{ mismatch_over_time('fi') }}
